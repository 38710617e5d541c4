"""Keys and phrases of choices and universals that meet, and menus that are too long."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.document.finding import Finding
from ivr.document.load import load_sources
from ivr.document.source import read
from ivr.lint.check import Check, Explorations, Subject, findings
from ivr.lint.checks.contained_phrase import CONTAINED_PHRASE
from ivr.lint.checks.hidden_universal import HIDDEN_UNIVERSAL
from ivr.lint.checks.key_prefix import KEY_PREFIX
from ivr.lint.checks.many_choices import MANY_CHOICES
from ivr.lint.checks.same_key import SAME_KEY
from ivr.lint.checks.same_phrase import SAME_PHRASE
from ivr.speech.machine import Machine


def found(check: Check, text: str) -> list[Finding]:
    loaded = load_sources({"main.yaml": read(text, "main.yaml")}, 2026)
    assert not loaded.findings, loaded.findings
    return sorted(findings(check, Subject(loaded.flows["main"], loaded, Machine((), Path()), Explorations(loaded))))


def told(check: Check, choices: str, universals: str = "") -> list[tuple[str, int, str]]:
    text = f"""\
start: menu
language: en-US
universals: [{universals}]
nodes:
  menu: {{type: menu, prompt: What?, choices: [{choices}]}}
  hindi: {{type: set, values: {{language: hi-IN}}, next: menu}}
  a: {{type: hangup}}
  b: {{type: hangup}}
  c: {{type: hangup}}
