"""Opening hours: whether a moment is inside them, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

Range = tuple[int, int]
"""Minutes since midnight by the clock on the wall: the first one open, and the first one closed again."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MINUTES_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class Hours:
    """When something is open. Where a clock is put back, the hour that comes twice is open or closed twice."""

    name: str
    zone: ZoneInfo
    """Its IANA time zone, read when the flow is loaded."""
    week: tuple[tuple[Range, ...], ...]
    """Of each weekday, Monday first, in order and without overlap."""
    dates: Mapping[str, tuple[Range, ...]]
    """Of ISO dates that differ from their weekday; without ranges they are closed."""
    why: Mapping[str, str]
    """What each of these dates is: `Christmas Day`."""


def is_open(hours: Hours, when: datetime) -> bool:
    """Tell whether the moment is inside the hours.

    Raises ValueError if `when` has no time zone.
    """
    local = _local(hours, when)
    return _range_at(_ranges(hours, local), local) is not None


def explain(hours: Hours, when: datetime) -> str:
    """Say whether the moment is inside the hours, and by which rule.

    `open: Friday 09:00-13:00`, `closed: 2026-12-25 is Christmas Day`.

    Raises ValueError if `when` has no time zone.
    """
    local = _local(hours, when)
    ranges = _ranges(hours, local)
    date, weekday = local.date().isoformat(), WEEKDAYS[local.weekday()]
    special = date in hours.dates
    if not ranges:
        return f"closed: {date} is {hours.why[date]}" if special else f"closed: {weekday} has no hours"
    day = f"{date} ({hours.why[date]})" if special else weekday
    current = _range_at(ranges, local)
    if current is not None:
        return f"open: {day} {_as_text(current)}"
    return f"closed: {local:%H:%M} is outside of {day} {', '.join(_as_text(each) for each in ranges)}"


def _local(hours: Hours, when: datetime) -> datetime:
    if when.tzinfo is None:
        raise ValueError("opening hours need a moment with a time zone")
    return when.astimezone(hours.zone)


def _ranges(hours: Hours, local: datetime) -> tuple[Range, ...]:
    return hours.dates.get(local.date().isoformat(), hours.week[local.weekday()])


def _range_at(ranges: tuple[Range, ...], local: datetime) -> Range | None:
    minute = local.hour * MINUTES_AN_HOUR + local.minute
    return next(((start, end) for start, end in ranges if start <= minute < end), None)


def _as_text(span: Range) -> str:
    start, end = (f"{minute // MINUTES_AN_HOUR:02}:{minute % MINUTES_AN_HOUR:02}" for minute in span)
    return f"{start}-{end}"
