"""Records and figures as spreadsheets and other programs take them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from ivr.calls.records import export, tables
from ivr.calls.records.export import RECORD_COLUMNS, following, harmless
from ivr.calls.records.figures import Figures, figures
from ivr.calls.records.record import CallRecord, Leg
from ivr.calls.records.tally import tallies
from tests.calls.records.example import RECORD as EXAMPLE

RECORD = replace(
    EXAMPLE,
    caller="+919999999999",
    called="+918000000001",
    began=1_767_225_600_250,
    day="2026-01-01",
    ended=1_767_225_660_500,
    goals=(("balance", 12_000), ("paid", 50_500)),
    interruptions=1,
    path=(Leg("ask", 0, "next", no_inputs=1), Leg("look", 9_000, "next", lookup="found"), Leg("crm/ask", 700_000)),
)
TOLD = {
    "record": "r1",
    "call": "c1",
    "flow": "main",
    "fingerprint": "f1",
    "caller": "+919999999999",
    "called": "+918000000001",
    "direction": "inbound",
    "began": "2026-01-01T00:00:00.250Z",
    "ended": "2026-01-01T00:01:00.500Z",
    "day": "2026-01-01",
    "outcome": "contained",
    "reason": "caller",
    "ended_by": "caller",
}
"""What is the same in every form."""


def rows(lines: Sequence[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(lines), newline="")))


def counted(*records: CallRecord) -> Figures:
    return figures(each for record in records for each in tallies(record))


# Records


def test_a_record_is_a_row() -> None:
    (row,) = rows(list(export.records_as_csv([RECORD])))
    assert row == TOLD | {
        "seconds": "60.0",
        "interruptions": "1",
        "goals": "balance 12.000;paid 50.500",
        "path": "ask;look;crm/ask",
    }
    assert tuple(row) == RECORD_COLUMNS


def test_what_is_not_known_yet_is_empty() -> None:
    going = replace(RECORD, ended=None, reason=None, ended_by=None, outcome=None, milliseconds=None, goals=(), path=())
    (row,) = rows(list(export.records_as_csv([going])))
    assert {name for name, cell in row.items() if not cell} == {
        *("ended", "outcome", "reason", "ended_by", "seconds", "goals", "path")
    }


def test_lines_are_those_of_the_rfc() -> None:
    header, line = export.records_as_csv([replace(RECORD, call='a "b", c\nd')])
    assert header == ",".join(RECORD_COLUMNS) + "\r\n"
    assert line.startswith('r1,"a ""b"", c\nd",main,')
    assert line.endswith("\r\n")


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("+919999999999", "+919999999999"),
        ("-5", "-5"),
        ("-5.25", "-5.25"),
        ("anonymous", "anonymous"),
        ("2026-01-01T00:00:00.250Z", "2026-01-01T00:00:00.250Z"),
        ("=1+2", "'=1+2"),
        ("+91-2", "'+91-2"),
        ("@sum", "'@sum"),
        ("\t=1", "'\t'=1"),
        (" =1", "' =1"),
        ("＝1", "'＝1"),
        ("a;=1", "a;'=1"),
        ('a",=1', """a",'=1"""),
        ("a\r\n-x", "a\r'\n'-x"),
    ],
)
def test_no_cell_is_a_formula(cell: str, told: str) -> None:
    assert harmless(cell) == told


def test_a_record_is_a_line_of_json_or_one_of_an_array() -> None:
    expected = TOLD | {
        "milliseconds": 60_000,
        "interruptions": 1,
        "goals": {"balance": 12_000, "paid": 50_500},
        "path": [
            {"node": "ask", "at": 0, "exit": "next", "no_inputs": 1, "no_matches": 0, "lookup": ""},
            {"node": "look", "at": 9_000, "exit": "next", "no_inputs": 0, "no_matches": 0, "lookup": "found"},
            {"node": "crm/ask", "at": 700_000, "exit": "", "no_inputs": 0, "no_matches": 0, "lookup": ""},
        ],
    }
    assert [json.loads(line) for line in export.records_as_json_lines([RECORD, RECORD])] == [expected, expected]
    for number in (0, 1, 2):
        assert json.loads("".join(export.records_as_json([RECORD] * number))) == [expected] * number


def test_records_are_read_page_by_page_as_they_are_wanted() -> None:
    asked: list[tuple[int, str] | None] = []

    def pages(before: tuple[int, str] | None) -> list[CallRecord]:
        asked.append(before)
        last = 10 if before is None else before[0]
        return [replace(RECORD, began=each, record=f"r{each}") for each in range(last - 1, max(last - 4, 0), -1)]

    records = following(pages)
    assert [next(records).began for _ in range(3)] == [9, 8, 7]
    assert asked == [None]
    assert [each.began for each in records] == [6, 5, 4, 3, 2, 1]
    assert asked == [None, (7, "r7"), (4, "r4"), (1, "r1")]


# Figures


def test_each_table_has_the_columns_that_it_says() -> None:
    found = counted(RECORD)
    for name in tables.NAMES:
        told = list(tables.table(found, name))
        assert told
        assert {tuple(row) for row in told} == {tables.COLUMNS[name]}
        assert [set(row) for row in rows(list(tables.as_csv(found, name)))] == [set(tables.COLUMNS[name])] * len(told)
        assert list(tables.as_csv(counted(), name)) == [",".join(tables.COLUMNS[name]) + "\r\n"]


def test_figures_are_rows() -> None:
    found = counted(RECORD, replace(RECORD, goals=(), outcome="abandoned", milliseconds=30_000, path=()))
    (day,) = rows(list(tables.as_csv(found, "days")))
    assert day == {
        "day": "2026-01-01",
        "flow": "main",
        "calls": "2",
        "contained": "1",
        "transferred": "0",
        "abandoned": "1",
        "failed": "0",
        "containment": "0.5",
        "transfer_rate": "0.0",
        "abandon_rate": "0.5",
        "failure_rate": "0.0",
        "seconds": "45.0",
    }
    assert [row["half_within"] for row in rows(list(tables.as_csv(found, "goals")))] == ["20.0", "60.0"]


def test_what_took_longer_than_can_be_told_is_empty() -> None:
    slow = replace(RECORD, goals=(("paid", 600_001),))
    (goal,) = tables.table(counted(slow), "goals")
    assert (goal["reached"], goal["seconds"], goal["half_within"]) == (1, 600.001, None)


def test_figures_are_lines_of_json_that_name_their_table() -> None:
    lines = [json.loads(line) for line in tables.as_json_lines(counted(RECORD))]
    assert [dict.fromkeys(line["table"] for line in lines)] == [dict.fromkeys(tables.NAMES)]
    plain = tables.as_plain(counted(RECORD))
    assert [{"table": name, **row} for name in tables.NAMES for row in plain[name]] == lines