"""
    return [(each.severity, each.line, each.message) for each in found(check, text)]


@pytest.mark.parametrize(
    ("choices", "universals", "lines"),
    [
        ("{press: 1, next: a}, {press: 1, next: b}", "", [5]),
        ('{press: 1, next: a}, {press: "1", next: b}, {press: 1, next: c}', "", [5, 5]),
        ("{press: 1, next: a}, {press: 1, next: a}", "", [5]),
        ("{press: 1, next: a}, {press: 2, next: b}", "{press: 0, next: a}, {press: 0, do: back}", [3]),
        ("{press: 1, next: a}, {press: 2, next: b}", "{press: 0, next: a}, {press: '*', next: a}", []),
        ("{press: 1, next: a}, {press: 11, next: b}", "{press: 1, next: a}", []),
        ("{say: one, next: a}, {say: two, next: b}", "{say: three, next: a}, {say: four, next: a}", []),
        ('{press: "01", next: a}, {press: 1, next: b}', "", []),
    ],
)
def test_same_key(choices: str, universals: str, lines: list[int]) -> None:
    found_here = told(SAME_KEY, choices, universals)
    assert [line for _, line, _ in found_here] == lines
    assert all(severity == "error" for severity, _, _ in found_here)


def test_a_free_key_is_named() -> None:
    [(_, _, message)] = told(SAME_KEY, "{press: 1, next: a}, {press: 2, next: b}, {press: 1, next: c}")
    assert message == (
        "key “1” is taken already by the choice that leads to “a”, so in “menu” it never leads to “c”; “3” is free"
    )


@pytest.mark.parametrize(
    ("choices", "universals", "count"),
    [
        ("{press: 1, next: a}, {press: 12, next: b}", "", 1),
        ("{press: 1, next: a}, {press: 12, next: b}, {press: 123, next: c}", "", 2),
        ('{press: "01", next: a}', "{press: 0, next: a}", 1),
        ("{press: 11, next: a}, {press: 12, next: b}", "", 0),
        ("{press: 1, next: a}, {press: 21, next: b}", "", 0),
        ("{press: 1, next: a}, {press: 1, next: b}", "", 0),
    ],
)
def test_key_prefix(choices: str, universals: str, count: int) -> None:
    found_here = told(KEY_PREFIX, choices, universals)
    assert [severity for severity, _, _ in found_here] == ["warning"] * count
    assert all("wait 3 s" in message for _, _, message in found_here)


@pytest.mark.parametrize(
    ("choices", "universals", "count"),
    [
        ("{press: 0, next: a}", "{press: 0, next: b}", 1),
        ("{press: 0, next: a}", "{press: 0, do: repeat}", 1),
        ("{press: 1, say: [Help me], next: a}", "{press: 0, say: [help me!], next: b}", 1),
        ("{press: 0, say: help, next: a}", "{press: 0, say: help, next: b}", 2),
        ("{press: 0, next: b}", "{press: 0, next: b}", 0),
        ("{press: 0, next: b, set: {language: de-DE}}", "{press: 0, next: b}", 1),
        ("{press: 1, say: help me out, next: a}", "{press: 0, say: help me, next: b}", 0),
        ("{press: 10, next: a}", "{press: 1, next: b}", 0),
    ],
)
def test_hidden_universal(choices: str, universals: str, count: int) -> None:
    assert [severity for severity, _, _ in told(HIDDEN_UNIVERSAL, choices, universals)] == ["warning"] * count


@pytest.mark.parametrize(
    ("digits", "universals", "count"),
    [
        ("6", "{press: 0, next: bye}", 1),
        ("6", "{press: 9, next: bye}, {press: '#', do: repeat}", 1),
        ("{min: 1, max: 6, erase: '*'}", "{press: '*', do: back}", 1),
        ("6", "{press: '*', next: bye}", 0),
        ("6", "{press: 0, next: bye}, {press: '*', next: bye}", 0),
        ("6", "{press: 0, say: operator, next: bye}", 0),
        ("{min: 1, max: 6, keys: '12345678'}", "{press: 9, next: bye}", 0),
        ("{min: 1, max: 6, finish: none}", "{press: '#', do: repeat}", 0),
        ("6", "{say: operator, next: bye}", 0),
    ],
)
def test_a_universal_that_an_entry_hides_is_worth_knowing(digits: str, universals: str, count: int) -> None:
    ask = f"{{type: collect, prompt: What?, into: x, digits: {digits}, next: bye}}"
    text = f"start: ask\nuniversals: [{universals}]\nnodes:\n  ask: {ask}\n  bye: {{type: hangup}}\n"
    assert [(each.severity, each.line) for each in found(HIDDEN_UNIVERSAL, text)] == [("info", 4)] * count


@pytest.mark.parametrize(
    ("choices", "count"),
    [
        (", ".join(f"{{press: {key}, next: {'abc'[key % 3]}, set: {{x: {key}}}}}" for key in range(1, 7)), 1),
        (", ".join(f"{{press: {key}, next: {'abc'[key % 3]}, set: {{x: {key}}}}}" for key in range(1, 6)), 0),
        (", ".join(f"{{press: {key}, next: {'abc'[key % 3]}}}" for key in range(1, 10)), 0),
        (", ".join(f"{{say: colour {key}, next: {'abc'[key % 3]}, set: {{x: {key}}}}}" for key in range(1, 10)), 0),
        (", ".join(f"{{say: w{n}, label: w{n}, next: {'abc'[n % 3]}, set: {{x: {n}}}}}" for n in range(1, 10)), 1),
    ],
)
def test_many_choices(choices: str, count: int) -> None:
    assert [severity for severity, _, _ in told(MANY_CHOICES, choices)] == ["warning"] * count


@pytest.mark.parametrize(
    ("choices", "universals", "severities"),
    [
        ("{say: sales, next: a}, {say: Sales!, next: b}", "", ["error"]),
        ("{say: [x, my bill], next: a}, {say: [y, my-bill], next: b}", "", ["error"]),
        ("{say: {en-US: no, hi-IN: ना}, next: a}, {say: {en-US: x, hi-IN: ना}, next: b}", "", ["error"]),
        ("{say: {en-US: no, hi-IN: ना}, next: a}, {say: [ना], next: b}", "", ["error"]),
        ("{say: a, next: a}", "{say: [stop], next: a}, {say: stop, do: repeat}", ["error"]),
        ("{say: sales, next: a}, {say: sales, next: a}", "", ["warning"]),
        ("{say: sales, next: a}, {say: sales desk, next: b}", "", []),
        ("{say: [sales, Sales], next: a}, {say: b, next: b}", "", []),
        ("{say: {en-US: no, hi-IN: ना}, next: a}, {say: {en-US: ना, hi-IN: no}, next: b}", "", []),
        ("{say: help, next: a}", "{say: help, next: b}", []),
    ],
)
def test_same_phrase(choices: str, universals: str, severities: list[str]) -> None:
    assert [severity for severity, _, _ in told(SAME_PHRASE, choices, universals)] == severities


@pytest.mark.parametrize(
    ("choices", "universals", "severities"),
    [
        ("{say: my order, next: a}, {say: cancel my order, next: b}", "", ["warning"]),
        ("{say: order, next: a}, {say: my order please, next: b}", "", ["warning"]),
        ("{say: sales, next: a}, {say: sales manager, next: b}", "", ["info"]),
        ("{say: no help, next: a}", "{say: help, next: b}", ["warning"]),
        ("{say: [my order, cancel my order], next: a}, {say: x, next: b}", "", []),
        ("{say: order, next: a}, {say: reorder, next: b}", "", []),
        ("{say: my order, next: a}, {say: my bill, next: b}", "", []),
        ("{say: x, next: a}", "{say: help, next: b}, {say: help me, next: c}", []),
        ("{say: {en-US: order}, next: a}, {say: {hi-IN: my order}, next: b}", "", []),
    ],
)
def test_contained_phrase(choices: str, universals: str, severities: list[str]) -> None:
    assert [severity for severity, _, _ in told(CONTAINED_PHRASE, choices, universals)] == severities
