"""Opening hours with a hole of a few minutes, because the end of a range is excluded and its author did not know."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.hours import MINUTES_AN_HOUR, Range
from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.written_hours import Entry, Written, clock, ranges_text, written

SHORT = 5
"""Nobody closes for so few minutes, or for fewer."""
LAST_MINUTE, END_OF_DAY = 24 * MINUTES_AN_HOUR - 1, 24 * MINUTES_AN_HOUR
EXCLUDED = "as the end of a range is excluded"


def _find(subject: Subject) -> Iterator[Mistake]:
    for each in written(subject):
        for entry in each.entries:
            message = _hole(entry.ranges) or _midnight(entry.ranges) or _late(entry, each)
            if message:
                yield Mistake(entry.path, message)
            elif entry.ranges[-1][1] % MINUTES_AN_HOUR == MINUTES_AN_HOUR - 1:
                end = entry.ranges[-1][1]
                message = f"it closes at {clock(end)}, {EXCLUDED}, so the last minute before {clock(end + 1)} is closed"
                yield Mistake(entry.path, message, severity="info")


def _hole(ranges: tuple[Range, ...]) -> str:
    """A few minutes between two ranges of a day."""
    mended = [ranges[0]]
    holes = []
    for start, end in ranges[1:]:
        before = mended[-1][1]
        if 0 < start - before <= SHORT:
            holes.append(f"{clock(before)} to {clock(start)}")
            mended[-1] = (mended[-1][0], start)
        mended.append((start, end))
    if mended[-1][1] == LAST_MINUTE:
        mended[-1] = (mended[-1][0], END_OF_DAY)
    if not holes:
        return ""
    return f"it is closed from {' and '.join(holes)}, {EXCLUDED}: write {quoted(ranges_text(tuple(mended)))}"


def _midnight(ranges: tuple[Range, ...]) -> str:
    """The last minute of a day."""
    start, end = ranges[-1]
    if end != LAST_MINUTE:
        return ""
    mended = quoted(ranges_text((*ranges[:-1], (start, END_OF_DAY))))
    return f"it is closed from 23:59 to 24:00, {EXCLUDED}: write {mended} to be open until midnight"


def _late(entry: Entry, each: Written) -> str:
    """The first minutes of a day after one that is open until midnight."""
    start = entry.ranges[0][0]
    before = [each.hours.week[day - 1] for day in entry.days]
    if not 0 < start <= SHORT or not any(ranges and ranges[-1][1] >= LAST_MINUTE for ranges in before):
        return ""
    mended = quoted(ranges_text(((0, entry.ranges[0][1]), *entry.ranges[1:])))
    return f"it is closed from 00:00 to {clock(start)}, though the day before is open until midnight: write {mended}"


HOURS_GAP = Check("hours-gap", "warning", _find)
