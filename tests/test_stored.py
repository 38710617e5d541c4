"""Times as people write them, and tables for a terminal."""

from __future__ import annotations

from argparse import Namespace

import pytest

from ivr.calls.clock import wall_clock
from ivr.commands.common import WrongUse
from ivr.commands.stored import days_since, moment, span, table

HOUR_MS = 3_600_000
NEW_YEAR = 1_767_225_600_000
"""2026-01-01 in UTC."""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-01-01", NEW_YEAR),
        ("2026-01-01T01:00", NEW_YEAR + HOUR_MS),
        ("2026-01-01T05:30+05:30", NEW_YEAR),
        ("2026-01-01T00:00:00.250Z", NEW_YEAR + 250),
    ],
)
def test_a_time_is_that_of_utc_unless_it_says_otherwise(text: str, told: int) -> None:
    assert moment(text, "--since") == told


def test_a_time_may_be_so_long_ago() -> None:
    before = wall_clock()
    assert before - 12 * HOUR_MS <= moment("12h", "--since") <= wall_clock() - 12 * HOUR_MS


def test_nothing_is_between_a_time_and_an_earlier_one() -> None:
    assert span(Namespace(since=None, until=None)) == (None, None)
    assert span(Namespace(since="2026-01-01", until="2026-01-02")) == (NEW_YEAR, NEW_YEAR + 24 * HOUR_MS)
    with pytest.raises(WrongUse, match=r"^--until 2026-01-01 is not later than --since 2026-01-01$"):
        span(Namespace(since="2026-01-01", until="2026-01-01"))


def test_the_last_day_is_that_before_the_moment_that_does_not_count() -> None:
    assert days_since(NEW_YEAR, NEW_YEAR + 48 * HOUR_MS) == ("2026-01-01", "2026-01-02")
    assert days_since(NEW_YEAR, NEW_YEAR + 48 * HOUR_MS + 1) == ("2026-01-01", "2026-01-03")
    assert days_since(None, NEW_YEAR) == ("1970-01-01", "2025-12-31")


def test_a_table_has_numbers_to_the_right_and_nothing_for_what_is_not_known() -> None:
    assert list(table(("flow", ">calls", "last"), [("main", 1_234, None), ("clinic", 5, "now")])) == [
        "flow    calls  last",
        "main    1,234",
        "clinic      5  now",
    ]


def test_what_callers_choose_does_not_control_the_terminal() -> None:
    assert (
        list(table(("caller",), [("\x1b[2J+91\n",)]))[1] == "\N{REPLACEMENT CHARACTER}[2J+91\N{REPLACEMENT CHARACTER}"
    )
