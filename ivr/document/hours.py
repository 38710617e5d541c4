"""The `hours` of a flow: days, dates and holidays as a week and the dates that differ from it."""

from __future__ import annotations

import re
import sys
import warnings
import zoneinfo
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from itertools import pairwise
from pathlib import Path as FilePath
from types import ModuleType
from typing import Any

from ivr.core.hours import MINUTES_AN_HOUR, Hours, Range
from ivr.document.finding import available, did_you_mean, quoted

Path = tuple[str | int, ...]
Mistakes = list[tuple[Path, str]]
"""The place of each mistake, from the hours mapping on, and what is wrong there."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RANGE = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
END_OF_DAY = 24 * MINUTES_AN_HOUR
YEARS_OF_HOLIDAYS = 5
DEFAULT_ZONE = "UTC"
MACHINE_ZONES = frozenset({"localtime", "posixrules", "Factory"})
"""Names that some machines have for a zone of their own."""
OTHER_CLOCKS = ("posix/", "right/")
"""Folders in which some machines have all zones once more, `right` with leap seconds."""

SPECIAL, CLOSED = "special hours", "a closed day"


def resolve(name: str, raw: Mapping[str, Any], year: int) -> tuple[Hours | None, Mistakes]:
    """Work out one entry of `hours`, whose shape is that of the schema, with the holidays of five years.

    `year` is the first of them. With any mistake there are no Hours. Without `timezone` it is UTC.
    """
    mistakes: Mistakes = []
    zone = raw.get("timezone", DEFAULT_ZONE)
    if not _is_zone(zone):
        zones = zoneinfo.available_timezones() - MACHINE_ZONES
        message = f"there is no time zone {quoted(zone)}{did_you_mean(zone, zones)}"
        mistakes.append((("timezone",), f"{message}; expected one such as Asia/Kolkata"))
    week = _week(raw.get("open", {}), mistakes)
    why = _holidays(raw["holidays"], year, mistakes) if "holidays" in raw else {}
    dates: dict[str, tuple[Range, ...]] = dict.fromkeys(why, ())
    for index, day in enumerate(raw.get("closed", ())):
        if _is_date(day, ("closed", index), mistakes):
            dates[day], why[day] = (), CLOSED
    for day, ranges in raw.get("special", {}).items():
        if _is_date(day, ("special", day), mistakes):
            dates[day], why[day] = _ranges(ranges, ("special", day), mistakes), SPECIAL
    return (None if mistakes else Hours(name, zoneinfo.ZoneInfo(zone), week, dates, why)), mistakes


def _week(raw: Mapping[str, str], mistakes: Mistakes) -> tuple[tuple[Range, ...], ...]:
    week: list[tuple[Range, ...]] = [()] * len(DAYS)
    named: dict[int, str] = {}
    for key, text in raw.items():
        path = ("open", key)
        days = days_of(key)
        if not days:
            message = f"{quoted(key)} is no day: expected one of {', '.join(DAYS)}, or a span such as mon-fri"
            mistakes.append((path, message))
        ranges = _ranges(text, path, mistakes)
        twice = [day for day in days if day in named]
        if twice:
            mistakes.append((path, f"{DAYS[twice[0]]} is named twice, here and by {quoted(named[twice[0]])}"))
        for day in days:
            named.setdefault(day, key)
            week[day] = ranges
    return tuple(week)


def days_of(key: str) -> list[int]:
    """Return the days, from 0 for Monday, of a day or of a span, which may go on over Sunday; none if neither."""
    first, _, last = key.partition("-")
    last = last if "-" in key else first
    if first not in DAYS or last not in DAYS:
        return []
    start, end = DAYS.index(first), DAYS.index(last)
    return [(start + offset) % len(DAYS) for offset in range((end - start) % len(DAYS) + 1)]


def ranges_of(text: str) -> tuple[Range, ...]:
    """Return the ranges that a text of a loaded flow names, in order."""
    return _ranges(text, (), [])


def _ranges(text: str, path: Path, mistakes: Mistakes) -> tuple[Range, ...]:
    ranges: list[tuple[Range, str]] = []
    for part in (part.strip() for part in text.split(",")):
        span = _range(part)
        if isinstance(span, str):
            mistakes.append((path, span))
        else:
            ranges.append((span, part))
    ranges.sort()
    for (before, told), (after, told_after) in pairwise(ranges):
        if after[0] < before[1]:
            mistakes.append((path, f"{quoted(told)} and {quoted(told_after)} overlap"))
    return tuple(span for span, _ in ranges)


def _range(text: str) -> Range | str:
    """Return the minutes that a range begins and ends with, or what is wrong with it."""
    found = RANGE.fullmatch(text)
    if not found:
        return f"{quoted(text)} is no range of times: expected one such as “09:00-13:00” or “09:00-13:00, 14:00-18:00”"
    hour, minute, end_hour, end_minute = map(int, found.groups())
    start, end = hour * MINUTES_AN_HOUR + minute, end_hour * MINUTES_AN_HOUR + end_minute
    if max(minute, end_minute) >= MINUTES_AN_HOUR or max(start, end) > END_OF_DAY:
        return f"{quoted(text)} holds a time that no clock shows: expected 00:00 to 24:00"
    if start == end:
        return f"{quoted(text)} is empty, as its end is excluded: the whole day is “00:00-24:00”"
    if start > end:
        begin, finish = text.replace(" ", "").split("-")
        tomorrow = f", and “00:00-{finish}” on the next day" if end else ""
        return f"{quoted(text)} goes past midnight: write “{begin}-24:00” on this day{tomorrow}"
    return start, end


def _is_date(text: str, path: Path, mistakes: Mistakes) -> bool:
    try:
        # `fromisoformat` alone would take other forms, such as 20261225, which would never be found again.
        if DATE.fullmatch(text) and date.fromisoformat(text):
            return True
    except ValueError:
        pass
    mistakes.append((path, f"{quoted(text)} is no date of the calendar: expected one such as 2026-12-25"))
    return False


def _holidays(code: str, year: int, mistakes: Mistakes) -> dict[str, str]:
    """Return the names of the holidays of a country (`IN`) or of a region of it (`IN-KA`) by their date."""
    # This takes a while, which only flows with holidays should pay; `list_supported_countries` takes far longer.
    # Half of it would be to look for the version of the package itself among those of all packages.
    with _bare("holidays.version", __version__=""):
        import holidays
        from holidays.registry import EntityLoader

    country, dash, region = code.partition("-")
    supported = set(EntityLoader.get_country_codes(include_aliases=True))
    if country not in supported or (dash and not region):
        hint = did_you_mean(country, supported)
        message = f"no holidays are known of {quoted(code)}{hint}: expected the code of a country or a region of it"
        mistakes.append((("holidays",), f"{message}, such as IN or IN-KA"))
        return {}
    years = range(year, year + YEARS_OF_HOLIDAYS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # For some countries not all holidays are known far ahead.
            # A country alone: their package imports all of them, which takes longer than a flow.
            with _bare("holidays.countries", __path__=[str(FilePath(holidays.__file__).parent / "countries")]):
                found = holidays.country_holidays(country, subdiv=region or None, years=years)
    except NotImplementedError:
        regions = getattr(holidays, country).subdivisions
        message = f"{country} has no region {quoted(region)}{did_you_mean(region, regions)}; regions are "
        mistakes.append((("holidays",), message + available(regions, limit=20)))
        return {}
    return {day.isoformat(): name.replace("; ", " and ") for day, name in sorted(found.items())}


@contextmanager
def _bare(name: str, **content: Any) -> Iterator[None]:
    """Let a module with only this content stand in for one that is slow to be imported, unless that is there."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = ModuleType(name)
    vars(sys.modules[name]).update(content)
    try:
        yield
    finally:
        del sys.modules[name]


def _is_zone(name: str) -> bool:
    """Whether there is a time zone of this name; to list them all would open hundreds of files."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # OSError for a folder of zones, such as Asia
        return False
    return name not in MACHINE_ZONES and not name.startswith(OTHER_CLOCKS)
