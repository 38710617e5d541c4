"""Closed days and special hours that are over, so that those of this year may be missing.

That some dates of this year are over while others are to come is as it should be.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from ivr.core.reading import Path
from ivr.document.finding import available
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.written_hours import Written, written

GRACE = timedelta(days=30)
"""How long nobody need tidy up after the last of the dates."""


def _find(subject: Subject) -> Iterator[Mistake]:
    for each in written(subject):
        yield from _of(each, subject.today)


def _of(each: Written, today: date) -> Iterator[Mistake]:
    special = [(entry.path, entry.date) for entry in each.entries if entry.date is not None]
    dates: list[tuple[Path, date]] = [*each.closed, *special]
    last = max((day for _, day in dates), default=today)
    if last < today - GRACE:
        path, day = max(dates, key=lambda place: place[1])
        what = f"{day} is over" if len(dates) == 1 else f"all these dates are over, the last of them is {day}"
        yield Mistake(path, f"{what}: write those to come, or delete what is past", at_key="special" in path)
        return
    for key in ("closed", "special"):
        old = [(path, day) for path, day in dates if key in path[2:3] and day < today and day.year < today.year]
        if old:
            named = available([str(day) for _, day in old])
            message = f"{named} of an earlier year is over" if len(old) == 1 else f"{named} of earlier years are over"
            yield Mistake(old[0][0], f"{message}: is the year right?", at_key=key == "special", severity="info")


PAST_DATE = Check("past-date", "warning", _find)
