"""The way of a call, as bars on a line of time."""

from __future__ import annotations

from dataclasses import replace

from ivr.server.console.paths import FULL, visits
from tests.calls.records.example import RECORD


def test_visits_follow_each_other_to_the_end_of_the_call() -> None:
    shown = visits(RECORD)
    assert [(each.leg.place, each.milliseconds) for each in shown] == [
        ("welcome", 2_000),
        ("menu", 7_000),
        ("lookup", 3_000),
        ("menu", 48_000),
    ]
    assert [each.left for each in shown] == [False, False, False, True]
    assert shown[-1].x + shown[-1].width == FULL


def test_a_call_that_goes_on_has_no_way_yet() -> None:
    assert visits(replace(RECORD, ended=None, milliseconds=None, path=())) == ()
