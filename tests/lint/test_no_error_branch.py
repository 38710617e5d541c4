"""What fails without a way to go."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from ivr.lint.checks.no_error_branch import NO_ERROR_BRANCH
from tests.lint.one_check import found_by

found = partial(found_by, NO_ERROR_BRANCH)


FLOW = """
start: look
nodes:
  look: {type: http, url: "https://x.test", next: pass}
  pass: {type: transfer, to: "+49301234567"}
  bye: {type: hangup, prompt: Goodbye.}
"""


def test_lookups_and_transfers_without_a_way_to_go(tmp_path: Path) -> None:
    (first, one, lookup), (second, other, transfer) = found(tmp_path, main=FLOW)
    assert first.startswith("look:")
    assert second.startswith("pass:")
    assert (one, other) == ("warning", "warning")
    assert lookup == (
        "when the lookup fails, callers hear an apology and the call ends; "
        "give the node or the flow an “on_error” that leads them on"
    )
    assert "or the carrier can't transfer at all" in transfer


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        ("nodes:", "on_error: bye\nnodes:", []),
        ("next: pass", "on_error: bye, next: pass", ["pass"]),
        ("next: pass", "on_status: {404: bye}, next: pass", ["look", "pass"]),
        ('567"', '567", on_error: bye', ["look"]),
        ("start: look", "start: bye\non_hangup: look", []),
        ("start: look", "start: bye", []),
    ],
)
def test_a_way_to_go(tmp_path: Path, old: str, new: str, left: list[str]) -> None:
    flow = FLOW.replace(old, new)
    if "on_hangup" in new:
        flow = flow.replace(", next: pass", "")
    assert [line.split(":")[0] for line, _, _ in found(tmp_path, main=flow)] == left


MENU = """
start: ask
on_failure: pass
nodes:
  ask: {type: menu, prompt: Press 1., choices: [{press: 1, next: look}]}
  look: {type: http, url: "https://x.test", on_error: pass, next: bye}
  pass: {type: transfer, to: "+49301234567"}
  bye: {type: hangup, prompt: Goodbye.}
"""


def test_what_fails_after_a_failure_ends_the_call_anyway(tmp_path: Path) -> None:
    assert found(tmp_path, main=MENU) == []
    [(line, _, _)] = found(tmp_path, main=MENU.replace("next: look", "next: pass").replace("next: bye", "next: ask"))
    assert line.startswith("pass:")
    # After an answer, a new failure is one of its own.
    again = MENU.replace("on_error: pass", "on_error: ask").replace("next: look", "next: look}, {press: 2, next: pass")
    [(line, _, _)] = found(tmp_path, main=again)
    assert line.startswith("pass:")


INNER = """
start: look
nodes:
  look: {type: http, url: "https://x.test", next: out}
  out: {type: return}
"""
OUTER = """
start: sub
nodes:
  sub: {type: subflow, flow: FLOW, next: bye}
  bye: {type: hangup, prompt: Goodbye.}
"""
HANDLED = OUTER.replace("next: bye", "on_error: bye, next: bye")
MIDDLE = OUTER.replace("{type: hangup, prompt: Goodbye.}", "{type: return}").replace("FLOW", "main")


def test_callers_of_a_subflow_take_its_errors(tmp_path: Path) -> None:
    assert len(found(tmp_path, main=INNER, outer=OUTER.replace("FLOW", "main"))) == 1
    assert found(tmp_path, main=INNER, outer=HANDLED.replace("FLOW", "main")) == []
    assert found(tmp_path, main=INNER) == []
    one, other = OUTER.replace("FLOW", "main"), HANDLED.replace("FLOW", "main")
    assert len(found(tmp_path, main=INNER, one=one, other=other)) == 1


def test_or_the_callers_of_those(tmp_path: Path) -> None:
    assert len(found(tmp_path, main=INNER, middle=MIDDLE, outer=OUTER.replace("FLOW", "middle"))) == 1
    assert found(tmp_path, main=INNER, middle=MIDDLE, outer=HANDLED.replace("FLOW", "middle")) == []
