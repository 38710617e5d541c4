"""Opening hours as their author wrote them: each text of ranges with its place, its days and its date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from ivr.core.hours import MINUTES_AN_HOUR, Hours, Range
from ivr.core.reading import Path
from ivr.document.hours import days_of, ranges_of
from ivr.lint.check import Subject


@dataclass(frozen=True, slots=True)
class Entry:
    """The ranges of some days of every week, or of one date."""

    path: Path
    text: str
    ranges: tuple[Range, ...]
    days: tuple[int, ...]
    """From 0 for Monday; none for a date."""
    date: date | None


@dataclass(frozen=True, slots=True)
class Written:
    """One entry of `hours`."""

    path: Path
    hours: Hours
    entries: tuple[Entry, ...]
    closed: tuple[tuple[Path, date], ...]


def written(subject: Subject) -> Iterator[Written]:
    """The hours of a flow, in the order of the file."""
    raw = (subject.source.value or {}).get("hours", {})
    for name, hours in subject.flow.hours.items():
        path = ("hours", name)
        entries = (*_weekly(raw[name].get("open", {}), path), *_dated(raw[name].get("special", {}), path))
        closed = enumerate(raw[name].get("closed", ()))
        dates = tuple(((*path, "closed", place), date.fromisoformat(day)) for place, day in closed)
        yield Written(path, hours, entries, dates)


def _weekly(raw: dict[str, Any], path: Path) -> Iterator[Entry]:
    for key, text in raw.items():
        yield Entry((*path, "open", key), text, ranges_of(text), tuple(days_of(key)), None)


def _dated(raw: dict[str, Any], path: Path) -> Iterator[Entry]:
    for key, text in raw.items():
        yield Entry((*path, "special", key), text, ranges_of(text), (), date.fromisoformat(key))


def clock(minute: int) -> str:
    """A minute of the day as a clock shows it."""
    return f"{minute // MINUTES_AN_HOUR:02}:{minute % MINUTES_AN_HOUR:02}"


def ranges_text(ranges: tuple[Range, ...]) -> str:
    """Ranges as an author writes them."""
    return ", ".join(f"{clock(start)}-{clock(end)}" for start, end in ranges)
