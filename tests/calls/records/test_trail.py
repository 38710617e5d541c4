"""The way of a call is noted node by node, wherever its process dies, and no further than its end."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest

from ivr.calls.records.record import Leg
from ivr.calls.records.trail import MOST_LEGS, Trail, outcome
from ivr.core.effects import Fetch
from ivr.core.events import HungUp, KeyPressed, LookupAnswered, LookupFailed
from ivr.core.flow import Flow
from ivr.core.session import Call, begin
from tests.conftest import nobody
from tests.replay.recorded import BEGAN, RecordedLine

MENU = """
start: menu
on_hangup: log
goals: {served: [bye]}
variables: {pin: "", ok: ""}
defaults: {timeout: 2s}
universals: [{press: "*", do: start}]
nodes:
  menu:
    type: menu
    prompt: Well?
    choices: [{press: 1, next: hello}, {press: 2, next: check}, {press: 3, next: ask}, {press: 4, next: drop}]
  hello: {type: play, prompt: Hello., next: menu}
  check: {type: subflow, flow: check, save: {ok: result.ok}, on_error: bye, next: bye}
  ask: {type: http, url: "http://crm.test/", retries: 1, waiting: One moment., on_error: menu, next: bye}
  bye: {type: hangup, prompt: Goodbye., reason: served}
  drop: {type: hangup, reason: dropped}
  log: {type: http, url: "http://crm.test/log"}
"""
CHECK = """
start: pin
variables: {pin: ""}
defaults: {timeout: 2s, attempts: 2}
nodes:
  pin: {type: collect, prompt: Your PIN?, into: pin, digits: 2, next: known}
  known: {type: branch, cases: [{when: pin == "12", next: yes_}], otherwise: pin}
  yes_: {type: return, values: {ok: true}}
