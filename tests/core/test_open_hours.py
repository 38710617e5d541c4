"""Whether a moment is inside of opening hours, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ivr.core.hours import Hours, explain, is_open

MORNING, AFTERNOON, SATURDAY, NIGHT = (540, 780), (840, 1080), (600, 840), (1320, 1440)
OFFICE = Hours(
    name="office",
    zone=ZoneInfo("Asia/Kolkata"),
    week=(*[(MORNING, AFTERNOON)] * 4, (MORNING, AFTERNOON, NIGHT), (SATURDAY,), ()),
    dates={"2026-12-25": (), "2026-12-24": ((540, 720),), "2026-12-27": ((0, 1440),)},
    why={"2026-12-25": "Christmas Day", "2026-12-24": "special hours", "2026-12-27": "special hours"},
)


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-11-23T09:00:00+05:30", "open: Monday 09:00-13:00"),
        ("2026-11-23T08:59:59.999+05:30", "closed: 08:59 is outside of Monday 09:00-13:00, 14:00-18:00"),
        ("2026-11-23T12:59:59.999+05:30", "open: Monday 09:00-13:00"),
        ("2026-11-23T13:00:00+05:30", "closed: 13:00 is outside of Monday 09:00-13:00, 14:00-18:00"),
        ("2026-11-23T14:00:00+05:30", "open: Monday 14:00-18:00"),
        ("2026-11-23T18:00:00+05:30", "closed: 18:00 is outside of Monday 09:00-13:00, 14:00-18:00"),
        ("2026-11-27T23:59:59+05:30", "open: Friday 22:00-24:00"),
        ("2026-11-28T00:00:00+05:30", "closed: 00:00 is outside of Saturday 10:00-14:00"),
        ("2026-11-29T12:00:00+05:30", "closed: Sunday has no hours"),
        ("2026-11-23T03:30:00+00:00", "open: Monday 09:00-13:00"),
        ("2026-11-22T23:30:00-05:00", "open: Monday 09:00-13:00"),
        ("2026-12-25T10:00:00+05:30", "closed: 2026-12-25 is Christmas Day"),
        ("2026-12-24T11:59:00+05:30", "open: 2026-12-24 (special hours) 09:00-12:00"),
        ("2026-12-24T12:00:00+05:30", "closed: 12:00 is outside of 2026-12-24 (special hours) 09:00-12:00"),
        ("2026-12-27T23:59:00+05:30", "open: 2026-12-27 (special hours) 00:00-24:00"),
        ("2026-12-24T20:00:00+00:00", "closed: 2026-12-25 is Christmas Day"),
    ],
)
def test_moments(moment: str, told: str) -> None:
    when = datetime.fromisoformat(moment)
    assert explain(OFFICE, when) == told
    assert is_open(OFFICE, when) is told.startswith("open")


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-03-29T00:59:00+00:00", True),  # 01:59 in Berlin, then the clock jumps to 03:00
        ("2026-03-29T01:00:00+00:00", False),
        ("2026-10-25T00:30:00+00:00", True),  # 02:30 for the first time
        ("2026-10-25T01:30:00+00:00", True),  # 02:30 again
        ("2026-10-25T02:00:00+00:00", False),
        ("2026-07-05T00:30:00+00:00", True),  # 02:30 in summer
        ("2026-12-06T00:30:00+00:00", True),  # 01:30 in winter
        ("2026-12-06T02:30:00+00:00", False),
    ],
)
def test_clock_on_the_wall_counts_when_it_is_changed(moment: str, open_: bool) -> None:
    night = Hours("night", ZoneInfo("Europe/Berlin"), (((0, 180),),) * 7, {}, {})
    assert is_open(night, datetime.fromisoformat(moment)) is open_


def test_moment_needs_a_time_zone() -> None:
    for question in (is_open, explain):
        with pytest.raises(ValueError, match="time zone"):
            question(OFFICE, datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None))
