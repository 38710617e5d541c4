"""Prompts that are too long, can't be interrupted, or are in fewer languages than the calls that hear them."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from ivr.document.finding import Finding
from ivr.document.load import load, load_sources
from ivr.document.source import read
from ivr.lint.check import Check, Explorations, Subject, findings
from ivr.lint.checks.long_prompt import LONG_PROMPT
from ivr.lint.checks.missing_language import MISSING_LANGUAGE
from ivr.lint.checks.other_language import OTHER_LANGUAGE
from ivr.lint.checks.uninterruptible_menu import UNINTERRUPTIBLE_MENU
from ivr.speech.machine import Machine

SENTENCE = "This is one of many sentences that a caller has to listen to here. "
LONG, SHORT = SENTENCE * 7, SENTENCE * 2


def found(check: Check, text: str, **others: str) -> list[Finding]:
    texts = {"main": text, **others}
    loaded = load_sources({f"{id}.yaml": read(each, f"{id}.yaml") for id, each in texts.items()}, 2026)
    assert not loaded.findings, loaded.findings
    subjects = [Subject(flow, loaded, Machine((), Path()), Explorations(loaded)) for flow in loaded.flows.values()]
    return sorted(each for subject in subjects for each in findings(check, subject))


def nodes(*written: str, top: str = "language: en-US") -> str:
    return f"{top}\nstart: n0\nnodes:\n" + "".join(f"  n{place}: {each}\n" for place, each in enumerate(written))


BYE = "{type: hangup}"


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ((f"{{type: play, prompt: {LONG}, next: n1}}", BYE), 1),
        ((f"{{type: hangup, prompt: {LONG}}}",), 1),
        ((f"{{type: record, prompt: [{SHORT * 2}, {{silence: 1s}}, {SHORT * 2}], into: x, next: n1}}", BYE), 1),
        ((f"{{type: menu, prompt: {LONG}, choices: [{{press: 1, next: n1}}]}}", BYE), 1),
        ((f"{{type: collect, prompt: {LONG}, into: x, digits: 3, next: n1}}", BYE), 1),
        ((f"{{type: collect, prompt: X?, confirm: {LONG}, into: x, digits: 3, next: n1}}", BYE), 1),
        ((f"{{type: play, prompt: {SHORT * 2}, next: n1}}", f"{{type: hangup, prompt: {SHORT * 2}}}"), 0),
        ((f"{{type: play, prompt: [{SHORT}, {{silence: 30s}}], next: n1}}", BYE), 0),
        ((f"{{type: play, prompt: {{en-US: {SHORT}, de-DE: {LONG}}}, next: n1}}", BYE), 0),
    ],
)
def test_long_prompt(written: tuple[str, ...], count: int) -> None:
    assert [each.severity for each in found(LONG_PROMPT, nodes(*written))] == ["warning"] * count


def test_a_named_prompt_that_is_long_is_told_once_where_it_is_written() -> None:
    top = f"language: en-US\nprompts: {{story: {LONG}}}"
    play = "{type: play, prompt: {prompt: story}, next: n1}"
    assert [each.line for each in found(LONG_PROMPT, nodes(play, play, top=top))] == [2]


@pytest.mark.parametrize(
    ("top", "menu", "lines"),
    [
        ("language: en-US", f"barge_in: false, prompt: {SHORT}", [4]),
        ("language: en-US", f"barge_in: {{keys: false}}, prompt: {SHORT}", [4]),
        ("defaults: {barge_in: false}", f"prompt: {SHORT}", [1]),
        ("defaults: {barge_in: false}", f"barge_in: true, prompt: {SHORT}", []),
        ("language: en-US", "barge_in: false, prompt: Press 1.", []),
        ("language: en-US", f"barge_in: {{speech: false}}, prompt: {SHORT}", []),
        ("language: en-US", f"prompt: {SHORT}", []),
    ],
)
def test_uninterruptible_menu(top: str, menu: str, lines: list[int]) -> None:
    written = nodes(f"{{type: menu, {menu}, choices: [{{press: 1, next: n1}}]}}", BYE, top=top)
    assert [each.line for each in found(UNINTERRUPTIBLE_MENU, written)] == lines


CHOOSE = "{type: menu, prompt: Hello, choices: [{press: 1, next: n2}, {press: 2, set: {language: hi-IN}, next: n2}]}"
SET = "{type: set, values: {language: hi-IN}, next: n2}"
TOGGLE = """{type: set, values: {language: "{{ 'en-US' if language == 'hi-IN' else 'hi-IN' }}"}, next: n2}"""


@pytest.mark.parametrize(
    ("first", "prompt", "severities"),
    [
        (CHOOSE, "{en-US: Hello}", ["warning"]),
        (CHOOSE, "{en-US: Hello, de-DE: Hallo}", ["warning"]),
        (CHOOSE, "[{en-US: A, hi-IN: अ}, {en-US: B}]", ["warning"]),
        (CHOOSE, "{hi-IN: अ}", ["error"]),
        (CHOOSE, "{de-DE: Hallo}", ["error"]),
        (SET, "{en-US: Hello}", ["warning"]),
        (TOGGLE, "[{en-US: Hello, hi-IN: अ}, {en-US: Hello}]", ["warning"]),
        (CHOOSE, "{en-US: Hello, hi-IN: अ}", []),
        (CHOOSE, "{en-US: [Hello, {en-US: there}], hi-IN: अ}", []),
        (SET, "{hi-IN: अ}", []),
        (CHOOSE, "Hello", []),
        (CHOOSE, "[{en-US: Hello, hi-IN: अ}, Acme Bank India]", []),
        (CHOOSE, "[{en-US: Hello, hi-IN: अ}, thank you for calling us]", ["warning"]),
        (CHOOSE, "thank you for calling us", []),
        (CHOOSE, "[{en-US: Hello, hi-IN: अ}, {audio: bye.wav, text: thank you for calling us}]", []),
        (SET, "[{en-US: Hello, hi-IN: अ}, thank you for calling us]", []),
    ],
)
def test_missing_language(first: str, prompt: str, severities: list[str]) -> None:
    written = nodes(first, BYE, f"{{type: hangup, prompt: {prompt}}}")
    assert [each.severity for each in found(MISSING_LANGUAGE, written)] == severities


def test_what_is_said_before_the_language_is_chosen_is_in_that_of_the_flow() -> None:
    welcome = "{type: play, prompt: {en-US: Welcome}, next: n1}"
    choose = CHOOSE.replace("prompt: Hello", "prompt: {en-US: Hello}")
    assert found(MISSING_LANGUAGE, nodes(welcome, choose, "{type: hangup, prompt: {en-US: A, hi-IN: अ}}")) == []


def test_defaults_and_named_prompts_have_languages_like_others() -> None:
    top = """\
