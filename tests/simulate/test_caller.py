"""What a scripted caller says when a call goes otherwise than its scenario."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import pytest

from ivr.core.values import MASK
from ivr.document.scenarios import read_scenarios
from ivr.document.source import read
from ivr.simulate.caller import Outcome, run
from ivr.simulate.transcript import told

FLOW = """
    start: menu
    variables: {x: 1, data: {a: 1}}
    nodes:
      menu:
        type: menu
        prompt: Press one.
        choices: [{press: 1, next: look}, {press: 2, next: round}, {press: 3, next: pin}]
      look: {type: http, url: "{{ env.BASE }}/accounts/1", query: {q: a b}, next: bye}
      round: {type: play, prompt: {silence: 1ms}, next: round}
      pin: {type: collect, prompt: PIN?, into: pin, digits: 4, sensitive: true, next: wrong}
      wrong: {type: set, values: {x: "{{ data[pin] }}"}, next: bye}
      bye: {type: hangup, prompt: Goodbye.}
"""


@pytest.fixture
def outcome(flow_of: Callable[..., Any]) -> Callable[[str], Outcome]:
    def made(text: str) -> Outcome:
        head = 'flow: main\nenv: {BASE: "http://crm.test"}\nscenarios:\n  - name: one\n'
        source = read(head + textwrap.indent(textwrap.dedent(text), "    "), "main.test.yaml")
        (scenario,), findings = read_scenarios(source)
        assert not findings
        return run(scenario, flow_of(FLOW))

    return made


UNEXPECTED = "the flow sent GET http://crm.test/accounts/1?q=a%20b, for which there is no entry in http; "
DIFFERENCES = [
    ("steps: [{hear: Welcome}]", "“Welcome” was not heard within 30 s; heard was: Press one.", ("steps", 0)),
    ("steps: [press: 8, hear: Welcome]", "“Welcome” was not heard within 30 s; heard was: Press one. /", ("steps", 1)),
    ("steps: [{hear: press ONE}, {hear: press one}]", None, ()),
    ("steps: [{press: 9}, {at: bye}]", "the call is at “menu”, not at “bye”", ("steps", 1)),
    ("steps: [{check: x == 2}]", "this does not hold: x == 2; x is 1", ("steps", 0)),
    (
        "steps: [{check: x == 2 or data.a > elapsed + 1}]",
        "this does not hold: x == 2 or data.a > elapsed + 1; data is {'a': 1}; elapsed is 0.0; x is 1",
        ("steps", 0),
    ),
    ("steps: [{check: y}]", "the check can't be evaluated: y: 'y' is undefined", ("steps", 0)),
    ("steps: [{press: 1}]", UNEXPECTED + "there are no entries left", ("steps", 0)),
    (
        'steps: [{press: 1}]\nhttp: [{request: "GET http://crm.test/accounts/1"}, {request: GET http://x.test}]',
        UNEXPECTED + "the nearest entry is GET http://crm.test/accounts/1",
        ("steps", 0),
    ),
    ("steps: []\nends: bye", "the call was ended by “menu”, not by “bye”", ("ends",)),
    ("steps: [{hang_up: true}]\nends: bye", "the call was ended by “caller”, not by “bye”", ("ends",)),
    ("steps: [{press: 2}]\nends: bye", "the call goes round in circles: 20000 things happened in it", ("ends",)),
    ("steps: [{press: 2}, {wait: 200s}]", "the call goes round in circles: 20000 things happened in it", ("steps", 1)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "path"), DIFFERENCES, ids=[each[0] for each in DIFFERENCES])
def test_differences(text: str, message: str | None, path: tuple[Any, ...], outcome: Callable[[str], Outcome]) -> None:
    made = outcome(text)
    assert (made.message or "").startswith(message or "")
    assert made.passed == (message is None)
    assert made.path == (("scenarios", 0, *path) if message is not None else ())


def test_keys_come_100_ms_apart_and_after_counts_from_the_step_before(
    outcome: Callable[[str], Outcome],
) -> None:
    made = outcome("steps: [{wait: 1s}, {press: 789, after: 3s}, {press: 7, after: 1s}, {press: 7, after: 50ms}]")
    assert [line.at for line in made.lines if line.who == "caller"] == [3_000, 3_100, 3_200, 4_000, 4_050]


def test_what_is_sensitive_is_shown_nowhere(outcome: Callable[[str], Outcome]) -> None:
    made = outcome('steps: [{press: "3"}, {press: "4711"}, {check: \'pin == "4711"\'}]\nends: wrong')
    assert made.passed, made.message
    assert "4711" not in told(made.lines) + repr(made.session)
    assert MASK in repr(made.session.here.variables)


def test_a_failed_check_names_no_value(outcome: Callable[[str], Outcome]) -> None:
    made = outcome('steps: [{press: "3"}, {press: "4711"}, {check: "data[pin]"}]')
    assert made.message == "the check can't be evaluated: data[pin]: UndefinedError, with a sensitive value"


def test_a_check_that_does_not_hold_shows_what_it_was_about_but_nothing_sensitive(
    outcome: Callable[[str], Outcome],
) -> None:
    made = outcome('steps: [{press: "3"}, {press: "4711"}, {check: \'pin == "1234"\'}]')
    assert made.message == f'this does not hold: pin == "1234"; pin is {MASK}'
