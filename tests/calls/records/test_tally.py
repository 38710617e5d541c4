"""What one call adds to the numbers of its day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.calls.records.record import CallRecord, Leg
from ivr.calls.records.spread import GOAL_MS, LOOKUP_MS, Bound, Spread, bucket, spread
from ivr.calls.records.tally import Tally, duration, left_at, tallies
from tests.calls.records.example import RECORD


def counted(record: CallRecord) -> dict[tuple[str, str, str], tuple[int, int]]:
    return {(each.node, each.what, each.detail): (each.count, each.milliseconds) for each in tallies(record)}


def test_a_call_adds_itself_its_nodes_and_what_happened_at_them() -> None:
    assert counted(RECORD) == {
        ("", "call", "contained"): (1, 60_000),
        ("", "end", "caller"): (1, 0),
        ("", "goal", "balance"): (1, 12_000),
        ("", "goal_within", "20000/balance"): (1, 0),
        ("welcome", "reached", ""): (1, 0),
        ("menu", "reached", ""): (1, 0),
        ("lookup", "reached", ""): (1, 0),
        ("welcome", "visit", ""): (1, 2_000),
        ("welcome", "exit", "next"): (1, 0),
        ("menu", "visit", ""): (2, 7_000 + 48_000),
        ("menu", "exit", "choices.0"): (1, 0),
        ("menu", "no_input", ""): (2, 0),
        ("menu", "no_match", ""): (1, 0),
        ("menu", "missed", "1"): (2, 0),
        ("menu", "missed", "2"): (1, 0),
        ("menu", "left", "2"): (1, 0),
        ("lookup", "visit", ""): (1, 3_000),
        ("lookup", "exit", "next"): (1, 0),
        ("lookup", "lookup", "found"): (1, 3_000),
        ("lookup", "lookup_within", "3000"): (1, 0),
    }


def test_all_of_it_is_of_its_day_and_flow_and_tells_of_no_caller() -> None:
    assert {(each.day, each.flow) for each in tallies(RECORD)} == {("2026-01-31", "main")}
    assert "+911" not in repr(tallies(RECORD))
    assert len(set(tallies(RECORD))) == len(counted(RECORD))


def test_a_call_that_goes_on_adds_nothing() -> None:
    assert tallies(replace(RECORD, ended=None, outcome=None)) == ()


def test_a_call_without_a_way_adds_itself() -> None:
    short = replace(RECORD, path=(), goals=(), milliseconds=None, outcome="abandoned")
    assert tallies(short) == (
        Tally("2026-01-31", "main", "", "call", "abandoned", 1, 60_500),
        Tally("2026-01-31", "main", "", "end", "caller", 1),
    )


def test_a_call_whose_end_was_not_heard_of_took_until_its_record_was_closed() -> None:
    assert duration(replace(RECORD, milliseconds=None)) == 60_500
    assert duration(replace(RECORD, milliseconds=None, ended=None)) == 0
    assert duration(replace(RECORD, milliseconds=None, ended=999_000)) == 0


def test_who_hangs_up_in_a_subflow_leaves_there_and_not_where_it_was_called() -> None:
    inner = replace(RECORD, path=(Leg("verify", 0), Leg("verify/pin", 0, "next"), Leg("verify/again", 4_000)))
    assert left_at(inner) == Leg("verify/again", 4_000)


@pytest.mark.parametrize("by", ["bye", "operator"])
def test_nobody_left_where_a_node_or_an_operator_ended_the_call(by: str) -> None:
    assert left_at(replace(RECORD, ended_by=by)) is None


@pytest.mark.parametrize(
    ("leg", "reason", "used_up"),
    [
        (Leg("menu", 0, "on_failure", no_inputs=2, no_matches=1), "hangup", True),
        (Leg("verify/pin", 0, "on_error", no_inputs=3), "hangup", True),
        (Leg("menu", 0, no_inputs=3), "failure", True),
        (Leg("menu", 0, no_inputs=2), "caller", False),
        (Leg("menu", 0, "choices.0", no_inputs=2), "failure", False),
        (Leg("lookup", 0, "on_error", lookup="failed"), "hangup", False),
    ],
)
def test_attempts_are_used_up_where_misses_took_the_call_away(leg: Leg, reason: str, *, used_up: bool) -> None:
    found = counted(replace(RECORD, path=(leg,), reason=reason, ended_by="menu"))
    assert ((leg.place, "used_up", "") in found) == used_up


def test_an_answer_that_the_flow_reckons_with_is_no_failure() -> None:
    legs = (Leg("look", 0, "on_status.404", lookup="failed"), Leg("look", 40, "on_error", lookup="failed"))
    found = counted(replace(RECORD, path=legs, milliseconds=100))
    assert found["look", "lookup", "otherwise"] == (1, 40)
    assert found["look", "lookup", "failed"] == (1, 60)


@pytest.mark.parametrize(
    ("milliseconds", "name"), [(0, "50"), (50, "50"), (51, "100"), (30_000, "30000"), (30_001, "longer")]
)
def test_a_bucket_holds_its_upper_end(milliseconds: int, name: str) -> None:
    assert bucket(milliseconds, LOOKUP_MS) == name


def test_a_quantile_is_the_end_of_the_bucket_that_it_falls_into() -> None:
    of_four = spread(GOAL_MS, {"10000": 2, "30000": 1, "longer": 1})
    assert of_four.quantile(0.5) == Bound(10_000)
    assert of_four.quantile(0.51) == of_four.quantile(0.75) == Bound(30_000)
    assert of_four.quantile(0.95) == Bound(600_000, longer=True)
    assert Spread((1,), (0, 0)).quantile(0.5) is None
