"""`ivr calls` shows, exports and deletes the records of calls, without a server."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ivr.calls.store.archive import Archive
from ivr.calls.store.engine import database_url
from ivr.calls.store.records import Wanted, number_of
from ivr.cli import run
from tests import recorded

CALLS = 60
Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory whose store has calls of the last months."""
    data = tmp_path_factory.mktemp("calls")
    recorded.some(database_url(None, data), CALLS)
    return data


def told(capsys: Captured, data: Path, *arguments: object, code: int = 0) -> str:
    """What the command prints."""
    assert run(["calls", *map(str, arguments), "--data-dir", str(data)]) == code
    return capsys.readouterr().out


def records(capsys: Captured, data: Path, *arguments: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(told(capsys, data, "--format", "json", *arguments))
    return found


def test_calls_are_a_table_with_the_newest_last(kept: Path, capsys: Captured) -> None:
    header, *lines, limit = told(capsys, kept).splitlines()
    assert header.split()[:4] == ["began", "(UTC)", "flow", "caller"]
    assert len(lines) == 50
    assert lines == sorted(lines, key=lambda line: line[:19])
    assert limit == "the newest 50 of 60; --limit 60 shows all"


def test_a_table_that_has_all_says_nothing_of_a_limit(kept: Path, capsys: Captured) -> None:
    assert "newest" not in told(capsys, kept, "--limit", CALLS)
    assert told(capsys, kept, "--limit", "1").splitlines()[-1] == "the newest 1 of 60; --limit 60 shows all"


def test_what_is_asked_for_is_chosen(kept: Path, capsys: Captured) -> None:
    everything = records(capsys, kept)
    assert len(everything) == CALLS
    one = everything[7]
    for flag, value, chosen in (
        ("--flow", "clinic", lambda each: each["flow"] == "clinic"),
        ("--outcome", "abandoned", lambda each: each["outcome"] == "abandoned"),
        ("--goal", "agent", lambda each: "agent" in each["goals"]),
        ("--number", one["caller"][3:9], lambda each: one["caller"][3:9] in each["caller"]),
        ("--since", one["began"], lambda each: each["began"] >= one["began"]),
        ("--until", one["began"], lambda each: each["began"] < one["began"]),
        ("--since", "30d", None),
    ):
        found = records(capsys, kept, flag, value)
        assert 0 < len(found) < CALLS, flag
        if chosen is not None:
            assert found == [each for each in everything if chosen(each)]


def test_formats_tell_the_same_calls(kept: Path, capsys: Captured) -> None:
    plain = records(capsys, kept, "--limit", "9")
    lines = told(capsys, kept, "--limit", "9", "--format", "jsonl").splitlines()
    table = told(capsys, kept, "--limit", "9", "--format", "csv")
    assert [json.loads(line) for line in lines] == plain
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    assert [row["record"] for row in rows] == [each["record"] for each in plain]
    assert [row["caller"] for row in rows] == [each["caller"] for each in plain]


def test_one_call_is_shown_with_its_way(kept: Path, capsys: Captured) -> None:
    one = records(capsys, kept, "--outcome", "contained", "--goal", "booked", "--limit", "1")[0]
    text = told(capsys, kept, one["call"])
    assert text.startswith(f"call {one['call']}\n  flow     clinic, version {one['fingerprint'][:12]}\n")
    assert f"  from     {one['caller']} to {one['called']}, inbound\n" in text
    assert "\n  goal     booked after " in text
    assert text.count(" → ") == sum(bool(leg["exit"]) for leg in one["path"])
    assert f"  more     ivr replay {one['call']}\n" in text
    assert json.loads(told(capsys, kept, one["record"], "--format", "json")) == [one]


def test_a_call_that_there_is_not(kept: Path, capsys: Captured) -> None:
    assert run(["calls", "nobody", "--data-dir", str(kept)]) == 2
    assert "ivr calls: nobody: there is no record of such a call in sqlite://" in capsys.readouterr().err


def test_nothing_recorded_yet_is_no_error(tmp_path: Path, capsys: Captured) -> None:
    assert "no call is recorded yet in sqlite://" in told(capsys, tmp_path)
    assert records(capsys, tmp_path) == []
    assert told(capsys, tmp_path, "--format", "csv").count("\n") == 1
    assert told(capsys, tmp_path, "--format", "jsonl") == ""
    assert "nothing is kept of calls from 42" in told(capsys, tmp_path, "--delete", "42")


def test_nothing_that_is_like_that_is_told_apart_from_nothing_at_all(kept: Path, capsys: Captured) -> None:
    assert told(capsys, kept, "--flow", "nowhere").startswith("no call is like that; 60 are kept in sqlite://")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--since", "soon"), "--since: expected a time such as 2026-01-31 or 12h; got 'soon'"),
        (("--since", "1h", "--until", "2h"), "--until 2h is not later than --since 1h"),
        (("--limit", "0"), "--limit: expected a whole number from 1 to 999999999; got '0'"),
    ],
)
def test_wrong_use(kept: Path, capsys: Captured, arguments: tuple[str, ...], message: str) -> None:
    assert run(["calls", *arguments, "--data-dir", str(kept)]) == 2
    assert capsys.readouterr().err == f"ivr calls: {message}\n"


