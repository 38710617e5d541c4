"""Variables that nobody reads."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from ivr.lint.checks.unread_variable import UNREAD_VARIABLE
from tests.lint.one_check import found_by

found = partial(found_by, UNREAD_VARIABLE)


FLOW = """
start: ask
variables: {account: "", note: ""}
nodes:
  ask: {type: collect, prompt: Your account?, into: account, digits: 6, next: told, on_failure: bye}
  told: {type: play, prompt: "Account {{ account }}, {{ note }}.", next: bye}
  bye: {type: hangup, prompt: Goodbye.}
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("{{ account }}", "", "ask: {", "callers enter it here, but nothing reads “account”; use it in an expression"),
        ("into: account", "into: acount", "ask: {", "nothing reads “acount” (did you mean “account”?)"),
        ('note: ""', 'note: "", colour: red', "variables:", "it is given a value here, but nothing reads “colour”"),
        (
            "next: bye}",
            "next: done}\n  done: {type: set, values: {done: true}, next: bye}",
            "done: {",
            "it is set here",
        ),
        ("{{ account }}", "", "ask: {", "use it in an expression, or leave it out"),
    ],
)
def test_what_nobody_reads_is_told(tmp_path: Path, old: str, new: str, line: str, words: str) -> None:
    [(at, severity, message)] = found(tmp_path, main=FLOW.replace(old, new))
    assert at.startswith(line)
    assert severity == "warning"
    assert words in message


def test_what_is_confirmed_and_then_forgotten(tmp_path: Path) -> None:
    flow = FLOW.replace("digits: 6", "digits: 6, confirm: '{{ account }}?'")
    assert found(tmp_path, main=flow) == []
    [(_, _, message)] = found(tmp_path, main=flow.replace("Account {{ account }}", "Thank you"))
    assert "nothing reads “account” but its confirmation" in message


def test_a_counter_that_only_counts(tmp_path: Path) -> None:
    flow = FLOW.replace(
        "next: bye}\n  bye", "next: count}\n  count: {type: set, values: {note: '{{ note ~ 1 }}'}, next: bye}\n  bye"
    )
    assert found(tmp_path, main=flow) == []
    told = found(tmp_path, main=flow.replace("{{ note }}", "x"))
    assert [message for _, _, message in told] == [
        "it is set here, but nothing reads “note” but its own next value; use it in an expression, or leave it out"
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("digits: 6", "digits: 6, validate: account | luhn"),
        ("Account {{ account }}, {{ note }}.", "Well, {{ note }}{{ account | digits }}"),
        ("type: hangup", 'type: hangup, reason: x, description: "note"'),
        ("next: bye}\n  bye", "next: keep}\n  keep: {type: record, prompt: Speak., into: voice, next: bye}\n  bye"),
        (
            "next: bye}\n  bye",
            "next: any}\n  any: {type: collect, prompt: Any key?, into: any_key, digits: 1, next: bye}\n  bye",
        ),
        (
            "next: bye}\n  bye",
            "next: any}\n  any: {type: collect, prompt: Any key?, into: _key, digits: 1, next: bye}\n  bye",
        ),
        ('note: ""}', 'note: "", prices: {a: 1}}\nprompts: {unused: "{{ prices.a }}"}'),
        (
            "next: bye}\n  bye",
            "next: far}\n  far: {type: branch, cases: [{when: note == account, next: bye}], otherwise: bye}\n  bye",
        ),
        (
            '{{ note }}.", next: bye}',
            '{{ note }}.", next: send}\n'
            "  send: {type: http, url: 'https://x.test/{{ id }}', save: {id: body.id}, next: bye}",
        ),
    ],
)
def test_what_somebody_reads_is_not_told(tmp_path: Path, old: str, new: str) -> None:
    flow = FLOW.replace(old, new)
    assert flow != FLOW
    assert found(tmp_path, main=flow) == []


INNER = """
start: ask
variables: {account: "", greeting: ""}
nodes:
  ask: {type: play, prompt: "{{ account }} {{ greeting }} {{ extra }}", next: out}
  out: {type: return, values: {ok: true, code: 12}}
"""
OUTER = """
start: sub
nodes:
  sub: {type: subflow, flow: inner, with: {account: "1", extra: x}, save: {good: result.ok}, next: told}
  told: {type: play, prompt: "{{ good }}", next: bye}
  bye: {type: hangup, prompt: Goodbye.}
"""


def test_what_is_given_to_a_subflow_that_has_no_use_for_it(tmp_path: Path) -> None:
    assert found(tmp_path, main=OUTER, inner=INNER) == []
    [(_, severity, message)] = found(tmp_path, main=OUTER.replace("with: {", "with: {acount: 2, "), inner=INNER)
    assert severity == "warning"
    assert message.startswith("the flow “inner” has no variable “acount” and never reads it (did you mean “account”?)")
    # What it has a variable for, and does not read, is told in its own file.
    unread = INNER.replace("{{ greeting }}", "")
    assert found(tmp_path, main=OUTER.replace("with: {", "with: {greeting: hello, "), inner=unread) == []
    assert "nothing reads “greeting”" in found(tmp_path, main=unread, outer=OUTER.replace("inner", "main"))[0][2]


@pytest.mark.parametrize(
    ("save", "told"),
    [("result.ok", ["code"]), ("result", []), ("result['code'] ~ result.ok", []), ("result.code", ["ok"])],
)
def test_what_is_returned_and_never_saved_is_worth_knowing(tmp_path: Path, save: str, told: list[str]) -> None:
    outer = OUTER.replace("inner", "main").replace("result.ok", f'"{save}"')
    mistakes = found(tmp_path, main=INNER, outer=outer)
    assert [severity for _, severity, _ in mistakes] == ["info"] * len(told)
    assert all(f"“result.{name}”" in message for name, (_, _, message) in zip(told, mistakes, strict=True))


def test_what_is_returned_to_nobody_is_not_told(tmp_path: Path) -> None:
    assert found(tmp_path, main=INNER.replace("{{ extra }}", "")) == []
