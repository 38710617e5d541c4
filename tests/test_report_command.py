"""`ivr report` tells in figures what became of calls, without a server."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from ivr.calls.records import tables
from ivr.calls.store.engine import database_url
from ivr.cli import run
from tests import recorded

CALLS = 60
Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory whose store has calls of the last months."""
    data = tmp_path_factory.mktemp("report")
    recorded.some(database_url(None, data), CALLS)
    return data


def told(capsys: Captured, data: Path, *arguments: str) -> str:
    """What the command prints."""
    assert run(["report", *arguments, "--data-dir", str(data)]) == 0
    return capsys.readouterr().out


def test_people_read_tables(kept: Path, capsys: Captured) -> None:
    text = told(capsys, kept, "--since", "120d")
    assert text.startswith("60 calls since ")
    titles = [line for line in text.splitlines() if line and line[0].isupper()]
    assert titles == [
        "By day and flow",
        "By flow",
        "Why calls ended",
        "Goals",
        "Nodes of balance, first those that most calls reached",
        "Nodes of clinic, first those that most calls reached",
        "Nodes of main, first those that most calls reached",
        "Lookups",
    ]


def test_a_flow_and_a_time_are_chosen(kept: Path, capsys: Captured) -> None:
    plain = json.loads(told(capsys, kept, "--since", "120d", "--flow", "clinic", "--format", "json"))
    assert {row["flow"] for name in tables.NAMES for row in plain[name]} == {"clinic"}
    days = sorted({row["day"] for row in plain["days"]})
    some = told(capsys, kept, "--since", days[1], "--until", days[3], "--flow", "clinic", "--format", "json")
    chosen = json.loads(some)
    assert (chosen["since"], chosen["until"]) >= (days[1], days[2])
    assert sorted({row["day"] for row in chosen["days"]}) == days[1:3]


def test_formats_tell_the_same_figures(kept: Path, capsys: Captured) -> None:
    plain = json.loads(told(capsys, kept, "--since", "120d", "--format", "json"))
    assert set(plain) == {"since", "until", *tables.NAMES}
    assert sum(row["calls"] for row in plain["flows"]) == CALLS
    lines = [json.loads(line) for line in told(capsys, kept, "--since", "120d", "--format", "jsonl").splitlines()]
    assert lines == [{"table": name, **row} for name in tables.NAMES for row in plain[name]]
    for name in tables.NAMES:
        text = told(capsys, kept, "--since", "120d", "--format", "csv", "--table", name)
        assert len(list(csv.DictReader(io.StringIO(text, newline="")))) == len(plain[name])


def test_a_month_is_told_of_if_nobody_says_more(kept: Path, capsys: Captured) -> None:
    assert told(capsys, kept, "--format", "json") == told(capsys, kept, "--format", "json", "--since", "30d")


def test_nothing_counted_yet_is_no_error(tmp_path: Path, capsys: Captured) -> None:
    text = told(capsys, tmp_path, "--since", "2026-01-31")
    assert text.startswith("no call since 2026-01-31 is counted in sqlite://")
    assert json.loads(told(capsys, tmp_path, "--format", "json"))["days"] == []
    assert told(capsys, tmp_path, "--format", "csv").count("\n") == 1


def test_wrong_use(kept: Path, capsys: Captured) -> None:
    assert run(["report", "--until", "never", "--data-dir", str(kept)]) == 2
    assert capsys.readouterr().err == (
        "ivr report: --until: expected a time such as 2026-01-31 or 12h; got 'never'\n"
    )  # fmt: skip
