"""Which voice speaks a language."""

from __future__ import annotations

import pytest

from ivr.speech.voices import Speaker, UnknownVoiceError, choose

SPEAKERS = [
    Speaker("gmw/en-029", "en-029"),
    Speaker("gmw/en", "en-gb"),
    Speaker("gmw/en-us", "en-us"),
    Speaker("roa/fr", "fr-fr"),
    Speaker("inc/hi", "hi"),
    Speaker("sit/cmn", "cmn"),
    Speaker("sit/yue", "yue"),
]
VARIANTS = ["f3", "m1"]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en-US", "gmw/en-us"),
        ("en-us-x-slow", "gmw/en-us"),
        ("en_US", "gmw/en-us"),
        ("en-GB", "gmw/en"),
        ("en-IN", "gmw/en"),
        ("en", "gmw/en"),
        ("fr-CA", "roa/fr"),
        ("hi-IN", "inc/hi"),
        ("zh-CN", "sit/cmn"),
        ("zh-HK", "sit/yue"),
    ],
)
def test_the_whole_tag_comes_first_then_its_beginning(language: str, expected: str) -> None:
    assert choose(SPEAKERS, VARIANTS, language) == expected


@pytest.mark.parametrize(
    ("language", "name", "expected"),
    [
        ("en-US", "gmw/en", "gmw/en"),
        ("en-GB", "GMW/en-US", "gmw/en-us"),
        ("en-US", "gmw/en-us+f3", "gmw/en-us+f3"),
        ("zh-CN", "sit/cmn", "sit/cmn"),
        ("hi-IN", "gmw/en-us+f3", "inc/hi+f3"),
        ("fr-FR", "gmw/en-us", "roa/fr"),
    ],
)
def test_a_name_picks_a_voice_for_its_own_language(language: str, name: str, expected: str) -> None:
    assert choose(SPEAKERS, VARIANTS, language, name) == expected


@pytest.mark.parametrize(
    ("language", "name", "message"),
    [
        ("de-DE", None, "no voice for the language 'de-DE'; available are cmn, en-029, en-gb, en-us, fr-fr, hi, yue"),
        ("en-US", "anna", "no voice 'anna'; available for en-US are gmw/en-029, gmw/en, gmw/en-us"),
        ("de-DE", "anna", "no voice 'anna'; available are gmw/en-029, gmw/en, gmw/en-us, roa/fr"),
        ("en-US", "gmw/en+f9", "the voice 'gmw/en' has no variant 'f9'; available are f3, m1"),
        ("en-US", "gmw/en+", "the voice 'gmw/en' has no variant ''"),
        ("de-DE", "gmw/en", "no voice for the language 'de-DE'"),
    ],
)
def test_what_is_not_there_is_an_error_that_names_what_is(language: str, name: str | None, message: str) -> None:
    with pytest.raises(UnknownVoiceError) as caught:
        choose(SPEAKERS, VARIANTS, language, name)
    assert message in str(caught.value)
