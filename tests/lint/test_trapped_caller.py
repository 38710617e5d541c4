"""Circles that nobody chose are told with the exit that mends them; those that a caller keeps up are not told."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.document.finding import Finding
from ivr.document.load import load_sources
from ivr.document.source import read
from ivr.lint import check
from ivr.speech.machine import Machine

MINE = ("trapped-caller", "cycle-without-caller")
HEAD = """
start: menu
on_error: bye
on_failure: bye
variables: {tries: 0, code: ""}
nodes:
  menu:
    type: menu
    prompt: For one press 1. For two press 2.
    choices: [{press: 1, next: one}, {press: 2, next: bye}]
  bye: {type: hangup, prompt: Goodbye.}
"""


def found(text: str, tmp_path: Path, **others: str) -> list[Finding]:
    texts = {"main": text, **others}
    loaded = load_sources({f"{name}.yaml": read(each, f"{name}.yaml") for name, each in texts.items()}, 2026)
    assert loaded.findings == ()
    return [each for each in check(loaded, Machine.this(None, tmp_path, {})) if each.check in MINE]


READ_OUT = """
  one: {type: http, url: "https://a.example/", save: {code: body.news}, next: left}
  left: {type: branch, cases: [{when: "%s", next: %s}], otherwise: %s}
  read: {type: play, prompt: "{{ code[tries] }}", next: count}
  count: {type: set, values: {tries: "{{ %s }}"}, next: left}"""
FREE = {
    "a choice that leads back": "  one: {type: play, prompt: One., next: menu}",
    "a choice that is the menu itself": "  one: {type: set, values: {tries: 1}, next: menu}",
    "a lookup that fails after each choice": """
  one: {type: http, url: "https://a.example/", on_error: failed, next: menu}
  failed: {type: play, prompt: "Sorry, that can't be looked up now.", next: menu}""",
    "a number that is asked for again because nobody has it": """
  one: {type: collect, prompt: Code?, into: code, digits: 4, next: look}
  look: {type: http, url: "https://a.example/{{ code }}", on_status: {404: unknown}, next: bye}
  unknown: {type: play, prompt: Nobody has that number., next: one}""",
    "an operator who is busy": """
  one: {type: transfer, to: "12", on_error: busy}
  busy: {type: play, prompt: All lines are busy., next: menu}""",
    "an operator who is busy, for callers who gave up": """
  one: {type: menu, prompt: For three press 3., choices: [{press: 3, next: bye}], on_failure: operator}
  operator: {type: transfer, to: "12", on_error: busy}
  busy: {type: play, prompt: All lines are busy., next: menu}""",
    "three tries, counted": """
  one: {type: record, prompt: Speak., into: voicemail, next: count}
  count: {type: set, values: {tries: "{{ tries + 1 }}"}, next: enough}
  enough:
    type: branch
    cases: [{when: voicemail != "", next: bye}, {when: tries >= 3, next: bye}]
    otherwise: one""",
    "a lookup that is tried twice, whatever the reason": """
  one: {type: http, url: "https://a.example/", on_error: count, next: bye}
  count: {type: set, values: {tries: "{{ tries + 1 }}"}, next: enough}
  enough: {type: branch, cases: [{when: error.kind == 'timeout' and tries < 2, next: one}], otherwise: bye}""",
    "a queue that is asked ten times": """
  one: {type: http, url: "https://a.example/", save: {code: body.state}, next: free}
  free: {type: branch, cases: [{when: code == 'free', next: bye}, {when: tries >= 10, next: bye}], otherwise: wait}
  wait: {type: play, prompt: {silence: 5s}, next: count}
  count: {type: set, values: {tries: "{{ tries + 1 }}"}, next: one}""",
    "a list that is read out": READ_OUT % ("tries < code | length", "read", "bye", "tries + 1"),
    "a list that is read out to its end": READ_OUT % ("code | length <= tries", "bye", "read", "tries + 1"),
    "a list that is read out, with a limit": READ_OUT
    % (*("tries >= code | length or code[tries] == 'end'", "bye", "read", "tries + 1"),),
    "a queue that is asked sixty times": """
  one: {type: http, url: "https://a.example/", save: {code: body.state}, next: free}
  free: {type: branch, cases: [{when: code == 'free', next: bye}, {when: tries > 59, next: bye}], otherwise: wait}
  wait: {type: play, prompt: {silence: 5s}, next: count}
  count: {type: set, values: {tries: "{{ tries + 1 }}"}, next: one}""",
}


@pytest.mark.parametrize("nodes", FREE.values(), ids=FREE.keys())
def test_a_caller_who_can_get_out_is_not_trapped(nodes: str, tmp_path: Path) -> None:
    assert found(HEAD + nodes, tmp_path) == []


def test_an_operator_for_all_errors_may_be_tried_twice(tmp_path: Path) -> None:
    flow = HEAD.replace("on_error: bye", "on_error: one")
    assert found(flow + '  one: {type: transfer, to: "12"}', tmp_path) == []


def test_universals_that_go_round_are_no_trap(tmp_path: Path) -> None:
    flow = HEAD.replace("nodes:", 'universals: [{press: "*", do: repeat}, {press: "0", do: start}]\nnodes:')
    assert found(flow + "  one: {type: play, prompt: One., next: menu}", tmp_path) == []


TRAPS = {
    "a node that gives up to itself": (
        "  one: {type: collect, prompt: Code?, into: code, digits: 4, on_failure: one, next: bye}",
        "trapped-caller",
        "on_failure: one",
    ),
    "two nodes that give up to each other": (
        """
  one: {type: collect, prompt: Code?, into: code, digits: 4, next: bye, on_failure: two}
  two: {type: collect, prompt: Name?, into: code, digits: 4, next: bye, on_failure: one}""",
        "trapped-caller",
        "on_failure: one",
    ),
    "an apology of the author that leads back": (
        """
  one: {type: collect, prompt: Code?, into: code, digits: 4, next: bye, on_failure: sorry}
  sorry: {type: play, prompt: Sorry., next: told}
  told: {type: set, values: {tries: 0}, next: one}""",
        "trapped-caller",
        "on_failure: sorry",
    ),
    "a lookup that is tried for ever": (
        """
  one: {type: http, url: "https://a.example/", on_error: again, next: bye}
  again: {type: play, prompt: One moment., next: one}""",
        "trapped-caller",
        "on_error: again",
    ),
    "a status that leads back": (
        '  one: {type: http, url: "https://a.example/", on_status: {429: one}, next: bye}',
        "trapped-caller",
        "on_status: {429: one}",
    ),
    "a transfer that fails into itself": (
        """
  one: {type: transfer, to: "12", on_error: again}
  again: {type: play, prompt: Still busy., next: one}""",
        "trapped-caller",
        "on_error: again",
    ),
    "silence at the tone": (
        """
  one: {type: record, prompt: Speak., into: voicemail, next: said}
  said: {type: branch, cases: [{when: voicemail, next: bye}], otherwise: one}""",
        "trapped-caller",
        "otherwise: one",
    ),
    "a queue that is asked for ever, though it is counted": (
        """
  one: {type: http, url: "https://a.example/", save: {code: body.state}, next: free}
  free: {type: branch, cases: [{when: code == 'free', next: bye}, {when: tries < 0, next: bye}], otherwise: wait}
  wait: {type: play, prompt: {silence: 5s}, next: count}
  count: {type: set, values: {tries: "{{ tries + 1 }}"}, next: one}""",
        "cycle-without-caller",
        "next: one",
    ),
    "a list that is read out again and again": (
        READ_OUT % ("tries >= 0 and code | length > 0", "read", "bye", "tries + 1"),
        "cycle-without-caller",
        "next: left",
    ),
    "a list whose place is not counted": (
        READ_OUT % ("tries < code | length", "read", "bye", "code | length - 1"),
        "cycle-without-caller",
        "next: left",
    ),
    "hours that never come": (
        """
  one: {type: branch, cases: [{when: now.hour > 8, next: bye}], otherwise: closed}
  closed: {type: play, prompt: We are closed., next: one}""",
        "cycle-without-caller",
        "next: one",
    ),
    "prompts that follow each other": (
        """
  one: {type: play, prompt: One., next: two}
  two: {type: play, prompt: Two., next: one}""",
        "cycle-without-caller",
        "next: one",
    ),
}


@pytest.mark.parametrize(("nodes", "check_id", "mends"), TRAPS.values(), ids=TRAPS.keys())
def test_a_trap_is_told_where_it_is_mended(nodes: str, check_id: str, mends: str, tmp_path: Path) -> None:
    (told,) = found(HEAD + nodes, tmp_path)
    assert told.check == check_id
    line = (HEAD + nodes).splitlines()[told.line - 1]
    assert mends in line
    assert line.index(mends) < told.column <= line.index(mends) + len(mends)
    assert told.path[-1].startswith("and so on: this leads back to")


def test_the_shortest_call_is_told(tmp_path: Path) -> None:
    nodes = "  one: {type: collect, prompt: Code?, into: code, digits: 4, attempts: 4, on_failure: one, next: bye}"
    (told,) = found(HEAD + nodes, tmp_path)
    assert told.severity == "error"
    assert told.path == (
        "press 1 at “menu”",
        "say nothing four times at “one”",
        "and so on: this leads back to “one”",
    )


def test_a_trap_in_a_subflow_is_told_in_its_file_once(tmp_path: Path) -> None:
    inner = """
start: ask
nodes:
  ask: {type: collect, prompt: PIN?, into: pin, digits: 4, on_failure: ask, next: back}
  back: {type: return, values: {pin: "{{ pin }}"}}
"""
    calls = "  one: {type: subflow, flow: inner, next: two}\n  two: {type: subflow, flow: inner, next: bye}"
    (told,) = found(HEAD + calls, tmp_path, inner=inner)
    assert told.file == "inner.yaml"


@pytest.mark.parametrize(("attempts", "timeout", "told"), [(3, "5s", 0), (20, "60s", 1)])
def test_patience_has_an_end(attempts: int, timeout: str, told: int, tmp_path: Path) -> None:
    flow = HEAD.replace("choices:", f"attempts: {attempts}\n    timeout: {timeout}\n    choices:")
    worst = found(flow + "  one: {type: play, prompt: One., next: bye}", tmp_path)
    assert [each.severity for each in worst] == ["warning"] * told
