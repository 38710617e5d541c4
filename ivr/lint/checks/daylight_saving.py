"""Openings and closings at a time that does not come, or comes twice, on a day when clocks change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from ivr.core.hours import ClockChange, clock_changes
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.written_hours import Entry, Written, clock, written

AHEAD = timedelta(days=366)


def _find(subject: Subject) -> Iterator[Mistake]:
    for each in written(subject):
        for change in clock_changes(each.hours.zone, subject.today, subject.today + AHEAD):
            for entry in each.entries:
                if _holds(entry, each, change):
                    yield from _touched(entry, each, change)


def _holds(entry: Entry, each: Written, change: ClockChange) -> bool:
    """Whether an entry decides on the day of a change."""
    day = min(change.before, change.after).date()
    if entry.date is not None:
        return entry.date == day
    return day.weekday() in entry.days and day.isoformat() not in each.hours.dates


def _touched(entry: Entry, each: Written, change: ClockChange) -> Iterator[Mistake]:
    midnight = datetime.combine(min(change.before, change.after).date(), time())
    for span in entry.ranges:
        for minute, does in zip(span, ("open", "close"), strict=True):
            if change.touches(midnight + timedelta(minutes=minute)):
                yield Mistake(entry.path, _message(minute, does, each, change))


def _message(minute: int, does: str, each: Written, change: ClockChange) -> str:
    clocks = f"on {change.before:%Y-%m-%d} clocks in {each.hours.zone.key} go from {change.before:%H:%M}"
    turn = f"{clocks} to {change.after:%H:%M}"
    if change.skips:
        return f"{turn}, so there is no {clock(minute)}: it {does}s at {change.after:%H:%M}"
    between = "is closed again" if does == "open" else "is open again"
    twice = f"it {does}s at the first, {between} from {change.after:%H:%M}, and {does}s at the second"
    return f"{turn}, so {clock(minute)} comes twice: {twice}"


DAYLIGHT_SAVING = Check("daylight-saving", "info", _find)
