"""`ivr hours`: open or closed at some time, and why."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ivr.commands.common import FINE, WrongUse, folders
from ivr.core.flow import Flow
from ivr.core.hours import WEEKDAYS, Hours, clock_changes, explain, is_open, next_change
from ivr.document.finding import available, did_you_mean, quoted
from ivr.document.load import load

TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ]+(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*(?:(Z)|([+-])(\d\d):?(\d\d))?", re.IGNORECASE
)
EXPECTED = "expected one such as “2026-12-25 10:00”, or “2026-12-25T10:00+05:30” for one zone's time in all zones"
DAY = timedelta(days=1)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    parser.add_argument("flow", type=Path, metavar="FLOW", help="the file of a flow")
    at = "such as “2026-12-25 10:00”, by the clock of each entry's zone unless an offset follows; else now"
    parser.add_argument("--at", metavar="TIME", help=at)
    parser.add_argument("--name", metavar="NAME", help="one entry of the flow's hours; else all of them")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(options: argparse.Namespace) -> int:
    """Tell of each entry of a flow's hours."""
    at = datetime.now(UTC) if options.at is None else _time(options.at)
    # Holidays are known of five years: those from the one asked for on, which near its beginning is another elsewhere.
    flow = _flow(options.flow, max(at - DAY, _EARLIEST.replace(tzinfo=at.tzinfo)).year)
    told = [_told(hours, at) for hours in _wanted(flow, options)]
    if options.format == "json":
        print(json.dumps({"hours": [each.as_json() for each in told]}, indent=2, ensure_ascii=False))
    else:
        width = max(len(each.hours.name) for each in told)
        print("\n".join(each.as_text(width) for each in told))
    return FINE


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one entry of hours."""

    hours: Hours
    at: datetime
    """In the zone of the hours."""
    change: datetime | None
    """When it next opens or closes, if within a year."""
    note: str
    """What a change of the clocks makes of the time; mostly empty."""

    @property
    def is_open(self) -> bool:
        """Whether it is open then."""
        return is_open(self.hours, self.at)

    def as_text(self, width: int) -> str:
        """Two lines or three, the name in a column of its own."""
        turns, stays = ("closes", "does not close") if self.is_open else ("opens", "does not open")
        then = f"{stays} within a year" if self.change is None else f"{turns} {_shown(self.change)}"
        lines = [explain(self.hours, self.at), f"at {_shown(self.at)} {self.hours.zone.key}; {then}"]
        if self.note:
            lines.append(self.note)
        margin = "\n" + " " * (width + 2)
        return f"{self.hours.name:{width}}  {margin.join(lines)}"

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "name": self.hours.name,
            "timezone": self.hours.zone.key,
            "at": self.at.isoformat(timespec="minutes"),
            "open": self.is_open,
            "why": explain(self.hours, self.at),
            "closes" if self.is_open else "opens": self.change and self.change.isoformat(timespec="minutes"),
            **({"note": self.note} if self.note else {}),
        }


def _told(hours: Hours, at: datetime) -> Told:
    """What is told of hours at a time, which without a zone is one by the clock on their wall."""
    note = "" if at.tzinfo is not None else _note(hours.zone, at)
    moment = (at if at.tzinfo is not None else at.replace(tzinfo=hours.zone)).astimezone(UTC)
    return Told(hours, moment.astimezone(hours.zone), next_change(hours, moment), note)


def _note(zone: ZoneInfo, wall: datetime) -> str:
    """What happens to a time on the day that the clocks change."""
    for change in clock_changes(zone, wall.date(), wall.date() + DAY):
        if min(change.before, change.after) <= wall < max(change.before, change.after):
            turn = f"clocks go from {change.before:%H:%M} to {change.after:%H:%M}"
            if not change.skips:
                return f"{wall:%H:%M} comes twice on that day: {turn}; this is the first"
            return f"there is no {wall:%H:%M} on that day: {turn}"
    return ""


def _shown(when: datetime) -> str:
    return f"{WEEKDAYS[when.weekday()]} {when:%Y-%m-%d %H:%M}"


_EARLIEST, _LATEST = datetime(1970, 1, 1) + DAY, datetime(2100, 1, 1)  # noqa: DTZ001 - by any clock on the wall
"""Between these, holidays and changes of the clocks are known, though ever less far ahead."""


def _time(text: str) -> datetime:
    """The time that a person wrote, with a zone if it has an offset.

    Raises:
        WrongUse: it is none.
    """
    found = TIME.fullmatch(text.strip())
    if found is None:
        raise WrongUse(f"{quoted(text)} is no date and time: {EXPECTED}")
    *numbers, utc, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    try:
        zone = timezone(offset) if utc or sign else None
        made = datetime(*(int(number or 0) for number in numbers))  # type: ignore[arg-type]  # noqa: DTZ001 - six numbers; a zone may follow
    except ValueError as error:
        raise WrongUse(f"{quoted(text)} is no date and time ({error}): {EXPECTED}") from None
    if not _EARLIEST <= made < _LATEST:
        raise WrongUse(f"{quoted(text)} is too far away: expected a year from 1970 to 2099")
    return made.replace(tzinfo=zone)


def _flow(path: Path, year: int) -> Flow:
    """The flow of a file, with the holidays of some years from one on.

    Raises:
        WrongUse: it is no file of a flow without errors.
    """
    loaded = load(dict.fromkeys(folders([path])[path.parent]), year) if path.is_file() else None
    flow = next((each for each in loaded.flows.values() if each.file == str(path)), None) if loaded else None
    if flow is None:
        raise WrongUse(f"{path}: this is no file of a flow without errors; ivr lint {path}")
    return flow


def _wanted(flow: Flow, options: argparse.Namespace) -> list[Hours]:
    """The entries of hours that are asked for.

    Raises:
        WrongUse: there are none.
    """
    if not flow.hours:
        raise WrongUse(f"{options.flow}: this flow has no hours; expected an entry such as office under “hours:”")
    if options.name is None:
        return list(flow.hours.values())
    if options.name not in flow.hours:
        hint = did_you_mean(options.name, flow.hours)
        there = f"there are {available(flow.hours)}"
        raise WrongUse(f"{options.flow}: there is no entry of hours {quoted(options.name)}{hint}; {there}")
    return [flow.hours[options.name]]
