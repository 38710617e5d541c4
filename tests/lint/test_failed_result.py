"""Results of lookups that have failed."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from ivr.lint.checks.failed_result import FAILED_RESULT
from tests.lint.one_check import found_by

found = partial(found_by, FAILED_RESULT)


FLOW = """
start: ask
variables: {account: "", balance: 0, name: ""}
on_error: sorry
nodes:
  ask: {type: collect, prompt: Your account?, into: account, digits: 6, next: look, on_failure: bye}
  look:
    type: http
    url: https://x.test/{{ account }}
    save: {balance: body.balance, name: body.name}
    on_status: {404: unknown}
    on_error: failed
    next: tell
  tell: {type: play, prompt: "{{ name }}, you have {{ balance }}.", next: more}
  more: {type: menu, prompt: "Again, press 1.", choices: [{press: 1, next: ask}], on_failure: bye}
  unknown: {type: play, prompt: UNKNOWN, next: ask}
  failed: {type: play, prompt: FAILED, next: later}
  later: {type: play, prompt: LATER, next: bye}
  sorry: {type: hangup, prompt: SORRY}
  bye: {type: hangup, prompt: "Goodbye {{ name }}"}
"""


def flow(**prompts: str) -> str:
    made = FLOW
    for place in ("UNKNOWN", "FAILED", "LATER", "SORRY"):
        made = made.replace(place, f'"{prompts.get(place.lower(), "Hm.")}"')
    return made


@pytest.mark.parametrize(
    ("prompts", "line", "words"),
    [
        ({"failed": "You have {{ balance }}."}, "failed", "“balance” is read here only after “look” has failed"),
        ({"later": "You have {{ balance | currency('INR') }}."}, "later", "a failed lookup saves nothing"),
        (
            {"unknown": "Sorry {{ name }}."},
            "unknown",
            "only after “look” got that answer: the answer 404 saves nothing",
        ),
        ({"failed": "You have {{ balance }} or {{ balance }}."}, "failed", "set “balance” first"),
    ],
)
def test_results_of_a_failed_lookup_are_told(tmp_path: Path, prompts: dict[str, str], line: str, words: str) -> None:
    [(at, severity, message)] = found(tmp_path, main=flow(**prompts))
    assert at.startswith(f"{line}:")
    assert severity == "warning"
    assert words in message


@pytest.mark.parametrize(
    ("old", "new", "prompt"),
    [
        # What else there is to say.
        ("", "", "Sorry, account {{ account }}: {{ error.kind }}."),
        # A value of its own, which the lookup would have replaced.
        ("balance: 0", "balance: 100", "You have {{ balance }}."),
        ("next: look, on", "next: before, on", "You have {{ balance }}."),
        # The flow looks whether it has one.
        ("", "", "{{ balance if balance else 'Hm' }}."),
        ("", "", "{{ name or 'Dear customer' }}."),
        ("", "", "{{ name | default('Dear customer') }}."),
        ("next: later}", "next: look_first}", "Hm."),
        # Others come here too.
        ("next: tell", "next: later", "Hm."),
        ("on_error: failed", "on_error: later", "Hm."),
    ],
)
def test_other_uses_are_not_told(tmp_path: Path, old: str, new: str, prompt: str) -> None:
    made = flow(failed=prompt).replace(old, new)
    made += "  before: {type: set, values: {balance: '{{ account | length }}'}, next: look}\n"
    made += "  look_first: {type: branch, cases: [{when: name != '', next: named}], otherwise: bye}\n"
    made += "  named: {type: play, prompt: 'Sorry {{ name }}.', next: bye}\n"
    if new in ("next: later", "on_error: later"):
        made = made.replace(
            'later: {type: play, prompt: "Hm."', 'later: {type: play, prompt: "You have {{ balance }}."'
        )
        made = made.replace("next: ask}", "next: later}") if new == "on_error: later" else made
    assert found(tmp_path, main=made) == []


def test_a_new_try_or_another_lookup_ends_the_failure(tmp_path: Path) -> None:
    made = flow(later="You have {{ balance }}.").replace("next: later}", "next: second}")
    made += "  second: {type: http, url: 'https://y.test', save: {balance: body}, on_error: bye, next: later}\n"
    assert found(tmp_path, main=made) == []
    made = made.replace("save: {balance: body}, on_error: bye", "save: {balance: body}, on_error: later")
    assert found(tmp_path, main=made) == []
    both = made.replace("next: later}\n", "next: bye}\n")
    assert "after “second” has failed" in found(tmp_path, main=both)[0][2]


def test_subflows_save_nothing_when_they_fail(tmp_path: Path) -> None:
    outer = """
    start: sub
    variables: {name: ""}
    nodes:
      sub: {type: subflow, flow: inner, save: {name: result.name}, on_error: failed, next: bye}
      failed: {type: play, prompt: "Sorry {{ name }}.", next: bye}
      bye: {type: hangup, prompt: "Goodbye {{ name }}."}
    """
    inner = "start: out\nnodes: {out: {type: return, values: {name: Asha}}}"
    [(at, _, message)] = found(tmp_path, main=outer, inner=inner)
    assert at.startswith("failed:")
    assert "only after “sub” has failed" in message


def test_what_is_told_after_the_call_comes_from_everywhere(tmp_path: Path) -> None:
    made = flow().replace("on_error: sorry", "on_error: sorry\non_hangup: log", 1)
    made += "  log: {type: http, method: POST, url: 'https://x.test', json: {name: '{{ name }}'}}\n"
    assert found(tmp_path, main=made) == []
