"""Where several checks find one mistake, the one that explains it best tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.document.load import load_sources
from ivr.document.source import read
from ivr.lint import check
from ivr.lint.check import Check, Mistake
from ivr.lint.checks import CHECKS
from ivr.lint.once import BETTER, once
from ivr.speech.machine import Machine

CONSTANT, IMPOSSIBLE, UNSET, FAILED = (
    next(each for each in CHECKS if each.id == id)
    for id in ("constant-condition", "impossible-comparison", "unset-variable", "failed-result")
)
HERE, THERE = ("nodes", "a", "prompt"), ("nodes", "b", "prompt")

BEGIN = "start: ask\nlanguage: en-US\nnodes:\n"
LANGUAGE = """\
  ask: {type: branch, cases: [{when: language == 'hi', next: hindi}], otherwise: bye}
  hindi: {type: play, prompt: Hello., next: bye}
  bye: {type: hangup, prompt: Goodbye.}
"""
LOOKUP = """\
  ask: {type: http, url: "https://bank.test/b", save: {balance: body.balance}, on_error: sorry, next: tell}
  tell: {type: play, prompt: "Your balance is {{ balance }}.", next: bye}
  sorry: {type: play, prompt: "We could not ask. It is {{ balance }}.", next: bye}
  bye: {type: hangup, prompt: Goodbye.}
"""
CIRCLE = """\
  ask:
    type: menu
    prompt: For cats press 1.
    choices: [{press: 1, say: [cats], next: cats}]
    on_failure: again
  cats: {type: play, prompt: Cats are fine., next: ask}
  again: {type: play, prompt: Let us try again., next: ask}
"""
RECURSION = """\
  ask: {type: play, prompt: One moment., next: again}
  again: {type: subflow, flow: verify, on_error: ask, next: done}
  done: {type: return}
"""
CALLER = (
    "start: v\nnodes:\n  v: {type: subflow, flow: verify, on_error: b, next: b}\n  b: {type: hangup, prompt: Bye.}\n"
)


def told(nodes: str, place: Path) -> list[tuple[str, str, bool]]:
    """The check and the severity of each finding, and whether a call shows it."""
    texts = {"verify.yaml": BEGIN + nodes} | ({"main.yaml": CALLER} if "return" in nodes else {})
    loaded = load_sources({name: read(text, name) for name, text in texts.items()}, 2026)
    assert loaded.findings == ()
    found = check(loaded, Machine.this(None, place, {}))
    return [(each.check, each.severity, bool(each.path)) for each in found]


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        (LANGUAGE, ("impossible-comparison", "warning", False)),
        (LOOKUP, ("failed-result", "error", True)),
        (CIRCLE, ("trapped-caller", "error", True)),
        (RECURSION, ("subflow-recursion", "error", False)),
    ],
)
def test_one_mistake_is_told_once(nodes: str, expected: tuple[str, str, bool], tmp_path: Path) -> None:
    assert told(nodes, tmp_path) == [expected]


def test_what_is_left_takes_over_the_worse_severity_and_the_call() -> None:
    about = frozenset({(HERE, "x")})
    found = [(UNSET, Mistake(HERE, "one", ("press 1",), about=about)), (FAILED, Mistake(HERE, "two", about=about))]
    expected = Mistake(HERE, "two", ("press 1",), severity="error", about=about)
    assert once(found) == once(found[::-1]) == ((FAILED, expected),)


@pytest.mark.parametrize(
    "found",
    [
        [(CONSTANT, Mistake(HERE, "one")), (IMPOSSIBLE, Mistake(THERE, "two"))],
        [(UNSET, Mistake(HERE, "one", about=frozenset({"x"}))), (FAILED, Mistake(HERE, "two", about=frozenset({"y"})))],
        [(UNSET, Mistake(HERE, "one")), (IMPOSSIBLE, Mistake(HERE, "two"))],
        [(CONSTANT, Mistake(HERE, "one")), (CONSTANT, Mistake(HERE, "two"))],
    ],
)
def test_different_mistakes_are_all_told(found: list[tuple[Check, Mistake]]) -> None:
    assert once(found) == tuple(found)


def test_the_checks_that_are_named_exist() -> None:
    assert {*BETTER, *(id for some in BETTER.values() for id in some)} <= {each.id for each in CHECKS}
