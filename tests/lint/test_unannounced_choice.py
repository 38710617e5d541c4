"""Choices that no prompt tells of are found; hidden ways to the same, open questions and recordings are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.document.finding import Finding
from ivr.document.load import load_sources
from ivr.document.source import read
from ivr.lint.check import Explorations, Subject, findings
from ivr.lint.checks.unannounced_choice import UNANNOUNCED_CHOICE
from ivr.speech.machine import Machine

THREE = "{press: 1, next: sales}, {press: 2, next: support}, {press: 3, say: [my bill], label: bills, next: billing}"


def found(text: str) -> list[Finding]:
    loaded = load_sources({"main.yaml": read(text, "main.yaml")}, 2026)
    assert not loaded.findings, loaded.findings
    subject = Subject(loaded.flows["main"], loaded, Machine((), Path()), Explorations(loaded))
    return sorted(findings(UNANNOUNCED_CHOICE, subject))


def told(
    prompt: str, choices: str = THREE, more: str = "attempts: 3", language: str = "en-US", lead: str = "Hello."
) -> list[str]:
    text = f"""\
start: welcome
language: {language}
universals: [{{press: 0, next: operator}}, {{press: "*", do: repeat}}]
prompts: {{help: For bills press 3.}}
nodes:
  welcome: {{type: play, prompt: {lead!r}, next: menu}}
  menu:
    type: menu
    prompt: {prompt}
    choices: [{choices}]
    {more}
  sales: {{type: hangup}}
  support: {{type: hangup}}
  billing: {{type: hangup}}
  operator: {{type: hangup}}
"""
    return [each.severity for each in found(text)]


@pytest.mark.parametrize(
    "prompt",
    [
        "For sales press 1. For support press 2.",
        "Press one for sales or two for support.",
        "We are open 24 hours and answer within 3 days. For sales press 1. For support press 2.",
        "Please have your 3 digit code ready. For sales press 1, for support 2.",
        "Press 1 or 2.",
        "Press 1 to 2.",
        "[For sales press 1., {silence: 300ms}, {audio: none.wav, text: For support press 2.}]",
        "{en-US: For sales press 1. For support press 2., hi-IN: बिलिंग के लिए 3 दबाएँ।}",
    ],
)
def test_a_choice_that_is_left_out(prompt: str) -> None:
    assert told(prompt) == ["warning"]


@pytest.mark.parametrize(
    ("language", "prompt"),
    [
        ("de-DE", "Für den Vertrieb drücken Sie die 1, für den Kundendienst die 2."),
        ("fr-FR", "Tapez 1 pour les ventes, 2 pour le support."),
        ("es-ES", "Para ventas marque uno, para soporte marque dos."),
        ("hi-IN", "बिक्री के लिए 1 दबाएँ। सहायता के लिए 2 दबाएँ।"),
    ],
)
def test_a_choice_that_is_left_out_in_other_languages(language: str, prompt: str) -> None:
    assert told(prompt, language=language) == ["warning"]


@pytest.mark.parametrize(
    "prompt",
    [
        "For sales press 1. For support press 2. For bills press 3.",
        "Press one for sales, two for support, three for bills.",
        "Press 1, 2 or 3.",
        "Press 1 to 3.",
        "Press a key from 1 to 3.",
        "For sales press 1. For support press 2. Or say my bill.",
        "For sales press 1, for support press 2, bills are on the next key.",
        "[For sales press 1. For support press 2., {prompt: help}]",
        "[For sales press 1. For support press 2., {audio: none.wav, text: For bills press 3.}]",
        "\"For sales press 1. For support press 2. {{ 'For bills press 3.' if call.from else '' }}\"",
        '"For sales press 1, for support press 2, for bills press {{ 1 + 2 }}."',
        '"{{ call.from }}"',
    ],
)
def test_all_are_announced(prompt: str) -> None:
    assert told(prompt) == []


def test_what_is_said_before_and_after_counts() -> None:
    short = "For sales press 1. For support press 2."
    assert told(short, more="no_input: For bills press 3.") == []
    assert told(short, more="no_match: [What?, For bills press 3.]") == []
    assert told(short, lead="For bills, press 3 in the menu.") == []
    assert told("Please choose.", lead="Press 1 for sales, 2 for support, 3 for bills.") == []


def test_an_open_question_names_but_examples() -> None:
    third = "{press: 1, say: [lost card], next: sales}, {press: 2, say: [new card], next: support}"
    assert told("What can I do for you? For example, say lost card.", third) == []
    assert told("What can I do for you? Say lost card.", third) == ["warning"]
    assert told("For a lost card, for example, press 1.", f"{third}, {{press: 4, next: billing}}") == ["warning"]


@pytest.mark.parametrize(
    "third",
    [
        "{press: 3, next: support}",
        "{say: [technical help], next: support}",
        "{press: 9, next: operator}",
        "{press: 0, next: billing}",
    ],
)
def test_other_ways_to_the_same_need_no_word(third: str) -> None:
    choices = f"{{press: 1, next: sales}}, {{press: 2, next: support}}, {third}"
    assert told("For sales press 1. For support press 2.", choices) == []


def test_a_recording_without_words_can_not_be_read(tmp_path: Path) -> None:
    text = f"""\
start: menu
nodes:
  menu: {{type: menu, prompt: [For sales press 1., {{audio: rest.wav}}], choices: [{THREE}]}}
  sales: {{type: hangup}}
  support: {{type: hangup}}
  billing: {{type: hangup}}
"""
    assert found(text.replace("{audio: rest.wav}", "For support press 2."))
    loaded = load_sources({"main.yaml": read(text, "main.yaml")}, 2026)
    assert {each.check for each in loaded.findings} == {"recording"}, tmp_path


@pytest.mark.parametrize(
    ("sentence", "choices", "count"),
    [
        ("For {label} press {press}.", THREE, 2),
        ("For {label} press {press}.", "{press: 1, label: sales, next: sales}", 0),
        ("For {label} press {press}.", "{press: 1, label: sales, next: sales}, {press: 0, next: operator}", 0),
    ],
)
def test_choices_without_a_label_are_not_announced(sentence: str, choices: str, count: int) -> None:
    assert told(f"{{choices: {sentence!r}}}", choices) == ["warning"] * count


def test_a_prompt_that_tells_nothing_is_told_once() -> None:
    assert told("Welcome to Acme.") == ["warning"]
    assert told("Which department?", "{say: sales, next: sales}, {say: support, next: support}") == ["info"]
    assert told("Shall I go on?", "{press: 1, say: 'yes', next: sales}, {press: 2, say: 'no', next: support}") == []


def test_a_key_told_wrong_is_no_second_mistake() -> None:
    assert told("For sales press 1. For support press 2. For bills press 4.") == []


def test_an_announcement_outside_a_menu() -> None:
    text = """\
start: ask
nodes:
  ask: {type: collect, prompt: [{choices: "Press {press}."}, "Your number?"], into: x, digits: 3, next: bye}
  bye: {type: hangup}
"""
    [only] = found(text)
    assert (only.severity, only.line) == ("warning", 3)


def test_a_language_nobody_can_read_here_is_passed_over() -> None:
    assert told("판매는 1번, 지원은 2번입니다.", language="ko-KR") == []
