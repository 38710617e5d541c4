"""Opening hours: whether a moment is inside them, why, and until when; and when the clocks of their zone change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Range = tuple[int, int]
"""Minutes since midnight by the clock on the wall: the first one open, and the first one closed again."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MINUTES_AN_HOUR = 60
DAYS_AHEAD = 370
"""How far the next opening or closing is looked for: a year, and a few days that may differ in it."""
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


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


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A moment at which the clocks of a zone are put forward or back."""

    moment: datetime
    """In UTC."""
    before: datetime
    """What the clocks show then as they went until then; without a zone."""
    after: datetime
    """What they show then once they are changed; without a zone."""

    @property
    def skips(self) -> bool:
        """Whether they are put forward, so that the times between do not come; else these come twice."""
        return self.after > self.before

    def touches(self, local: datetime) -> bool:
        """Whether a time by the clock on the wall lies after the first and before the last that is skipped or twice."""
        return min(self.before, self.after) < local < max(self.before, self.after)


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


def next_change(hours: Hours, when: datetime) -> datetime | None:
    """The next moment at which what is open closes, or what is closed opens, in the zone of the hours.

    None if that is not within a year. Raises ValueError if `when` has no time zone.
    """
    now = is_open(hours, when)
    first = _local(hours, when).date()
    for day in range(DAYS_AHEAD):
        for moment in _edges(hours, first + day * DAY):
            if moment > when and is_open(hours, moment) != now:
                return moment.astimezone(hours.zone)
    return None


def _edges(hours: Hours, day: date) -> list[datetime]:
    """The moments of a day, in UTC, at which hours may begin or end."""
    midnight = datetime.combine(day, time())
    minutes = {0, *(edge for span in _ranges(hours, midnight) for edge in span)}
    # A time that comes twice is two moments; one that is skipped is one before the change or after it.
    walls = [
        (midnight + minute * MINUTE).replace(tzinfo=hours.zone, fold=fold) for minute in minutes for fold in (0, 1)
    ]
    changes = clock_changes(hours.zone, day, day + DAY)
    return sorted({*(wall.astimezone(UTC) for wall in walls), *(change.moment for change in changes)})


def clock_changes(zone: ZoneInfo, first: date, last: date) -> Iterator[ClockChange]:
    """When the clocks of a zone change, from the beginning of one day to that of another (in UTC, and a day around)."""
    begin, end = (datetime.combine(day, time(), UTC) for day in (first - DAY, last + DAY))
    while begin < end:
        if _offset(zone, begin) != _offset(zone, begin + DAY):
            yield _change(zone, begin)
        begin += DAY


def _change(zone: ZoneInfo, begin: datetime) -> ClockChange:
    """The change of the clocks within a day from a moment on."""
    low, high = 0, DAY // MINUTE
    before = _offset(zone, begin)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, begin + middle * MINUTE) == before else (low, middle)
    moment = begin + high * MINUTE
    wall = moment.replace(tzinfo=None)
    return ClockChange(moment, wall + before, wall + _offset(zone, moment))


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


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
