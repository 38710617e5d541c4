"""Records of calls for other programs: CSV for spreadsheets, JSON Lines and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ivr.calls.records.record import CallRecord

PAGE = 500
"""Records that are read at a time."""

Pages = Callable[[tuple[int, str] | None], Sequence[CallRecord]]
"""Gives the records that come behind one, told by `began` and `record`; at first behind none. None are left where it
gives none."""

Row = Mapping[str, str | int | float | None]
"""Cells by the names of their columns."""
RECORD_COLUMNS = (
    "record", "call", "flow", "fingerprint", "caller", "called", "direction", "began", "ended", "day", "outcome",
    "reason", "ended_by", "seconds", "interruptions", "goals", "path",
)  # fmt: skip
"""Of the CSV of records."""

# A cell that begins so is a formula to a spreadsheet (OWASP, "CSV Injection"), as is one that follows what some take
# for the end of a cell.
_FORMULA = re.compile(r'(^|[\t\r\n;,"])(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])')
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def following(pages: Pages) -> Iterator[CallRecord]:
    """All records page by page, of which only one is in memory."""
    last: tuple[int, str] | None = None
    while page := pages(last):
        yield from page
        last = page[-1].began, page[-1].record


# Records


def records_as_csv(records: Iterable[CallRecord]) -> Iterator[str]:
    """The lines of a CSV file (RFC 4180) with a header."""
    return csv_lines(RECORD_COLUMNS, map(_record_cells, records))


def records_as_json_lines(records: Iterable[CallRecord]) -> Iterator[str]:
    """A line of JSON for each."""
    return (json_line(record_as_plain(each)) for each in records)


def records_as_json(records: Iterable[CallRecord]) -> Iterator[str]:
    """One array of JSON, in pieces."""
    before = "["
    for each in records:
        yield f"{before}\n{json_line(record_as_plain(each)).rstrip()}"
        before = ","
    yield "\n]\n" if before == "," else "[]\n"


def record_as_plain(record: CallRecord) -> dict[str, Any]:
    """A record as JSON has it; times of day are ISO 8601 in UTC, all others are milliseconds."""
    return {
        "record": record.record,
        "call": record.call,
        "flow": record.flow,
        "fingerprint": record.fingerprint,
        "caller": record.caller,
        "called": record.called,
        "direction": record.direction,
        "began": moment_of(record.began),
        "ended": None if record.ended is None else moment_of(record.ended),
        "day": record.day,
        "outcome": record.outcome,
        "reason": record.reason,
        "ended_by": record.ended_by,
        "milliseconds": record.milliseconds,
        "interruptions": record.interruptions,
        "goals": dict(record.goals),
        "path": [
            {
                "node": leg.place,
                "at": leg.at,
                "exit": leg.exit,
                "no_inputs": leg.no_inputs,
                "no_matches": leg.no_matches,
                "lookup": leg.lookup,
            }
            for leg in record.path
        ],
    }


def _record_cells(record: CallRecord) -> Row:
    plain = record_as_plain(record)
    goals = ";".join(f"{name} {at / 1000:.3f}" for name, at in record.goals)
    path = ";".join(leg.place for leg in record.path)
    seconds = None if record.milliseconds is None else record.milliseconds / 1000
    return {**plain, "seconds": seconds, "goals": goals, "path": path}


def moment_of(milliseconds: int) -> str:
    """A time since 1970-01-01 UTC, as programs read it."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# CSV and JSON


def csv_lines(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """The lines of a CSV file (RFC 4180) with a header; no cell is a formula."""
    yield _csv_line(columns)
    for row in rows:
        yield _csv_line([harmless(cell) if isinstance(cell := row[name], str) else cell for name in columns])


def _csv_line(cells: Sequence[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def harmless(cell: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe is put before what would begin one.

    A number stays as it is, also one with a plus before it, as telephone numbers have.
    """
    return cell if _NUMBER.fullmatch(cell) else _FORMULA.sub(r"\1'", cell)


def json_line(data: Mapping[str, Any]) -> str:
    """A line of JSON."""
    return json.dumps(data, ensure_ascii=False) + "\n"