"""


def resumed(line: RecordedLine) -> Trail:
    """What is noted of a call if each step is noted by another process, which is what one process notes of all."""
    trail, other = Trail(), Trail()
    for step in line.steps:
        trail.step(*step)
        other = Trail.from_plain(json.loads(json.dumps(other.to_plain())))
        other.step(*step)
    assert other.legs == trail.legs
    return trail


Calls = Callable[..., RecordedLine]


@pytest.fixture
def flow(flow_of: Callable[..., Flow]) -> Flow:
    return flow_of(MENU, check=CHECK)


@pytest.fixture
def dial(flow: Flow) -> Calls:
    """Call, press keys at their milliseconds as in `1@1500 2@1600`, and hang up if the call goes on."""

    def called(keys: str, until: int, answers: Sequence[int] = ()) -> RecordedLine:
        statuses = [*answers]

        def answer(fetch: Fetch, now: int) -> LookupAnswered | LookupFailed:
            if statuses and (status := statuses.pop(0)):
                return LookupAnswered(now + 300, fetch.lookup, status)
            return LookupFailed(now + 300, fetch.lookup, "connect", "nobody is there")

        line = RecordedLine(flow, begin(flow, Call("c", "+91", "+92", "inbound", BEGAN), {}), answer)
        line.begin()
        for each in keys.split():
            key, at = each.split("@")
            line.advance(int(at))
            line.tell(KeyPressed(line.now, key))
        line.advance(until)
        line.hang_up()
        return line

    return called


def test_a_menu_that_is_repeated_is_a_visit_each_time(dial: Calls) -> None:
    line = dial("9@1000 1@3000 1@6000", 9_000)
    *legs, last = resumed(line).legs
    assert legs == [
        Leg("menu", 0, "choices.1", no_matches=1),
        Leg("hello", 3_000, "next"),
        Leg("menu", legs[2].at, "choices.1"),
        Leg("hello", 6_000, "next"),
    ]
    assert (last.place, last.exit) == ("menu", "")
    assert 3_000 < legs[2].at < 6_000 < last.at


def test_who_hangs_up_is_at_the_last_node_and_what_is_done_afterwards_is_no_part_of_the_way(dial: Calls) -> None:
    line = dial("", 6_000)
    assert resumed(line).legs == (Leg("menu", 0, no_inputs=2),)
    assert line.session.stack[-1].node == "log"
    assert outcome(line.session.reason, line.session.ended_by, line.session.goals) == "abandoned"


def test_nodes_of_a_subflow_come_behind_the_node_that_runs_it(dial: Calls) -> None:
    line = dial("2@1000 1@2000 1@2100 1@4000 2@4100", 20_000)
    assert [(leg.place, leg.at, leg.exit) for leg in resumed(line).legs] == [
        ("menu", 0, "choices.2"),
        ("check", 1_000, "next"),
        ("check/pin", 1_000, "next"),
        ("check/known", 2_100, "otherwise"),
        ("check/pin", 2_100, "next"),
        ("check/known", 4_100, "cases.0"),
        ("check/yes_", 4_100, "next"),
        ("bye", 4_100, ""),
    ]
    assert outcome(line.session.reason, line.session.ended_by, line.session.goals) == "contained"


def test_who_hangs_up_in_a_subflow_leaves_both_nodes_open(dial: Calls) -> None:
    line = dial("2@1000 1@2000", 2_100)
    assert [(leg.place, leg.exit) for leg in resumed(line).legs] == [
        ("menu", "choices.2"),
        ("check", ""),
        ("check/pin", ""),
    ]


def test_a_subflow_that_fails_is_left_by_the_exit_of_its_node(dial: Calls) -> None:
    line = dial("2@1000", 60_000)
    legs = resumed(line).legs
    assert [(leg.place, leg.exit, leg.no_inputs) for leg in legs] == [
        ("menu", "choices.2", 0),
        ("check", "on_error", 0),
        ("check/pin", "on_error", 2),
        ("bye", "", 0),
    ]


def test_keys_ahead_take_a_call_through_nodes_in_one_step(dial: Calls) -> None:
    line = dial("2@1000 1@1010 2@1020", 20_000)
    assert {leg.place for leg in resumed(line).legs} == {
        "menu",
        "check",
        "check/pin",
        "check/known",
        "check/yes_",
        "bye",
    }
    line = dial("1@1000 1@1010 4@1020", 20_000)
    assert [(leg.place, leg.exit) for leg in resumed(line).legs] == [
        ("menu", "choices.1"),
        ("hello", "next"),
        ("menu", "choices.1"),
        ("hello", "next"),
        ("menu", "choices.4"),
        ("drop", ""),
    ]


def test_a_lookup_has_one_answer_however_often_it_is_tried(dial: Calls) -> None:
    line = dial("3@1000", 60_000, (503, 200))
    assert resumed(line).legs[1] == Leg("ask", 1_000, "next", lookup="found")
    line = dial("3@1000", 60_000, (503, 0))
    assert resumed(line).legs[1] == Leg("ask", 1_000, "on_error", lookup="failed")
    line = dial("3@1000", 1_100)
    assert resumed(line).legs[1] == Leg("ask", 1_000)


def test_a_universal_is_an_exit_also_to_the_same_node(dial: Calls) -> None:
    assert [(leg.place, leg.exit) for leg in resumed(dial("*@1000", 1_500)).legs] == [
        ("menu", "universals.0"),
        ("menu", ""),
    ]


def test_an_operator_is_no_node(flow: Flow) -> None:
    line = RecordedLine(flow, begin(flow, Call("c", "+91", "+92", "inbound", BEGAN), {}), nobody)
    line.begin()
    line.tell(HungUp(10, "operator"))
    assert resumed(line).legs == (Leg("menu", 0),)
    assert outcome(line.session.reason, line.session.ended_by, line.session.goals) == "failed"
    assert outcome("caller", "operator", (("served", 1),)) == "contained"


def test_a_call_that_nobody_answered_went_nowhere(flow: Flow) -> None:
    line = RecordedLine(flow, begin(flow, Call("c", "+91", "+92", "inbound", BEGAN), {}), nobody)
    line.tell(HungUp(10))
    assert resumed(line).legs == ()


def test_of_a_long_way_the_beginning_and_the_end_are_kept(dial: Calls) -> None:
    line = dial(" ".join(f"1@{1000 * number}" for number in range(1, 2 * MOST_LEGS)), 1000 * 2 * MOST_LEGS)
    legs = resumed(line).legs
    assert len(legs) == MOST_LEGS
    assert legs[0] == Leg("menu", 0, "choices.1")
    assert legs[-1].at > 1000 * (2 * MOST_LEGS - 5)
    assert sorted(legs, key=lambda leg: leg.at) == [*legs]


def test_steps_that_were_not_told_of_spoil_nothing_else(dial: Calls) -> None:
    line = dial("2@1000 1@2000 2@2100", 20_000)
    trail = Trail()
    for step in line.steps:
        if not 0 < step[1].at < 2_100:
            trail.step(*step)
    assert [(leg.place, leg.exit) for leg in trail.legs] == [
        ("menu", ""),
        ("check/pin", "next"),
        ("check/known", "cases.0"),
        ("check/yes_", ""),
        ("check", "next"),
        ("bye", ""),
    ]


@pytest.mark.parametrize(
    ("reason", "ended_by", "goals", "expected"),
    [
        ("transfer", "agent", (), "transferred"),
        ("error", "ask", (("served", 1),), "failed"),
        ("failure", "menu", (), "failed"),
        (None, None, (), "failed"),
        ("caller", "caller", (), "abandoned"),
        ("caller", "caller", (("served", 1),), "contained"),
        ("hangup", "bye", (), "contained"),
    ],
)
def test_outcomes_exclude_each_other(
    reason: str | None, ended_by: str | None, goals: tuple[tuple[str, int], ...], expected: str
) -> None:
    assert outcome(reason, ended_by, goals) == expected
