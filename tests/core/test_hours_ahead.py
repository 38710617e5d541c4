"""When hours next open or close, and when the clocks of a zone change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ivr.core.hours import Hours, Range, clock_changes, is_open, next_change


def hours(zone: str, *ranges: Range, dates: Mapping[str, tuple[Range, ...]] | None = None) -> Hours:
    dates = dates or {}
    return Hours("office", ZoneInfo(zone), (ranges,) * 7, dates, dict.fromkeys(dates, "special hours"))


@pytest.mark.parametrize(
    ("zone", "ranges", "when", "expected"),
    [
        ("UTC", [(540, 1020)], "2026-11-23T08:59:59+00:00", "2026-11-23T09:00:00+00:00"),
        ("UTC", [(540, 1020)], "2026-11-23T09:00:00+00:00", "2026-11-23T17:00:00+00:00"),
        ("UTC", [(540, 1020)], "2026-11-23T17:00:00+00:00", "2026-11-24T09:00:00+00:00"),
        ("UTC", [(0, 600), (600, 720)], "2026-11-23T09:00:00+00:00", "2026-11-23T12:00:00+00:00"),
        ("UTC", [(0, 60), (1200, 1440)], "2026-11-23T21:00:00+00:00", "2026-11-24T01:00:00+00:00"),
        ("Asia/Kolkata", [(540, 1020)], "2026-11-23T00:00:00+00:00", "2026-11-23T09:00:00+05:30"),
        # Clocks go from 02:00 to 03:00, then from 03:00 to 02:00.
        ("Europe/Berlin", [(60, 150)], "2027-03-28T01:30:00+01:00", "2027-03-28T03:00:00+02:00"),
        ("Europe/Berlin", [(150, 300)], "2027-03-28T01:30:00+01:00", "2027-03-28T03:00:00+02:00"),
        ("Europe/Berlin", [(150, 300)], "2026-10-25T02:15:00+02:00", "2026-10-25T02:30:00+02:00"),
        ("Europe/Berlin", [(150, 300)], "2026-10-25T02:45:00+02:00", "2026-10-25T02:00:00+01:00"),
        ("Europe/Berlin", [(150, 300)], "2026-10-25T02:15:00+01:00", "2026-10-25T02:30:00+01:00"),
    ],
)
def test_the_next_change(zone: str, ranges: list[Range], when: str, expected: str) -> None:
    found = next_change(hours(zone, *ranges), datetime.fromisoformat(when))
    assert found is not None
    assert found.isoformat() == expected


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Asia/Kolkata"])
def test_nothing_changes_before_the_next_change(zone: str) -> None:
    office = hours(zone, (95, 150), (600, 1440), dates={"2026-10-26": (), "2027-04-04": ((110, 111),)})
    for day in ("2026-10-24", "2027-03-27", "2027-04-03", "2026-10-31"):
        moment = datetime.fromisoformat(f"{day}T12:00:00+00:00")
        for _ in range(12):
            change = next_change(office, moment)
            assert change is not None
            first = is_open(office, moment)
            while moment < change:
                assert is_open(office, moment) == first
                moment += timedelta(minutes=1)
            moment = change.astimezone(UTC)
            assert is_open(office, moment) != first


@pytest.mark.parametrize("ranges", [(), ((0, 1440),)])
def test_what_never_changes(ranges: tuple[Range, ...]) -> None:
    assert next_change(hours("Europe/Berlin", *ranges), datetime(2026, 11, 23, tzinfo=UTC)) is None


def test_a_moment_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        next_change(hours("UTC"), datetime(2026, 11, 23))  # noqa: DTZ001 - that it has none is the point


@pytest.mark.parametrize(
    ("zone", "changes"),
    [
        ("Europe/Berlin", [("2026-03-29 02:00", "2026-03-29 03:00"), ("2026-10-25 03:00", "2026-10-25 02:00")]),
        ("America/Havana", [("2026-03-08 00:00", "2026-03-08 01:00"), ("2026-11-01 01:00", "2026-11-01 00:00")]),
        ("Australia/Lord_Howe", [("2026-04-05 02:00", "2026-04-05 01:30"), ("2026-10-04 02:00", "2026-10-04 02:30")]),
        ("Asia/Kolkata", []),
    ],
)
def test_changes_of_clocks(zone: str, changes: list[tuple[str, str]]) -> None:
    found = clock_changes(ZoneInfo(zone), date(2026, 1, 5), date(2026, 12, 25))
    assert [(f"{each.before:%Y-%m-%d %H:%M}", f"{each.after:%Y-%m-%d %H:%M}") for each in found] == changes
