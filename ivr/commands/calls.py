"""`ivr calls`: the records of calls."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ivr import config
from ivr.calls.records import export
from ivr.calls.records.figures import OUTCOMES
from ivr.calls.records.record import CallRecord, Leg
from ivr.commands.common import FINDINGS, FINE, WrongUse
from ivr.commands.stored import SETTINGS, WHEN, Cell, opened, span, table
from ivr.document.finding import printable, several
from ivr.shapes import whole

if TYPE_CHECKING:
    from ivr.calls.store.archive import Archive
    from ivr.calls.store.records import Wanted

SHOWN = 50
"""Calls in a table, if nobody says how many; other formats have all of them."""
MOST = whole(1, 999_999_999)
GOES_ON = "goes on"
"""In place of an outcome."""
FORMATS = {
    "json": export.records_as_json,
    "csv": export.records_as_csv,
    "jsonl": export.records_as_json_lines,
}
HEADER = ("began (UTC)", "flow", "caller", "called", ">seconds", "outcome", "reason", "goals", "call")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    parser.add_argument("call", nargs="?", metavar="CALL", help="the id of one call, to see the way that it took")
    parser.add_argument("--since", metavar="TIME", help=f"those that began since {WHEN}")
    parser.add_argument("--until", metavar="TIME", help="those that began before a time")
    parser.add_argument("--number", metavar="NUMBER", help="a part of the caller's or of the called number")
    parser.add_argument("--flow", metavar="ID", help="the flow that the call began on, such as main")
    parser.add_argument("--goal", metavar="NAME", help="those that reached it")
    parser.add_argument("--outcome", choices=OUTCOMES)
    parser.add_argument("--limit", metavar="N", help=f"so many of the newest; {SHOWN} in a table, else all of them")
    parser.add_argument("--format", choices=("text", *FORMATS), default="text")
    forgets = "delete records, journals and recordings of this caller's calls that are over; figures stay"
    parser.add_argument("--delete", metavar="NUMBER", help=forgets)
    parser.add_argument("--yes", action="store_true", help="delete without a question")
    config.add_flags(parser, SETTINGS)


def run(options: argparse.Namespace) -> int:
    """Tell of calls, or delete those of one caller.

    Raises:
        WrongUse: the store can't be used, or there is no such call.
    """
    with opened(options) as (archive, data):
        if options.delete is not None:
            return _delete(options, archive, data)
        if options.call is not None:
            return _one(options, archive)
        return _list(options, archive)


# Lists


def _list(options: argparse.Namespace, archive: Archive) -> int:
    from ivr.calls.store.records import found, number_of

    wanted = _wanted(options)
    limit = _limit(options)
    if options.format == "text":
        limit = limit or SHOWN
        newest = archive.read(lambda connection: found(connection, wanted, limit)) or []
        number = archive.read(lambda connection: number_of(connection, wanted)) or 0
        print("\n".join(_as_table(newest[::-1], number) if newest else [_nothing(archive)]))
        return FINE

    def page(before: tuple[int, str] | None) -> list[CallRecord]:
        # A transaction of its own for each: whoever reads our output may take any time for it.
        return archive.read(lambda connection: found(connection, wanted, export.PAGE, before)) or []

    _write(options.format, islice(export.following(page), limit))
    return FINE


def _wanted(options: argparse.Namespace) -> Wanted:
    from ivr.calls.store.records import Wanted

    since, until = span(options)
    return Wanted(since, until, options.number, options.flow, options.goal, options.outcome)


def _limit(options: argparse.Namespace) -> int | None:
    if options.limit is None:
        return None
    try:
        return int(MOST.read(options.limit))
    except ValueError:
        raise WrongUse(f"--limit: expected {MOST.expected}; got {options.limit!r}") from None


def _write(form: str, records: Iterable[CallRecord]) -> None:
    for text in FORMATS[form](records):
        sys.stdout.write(text)


def _nothing(archive: Archive) -> str:
    from ivr.calls.store.records import Wanted, number_of

    kept = archive.read(partial(number_of, wanted=Wanted())) or 0
    if kept:
        return f"no call is like that; {kept:,} are kept in {archive.name}"
    return f"no call is recorded yet in {archive.name}; ivr serve records all that it answers"


def _as_table(records: Iterable[CallRecord], number: int) -> Iterator[str]:
    rows = [_row(each) for each in records]
    yield from table(HEADER, rows)
    if len(rows) < number:
        yield f"the newest {len(rows):,} of {number:,}; --limit {number} shows all"


def _row(record: CallRecord) -> tuple[Cell, ...]:
    seconds = None if record.milliseconds is None else round(record.milliseconds / 1000)
    goals = ", ".join(name for name, _ in record.goals)
    outcome, reason = record.outcome or _unknown(record), record.reason
    return _clock(record.began), record.flow, record.caller, record.called, seconds, outcome, reason, goals, record.call


def _unknown(record: CallRecord) -> str:
    """In place of an outcome."""
    return GOES_ON if record.ended is None else ""


def _clock(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


# One call


def _one(options: argparse.Namespace, archive: Archive) -> int:
    from ivr.calls.store.named import named

    records = archive.read(lambda connection: named(connection, options.call)) or []
    if not records:
        raise WrongUse(f"{options.call}: there is no record of such a call in {archive.name}")
    if options.format == "text":
        print("\n\n".join("\n".join(map(printable, _told(each))) for each in records))
    else:
        _write(options.format, records)
    return FINE


def _told(record: CallRecord) -> Iterator[str]:
    """All of one record, for people."""
    yield f"call {record.call}"
    yield f"  flow     {record.flow}, version {record.fingerprint[:12]}"
    yield f"  from     {record.caller} to {record.called}, {record.direction}"
    yield f"  began    {_clock(record.began)} UTC"
    if record.ended is None:
        yield f"  outcome  {GOES_ON}"
    else:
        lasted = "" if record.milliseconds is None else f" after {_seconds(record.milliseconds)}"
        by = f", ended by {record.ended_by}" if record.ended_by else ""
        yield f"  ended    {_clock(record.ended)} UTC{lasted}"
        yield f"  outcome  {record.outcome or 'not known'}: {record.reason or 'no reason'}{by}"
    for name, at in record.goals:
        yield f"  goal     {name} after {_seconds(at)}"
    if record.interruptions:
        yield f"  breaks   {record.interruptions}: the stream came back each time"
    width = len(_seconds(max((leg.at for leg in record.path), default=0)))
    for place, leg in enumerate(record.path):
        yield f"  {'' if place else 'path':<7}  {_seconds(leg.at):>{width}}  {_visit(leg)}"
    yield f"  more     ivr replay {record.call}"


def _visit(leg: Leg) -> str:
    counts = ((leg.no_inputs, "no-input", "no-inputs"), (leg.no_matches, "no-match", "no-matches"))
    told = [f"{count} {several if count > 1 else one}" for count, one, several in counts if count]
    if leg.lookup:
        told.append(f"lookup {leg.lookup}")
    aside = f" ({', '.join(told)})" if told else ""
    return f"{leg.place}{aside} → {leg.exit}" if leg.exit else f"{leg.place}{aside}"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.1f} s"


# Deletion


def _delete(options: argparse.Namespace, archive: Archive, data: Path) -> int:
    from ivr.calls.store.forgetting import Forgotten, StillThere, forgotten

    number, folder = options.delete, data / "recordings"
    question = f"Delete all that is kept of calls from {printable(number)}? This can't be undone. [y/N] "
    if not options.yes and sys.stdin.isatty() and input(question).strip().lower() not in ("y", "yes"):
        print("nothing was deleted")
        return FINDINGS
    done = Forgotten()
    try:
        while some := archive.change(lambda connection: forgotten(connection, number, folder)):
            done += some
    except StillThere as error:
        raise WrongUse(f"{error}: this recording can't be deleted, so calls are still there") from None
    finally:
        if done.calls:
            recordings = several(done.recordings, "recording")
            print(f"deleted: {several(done.calls, 'call')} with what was journalled, and {recordings}")
    if not done.calls:
        print(f"nothing is kept of calls from {printable(number)} in {archive.name}")
    return FINE