language: en-US
defaults: {no_match: {en-US: I did not understand, hi-IN: अ}, no_input: [{en-US: I did not hear, hi-IN: अ}]}
prompts: {thanks: {en-US: thank you for calling, hi-IN: अ}}"""
    menu = "{type: menu, prompt: {prompt: thanks}, choices: [{press: 1, next: n1}]}"
    assert found(MISSING_LANGUAGE, nodes(CHOOSE, BYE, menu, top=top)) == []


def test_what_may_be_said_anywhere_is_needed_in_all_languages() -> None:
    top = "language: en-US\nprompts: {apology: {en-US: Sorry}}"
    assert [each.line for each in found(MISSING_LANGUAGE, nodes(CHOOSE, BYE, BYE, top=top))] == [2]
    assert found(MISSING_LANGUAGE, nodes(BYE, top=top)) == []


INNER = nodes("{type: play, prompt: {en-US: Hello}, next: n1}", "{type: return}")


def test_a_subflow_is_heard_in_the_languages_of_those_who_call_it() -> None:
    caller = nodes(CHOOSE, BYE, "{type: subflow, flow: inner, next: n1}")
    assert [(each.file, each.line) for each in found(MISSING_LANGUAGE, caller, inner=INNER)] == [("inner.yaml", 4)]
    assert found(MISSING_LANGUAGE, nodes("{type: subflow, flow: inner, next: n1}", BYE), inner=INNER) == []
    assert found(MISSING_LANGUAGE, INNER) == []


def test_a_subflow_may_change_the_language() -> None:
    inner = nodes("{type: set, values: {language: hi-IN}, next: n1}", "{type: return}")
    caller = nodes("{type: subflow, flow: inner, next: n1}", "{type: hangup, prompt: {en-US: Goodbye}}")
    assert [(each.file, each.line) for each in found(MISSING_LANGUAGE, caller, inner=inner)] == [("main.yaml", 5)]


def test_flows_that_call_each_other_in_a_circle() -> None:
    one = nodes("{type: subflow, flow: other, next: n1}", "{type: return}")
    other = nodes("{type: subflow, flow: main, next: n1}", "{type: return}")
    assert found(MISSING_LANGUAGE, one, other=other) == []


@pytest.mark.parametrize(
    ("prompt", "choice", "count"),
    [
        ("{en-US: Say yes, hi-IN: हाँ कहें}", "say: {en-US: [sure]}", 1),
        ("{en-US: Say yes, hi-IN: हाँ कहें}", "say: {en-US: [sure], hi-IN: [ज़रूर]}", 0),
        ("{en-US: Say yes, hi-IN: हाँ कहें}", "say: [sure]", 0),
        ("{en-US: Say yes}", "say: {en-US: [sure]}", 0),
        ("Sure?", "say: {en-GB: [sure], hi-IN: [ज़रूर]}", 1),
        ("Sure?", "say: {en-US: [sure], hi-IN: [ज़रूर]}", 0),
        ("{en-US: {choices: '{label}.'}, hi-IN: {choices: '{label}।'}}", "press: 1, label: {en-US: Sure}", 1),
        ("{en-US: {choices: '{label}.'}, hi-IN: {choices: '{label}।'}}", "press: 1, label: {en-US: A, hi-IN: अ}", 0),
        ("{en-US: Press 1, hi-IN: 1 दबाएँ}", "press: 1, label: {en-US: Sure}", 0),
        ("{en-US: Press 1, hi-IN: 1 दबाएँ}", "press: 1", 0),
    ],
)
def test_other_language(prompt: str, choice: str, count: int) -> None:
    written = nodes(CHOOSE, BYE, f"{{type: menu, prompt: {prompt}, choices: [{{{choice}, next: n1}}]}}")
    assert [each.severity for each in found(OTHER_LANGUAGE, written)] == ["warning"] * count


def test_phrases_of_fields_and_universals_have_languages_too() -> None:
    ask = "{type: collect, prompt: {en-US: Colour?, hi-IN: रंग?}, into: x, speech: {en-US: [red]}, next: n1}"
    assert [each.line for each in found(OTHER_LANGUAGE, nodes(CHOOSE, BYE, ask))] == [6]
    top = "language: en-US\nuniversals: [{press: 0, say: {en-US: help}, next: n1}]"
    assert [each.line for each in found(OTHER_LANGUAGE, nodes(CHOOSE, BYE, BYE, top=top))] == []
    menu = "{type: menu, prompt: {en-US: A, hi-IN: अ}, choices: [{press: 1, next: n1}]}"
    assert [each.line for each in found(OTHER_LANGUAGE, nodes(CHOOSE, BYE, menu, top=top))] == [2]


RECORDED = "{type: hangup, prompt: {audio: hello.wav}}"


@pytest.mark.parametrize(
    ("folders", "node", "severities"),
    [
        (("en-US",), RECORDED, ["warning"]),
        (("de-DE",), RECORDED, ["error"]),
        (("en-US", "hi-IN"), RECORDED, []),
        (("",), RECORDED, []),
        (("en-US",), "{type: hangup, prompt: {en-US: {audio: hello.wav}, hi-IN: अ}}", []),
        (("en-US",), "{type: hangup, prompt: {audio: hello.wav, text: Hello}}", []),
    ],
)
def test_recordings_have_languages_too(
    tmp_path: Path, folders: tuple[str, ...], node: str, severities: list[str]
) -> None:
    for folder in folders:
        place = tmp_path / "audio_prompts" / folder
        place.mkdir(parents=True, exist_ok=True)
        with wave.open(str(place / "hello.wav"), "wb") as recording:
            recording.setnchannels(1)
            recording.setsampwidth(2)
            recording.setframerate(8000)
            recording.writeframes(bytes(1600))
    file = tmp_path / "main.yaml"
    file.write_text(nodes(CHOOSE, BYE, node), "utf-8")
    loaded = load([file], 2026)
    assert not loaded.findings
    subject = Subject(loaded.flows["main"], loaded, Machine((), Path()), Explorations(loaded))
    assert [each.severity for each in findings(MISSING_LANGUAGE, subject)] == severities