def test_what_is_kept_of_a_caller_is_deleted(tmp_path: Path, capsys: Captured) -> None:
    recorded.some(database_url(None, tmp_path), CALLS)
    caller = records(capsys, tmp_path)[0]["caller"]
    theirs = [each for each in records(capsys, tmp_path) if each["caller"] == caller]
    (tmp_path / "recordings").mkdir()
    for name in (theirs[0]["call"], "other"):
        (tmp_path / "recordings" / f"{name}-1.wav").write_bytes(b"RIFF")
    written = f"{caller[:3]} {caller[3:7]}-{caller[7:]}"
    code = run(["calls", "--delete", written, "--yes", "--data-dir", str(tmp_path)])
    several = f"{len(theirs)} calls" if len(theirs) > 1 else "1 call"
    assert (code, capsys.readouterr().out) == (
        0, f"deleted: {several} with what was journalled, and 1 recording\n"
    )  # fmt: skip
    assert [each.name for each in (tmp_path / "recordings").iterdir()] == ["other-1.wav"]
    left = records(capsys, tmp_path)
    assert len(left) == CALLS - len(theirs)
    assert caller not in {each["caller"] for each in left}
    with Archive(database_url(None, tmp_path)) as archive:
        assert archive.of_call(theirs[0]["call"]) == []


def test_a_call_keeps_its_record_until_its_recordings_can_be_deleted(tmp_path: Path, capsys: Captured) -> None:
    recorded.some(database_url(None, tmp_path), CALLS)
    call = records(capsys, tmp_path)[0]
    stuck = tmp_path / "recordings" / f"{call['call']}-1.wav"
    stuck.mkdir(parents=True)
    delete = ["calls", "--delete", call["caller"], "--yes", "--data-dir", str(tmp_path)]
    assert run(delete) == 2
    assert (
        f"{stuck}: Is a directory: this recording can't be deleted, so calls are still there" in capsys.readouterr().err
    )
    assert len(records(capsys, tmp_path)) == CALLS
    stuck.rmdir()
    assert run(delete) == 0
    assert capsys.readouterr().out.startswith("deleted: ")


def test_a_person_at_a_terminal_is_asked_first(kept: Path, capsys: Captured) -> None:
    caller = records(capsys, kept)[0]["caller"]
    here, there = pty.openpty()
    command = (sys.executable, "-m", "ivr", "calls", "--delete", caller, "--data-dir", str(kept))
    os.write(here, b"no\n")
    done = subprocess.run(command, stdin=there, capture_output=True, text=True, check=False)
    os.close(here)
    os.close(there)
    assert (
        done.stdout
        == f"Delete all that is kept of calls from {caller}? This can't be undone. [y/N] nothing was deleted\n"
    )
    assert done.returncode == 1
    with Archive(database_url(None, kept)) as archive:
        assert archive.read(lambda connection: number_of(connection, Wanted())) == CALLS
