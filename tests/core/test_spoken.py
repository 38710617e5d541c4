"""What callers say and hear: phrases compared, digits understood, keys named."""

from __future__ import annotations

import pytest

from ivr.core.spoken import DIGIT_WORDS, digit_words, keys_aloud, normal, spoken_digits

SAME = [
    ("Hours", "hours!"),
    ("T-shirt: large", "t shirt large"),
    ("don't", "dont"),
    ("Straße", "STRASSE"),
    ("e\u0301t\u00e9", "ÉTÉ"),
    ("  a \n b ", "a b"),
    ("twenty-one/two", "Twenty one two"),
    ("3,50 €", "350"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_phrase(one: str, other: str) -> None:
    assert normal(one) == normal(other)


def test_marks_of_a_script_are_no_punctuation() -> None:
    assert normal("हाँ, हिन्दी!") == "हाँ हिन्दी"


DIGITS = [
    ("one oh double four", "en-IN", "1044"),
    ("triple seven", "en-US", "777"),
    ("1 2 three 45", "en-US", "12345"),
    ("Zero, o, nought.", "en-GB", "000"),
    ("एक शून्य डबल चार", "hi-IN", "1044"),
    ("null zwo fünf", "de-DE", "025"),
    ("cero nueve", "es-ES", "09"),
    ("un zéro", "fr-FR", "10"),
    ("treble two, TRIPLE two", "en-GB", "222222"),
    ("ज़ीरो डबल सेवन ट्रिपल एक", "hi-IN", "077111"),
    ("\u095bीरो", "hi-IN", "0"),
    ("doble cero", "es-ES", "00"),
    ("double zéro", "fr-FR", "00"),
    ("double null", "de-DE", None),
    ("공 일 이 삼 사 오 육 칠 팔 구", "ko-KR", "0123456789"),
    ("영 ONE double nine", "ko-KR", "0199"),
    ("\u110b\u1175\u11af", "ko-KR", "1"),
    ("one two", "pt-BR", "12"),
    ("one two please", "en-US", None),
    ("one double", "en-US", None),
    ("double double one", "en-US", None),
    ("", "en-US", None),
    ("twelve", "en-US", None),
    ("\u0661", "en-US", None),
]


@pytest.mark.parametrize(("text", "language", "digits"), DIGITS)
def test_spoken_digits(text: str, language: str, digits: str | None) -> None:
    assert spoken_digits(text, language) == digits


@pytest.mark.parametrize("language", [*DIGIT_WORDS, "pt-BR"])
def test_a_recogniser_listens_for_every_word_of_a_digit(language: str) -> None:
    words = digit_words(language)
    assert list(map(normal, words)) == list(words)
    understood = {spoken_digits(word, language) for word in words}
    assert understood - {None} == set("0123456789")
    assert all(spoken_digits(f"{word} 1", language) for word in words), "a word is neither a digit nor repeats one"


def test_keys_have_names() -> None:
    assert keys_aloud("*1#", "en-US") == "star 1 pound"
    assert keys_aloud("*1#", "en-IN") == "star 1 hash"
    assert keys_aloud("#", "pt-BR") == "#"
