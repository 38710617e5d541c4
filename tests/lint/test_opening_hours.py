"""Opening hours with holes, of the past, never open, or at times that clocks skip."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ivr import lint
from ivr.document.load import load_sources
from ivr.document.source import read
from ivr.speech.machine import Machine

TODAY = date(2026, 11, 23)
CHECKS = ("hours-gap", "past-date", "never-open", "daylight-saving")


def found(tmp_path: Path, hours: str, zone: str = "Asia/Kolkata") -> list[tuple[str, str, int, str]]:
    """Check, severity, column and message of what is found in one entry of hours."""
    text = f"""\
start: ask
hours:
  office:
    timezone: {zone}
{hours}
nodes:
  ask: {{type: branch, cases: [{{when: is_open('office'), next: bye}}], otherwise: bye}}
  bye: {{type: hangup}}
"""
    loaded = load_sources({"main.yaml": read(text, "main.yaml")}, TODAY.year)
    assert loaded.findings == ()
    told = lint.check(loaded, Machine.this(None, tmp_path, {}), TODAY)
    return [(each.check, each.severity, each.column, each.message) for each in told if each.check in CHECKS]


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        (
            "    open: {mon-fri: '09:00-12:59, 13:00-18:00'}",
            "it is closed from 12:59 to 13:00, as the end of a range is excluded: write “09:00-13:00, 13:00-18:00”",
        ),
        (
            "    open: {mon-fri: '13:00-18:00,9:00-12:55'}",
            "it is closed from 12:55 to 13:00, as the end of a range is excluded: write “09:00-13:00, 13:00-18:00”",
        ),
        (
            "    open: {mon-sun: '00:00-23:59'}",
            "it is closed from 23:59 to 24:00, as the end of a range is excluded: write “00:00-24:00” to be open until "
            "midnight",
        ),
        (
            "    open: {mon-fri: '09:00-12:59, 13:00-23:59'}",
            "it is closed from 12:59 to 13:00, as the end of a range is excluded: write “09:00-13:00, 13:00-24:00”",
        ),
        (
            "    open: {mon-tue: '00:01-24:00'}",
            "it is closed from 00:00 to 00:01, though the day before is open until midnight: write “00:00-24:00”",
        ),
        (
            "    open: {mon: '09:00-18:00'}\n    special: {2026-12-24: '09:00-23:59'}",
            "it is closed from 23:59 to 24:00, as the end of a range is excluded: write “09:00-24:00” to be open until "
            "midnight",
        ),
    ],
)
def test_a_hole_of_a_few_minutes(tmp_path: Path, hours: str, message: str) -> None:
    assert [told[:2] + told[3:] for told in found(tmp_path, hours)] == [("hours-gap", "warning", message)]


def test_a_last_minute_is_worth_knowing(tmp_path: Path) -> None:
    [told] = found(tmp_path, "    open: {mon-fri: '09:00-17:59'}")
    assert told == (
        "hours-gap",
        "info",
        21,
        "it closes at 17:59, as the end of a range is excluded, so the last minute before 18:00 is closed",
    )


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        ("    closed: ['2025-12-25']", ("warning", 14, "2025-12-25 is over: write those to come, or delete")),
        ("    closed: ['2024-12-25', '2025-12-25']", ("warning", 28, "all these dates are over, the last of them is")),
        ("    special: {2025-12-24: '09:00-12:00'}", ("warning", 15, "2025-12-24 is over")),
        ("    closed: ['2026-01-26']", ("warning", 14, "2026-01-26 is over")),
        ("    closed: ['2026-11-10']", None),
        ("    closed: ['2025-12-25', '2026-12-25']", ("info", 14, "“2025-12-25” of an earlier year is over: is the")),
        ("    special: {2025-12-24: '09:00-12:00', 2026-12-24: '09:00-12:00'}", ("info", 15, "“2025-12-24” of an")),
        ("    closed: ['2026-01-26', '2026-08-15', '2026-12-25']", None),
        ("    closed: ['2026-11-23']", None),
        ("    closed: ['2026-01-01']\n    special: {2026-12-24: '09:00-12:00'}", None),
        ("    holidays: IN", None),
        ("    closed: []", None),
    ],
)
def test_dates_that_are_over(tmp_path: Path, hours: str, told: tuple[str, int, str] | None) -> None:
    mine = found(tmp_path, "    open: {mon-fri: '09:00-17:00'}\n" + hours)
    if told is None:
        assert mine == []
    else:
        [(check, severity, column, message)] = mine
        assert (check, severity, column) == ("past-date", *told[:2])
        assert message.startswith(told[2])


@pytest.mark.parametrize(
    ("hours", "why"),
    [
        ("    open: {}", "it names no day"),
        ("    open: {}\n    closed: ['2026-12-25']", "it names no day"),
        ("    open: {}\n    special: {2026-11-02: '09:00-17:00'}", "its special dates are over"),
    ],
)
def test_what_is_never_open(tmp_path: Path, hours: str, why: str) -> None:
    [told] = found(tmp_path, hours)
    assert told == (
        "never-open",
        "warning",
        5,
        f"“office” is never open, so is_open('office') never holds: {why}; "
        "expected days such as mon-fri: “09:00-18:00”",
    )


@pytest.mark.parametrize(
    ("zone", "hours", "message"),
    [
        (
            "Europe/Berlin",
            "    open: {mon-sun: '02:30-06:00'}",
            "on 2027-03-28 clocks in Europe/Berlin go from 02:00 to 03:00, so there is no 02:30: it opens at 03:00",
        ),
        (
            "Europe/Berlin",
            "    open: {sat-sun: '00:00-02:30'}",
            "on 2027-03-28 clocks in Europe/Berlin go from 02:00 to 03:00, so there is no 02:30: it closes at 03:00",
        ),
        (
            "America/New_York",
            "    open: {sun: '01:30-06:00'}",
            "on 2027-11-07 clocks in America/New_York go from 02:00 to 01:00, so 01:30 comes twice: it opens at the "
            "first, is closed again from 01:00, and opens at the second",
        ),
        (
            "America/New_York",
            "    open: {mon: '09:00-17:00'}\n    special: {2027-11-07: '00:00-01:30'}",
            "on 2027-11-07 clocks in America/New_York go from 02:00 to 01:00, so 01:30 comes twice: it closes at the "
            "first, is open again from 01:00, and closes at the second",
        ),
    ],
)
def test_times_that_clocks_skip_or_repeat(tmp_path: Path, zone: str, hours: str, message: str) -> None:
    told = found(tmp_path, hours, zone)
    assert ("daylight-saving", "info", message) in [each[:2] + each[3:] for each in told]
    assert all(check == "daylight-saving" for check, _, _, _ in told)


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("Asia/Kolkata", "    open: {mon-fri: '09:00-13:00, 14:00-18:00', sat: '10:00-14:00'}"),
        ("Asia/Kolkata", "    open: {mon-fri: '09:00-12:00, 12:00-17:00'}"),
        ("Asia/Kolkata", "    open: {mon-fri: '09:00-12:45, 13:00-17:00'}"),
        ("Asia/Kolkata", "    open: {mon-sun: '00:00-24:00'}"),
        ("Asia/Kolkata", "    open: {mon-sun: '00:00-06:00, 22:00-24:00'}"),
        ("Asia/Kolkata", "    open: {mon-fri: '00:05-06:00'}"),
        ("Asia/Kolkata", "    open: {}\n    special: {2026-12-24: '09:00-12:00'}"),
        ("Asia/Kolkata", "    open: {mon-sun: '02:30-03:30'}"),
        ("Europe/Berlin", "    open: {mon-fri: '02:30-06:00', sat: '02:30-06:00'}"),
        ("Europe/Berlin", "    open: {mon-sun: '02:00-03:00'}"),
        ("Europe/Berlin", "    open: {mon-sun: '00:00-02:00, 03:00-24:00'}"),
        ("Europe/Berlin", "    open: {sun: '02:30-06:00'}\n    closed: ['2027-03-28', '2027-10-31']"),
        ("America/Havana", "    open: {mon-sun: '00:00-24:00'}"),
    ],
)
def test_hours_that_are_fine(tmp_path: Path, zone: str, hours: str) -> None:
    assert found(tmp_path, hours, zone) == []
