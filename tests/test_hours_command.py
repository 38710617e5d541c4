"""`ivr hours`: what it says of opening hours, and of what it can't answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr import cli

FLOW = """\
start: bye
hours:
  office:
    timezone: Asia/Kolkata
    open: {mon-fri: "09:00-13:00, 14:00-18:00", sat: "10:00-14:00"}
    closed: ["2026-12-28"]
    special: {"2026-12-24": "09:00-12:00"}
    holidays: IN
  helpline:
    timezone: Europe/Berlin
    open: {mon-sat: "00:00-24:00", sun: "00:00-24:00"}
  night:
    timezone: Europe/Berlin
    open: {mon-sun: "01:00-02:30"}
  never: {open: {}}
nodes:
  bye: {type: hangup}
"""

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def flow(tmp_path: Path) -> str:
    file = tmp_path / "main.yaml"
    file.write_text(FLOW)
    return str(file)


@pytest.mark.parametrize(
    ("name", "at", "told"),
    [
        ("office", "2026-11-23 10:00", ["open: Monday 09:00-13:00", "Asia/Kolkata; closes Monday 2026-11-23 13:00"]),
        ("office", "2026-11-23T10:00", ["open: Monday 09:00-13:00", "closes Monday 2026-11-23 13:00"]),
        ("office", "2026-11-23 9:00", ["open: Monday 09:00-13:00", "closes Monday 2026-11-23 13:00"]),
        ("office", "2026-11-23 13:00", ["closed: 13:00 is outside of Monday", "opens Monday 2026-11-23 14:00"]),
        ("office", "2026-11-23T10:00Z", ["open: Monday 14:00-18:00", "at Monday 2026-11-23 15:30"]),
        ("office", "2026-11-23 10:00 -0800", ["closed: 23:30 is outside", "at Monday 2026-11-23 23:30"]),
        ("office", "2026-12-24 12:30", ["closed: 12:30 is outside of 2026-12-24 (special hours)", "2026-12-26 10:00"]),
        ("office", "2026-12-25 10:00", ["closed: 2026-12-25 is Christmas", "opens Saturday 2026-12-26 10:00"]),
        ("office", "2026-12-26 15:00", ["closed: 15:00 is outside of Saturday", "opens Tuesday 2026-12-29 09:00"]),
        ("office", "2019-08-15 10:00", ["closed: 2019-08-15 is Independence Day"]),
        ("office", "2033-01-26 10:00", ["closed: 2033-01-26 is Republic Day"]),
        ("helpline", "2026-11-23 10:00", ["open: Monday 00:00-24:00", "does not close within a year"]),
        ("never", "2026-11-23 10:00", ["closed: Monday has no hours", "UTC; does not open within a year"]),
        ("night", "2027-03-28 02:15", ["there is no 02:15 on that day: clocks go from 02:00 to 03:00", "03:15"]),
        ("night", "2026-10-25 02:15", ["02:15 comes twice on that day: clocks go from 03:00 to 02:00"]),
    ],
)
def test_open_or_closed_and_why(flow: str, capsys: Captured, name: str, at: str, told: list[str]) -> None:
    assert cli.run(["hours", flow, "--name", name, "--at", at]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{name}  ")
    for each in told:
        assert each in said


def test_all_entries_stand_in_a_column(flow: str, capsys: Captured) -> None:
    assert cli.run(["hours", flow, "--at", "2026-11-23 10:00"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "office    open: Monday 09:00-13:00",
        "          at Monday 2026-11-23 10:00 Asia/Kolkata; closes Monday 2026-11-23 13:00",
        "helpline  open: Monday 00:00-24:00",
        "          at Monday 2026-11-23 10:00 Europe/Berlin; does not close within a year",
        "night     closed: 10:00 is outside of Monday 01:00-02:30",
        "          at Monday 2026-11-23 10:00 Europe/Berlin; opens Tuesday 2026-11-24 01:00",
        "never     closed: Monday has no hours",
        "          at Monday 2026-11-23 10:00 UTC; does not open within a year",
    ]


def test_for_programs(flow: str, capsys: Captured) -> None:
    assert cli.run(["hours", flow, "--name", "night", "--at", "2026-10-25 02:15", "--format", "json"]) == 0
    [night] = json.loads(capsys.readouterr().out)["hours"]
    assert night == {
        "name": "night",
        "timezone": "Europe/Berlin",
        "at": "2026-10-25T02:15+02:00",
        "open": True,
        "why": "open: Sunday 01:00-02:30",
        "closes": "2026-10-25T02:30+02:00",
        "note": "02:15 comes twice on that day: clocks go from 03:00 to 02:00; this is the first",
    }


def test_without_a_time_it_is_now(flow: str, capsys: Captured) -> None:
    before = datetime.now(UTC)
    assert cli.run(["hours", flow, "--format", "json"]) == 0
    for each in json.loads(capsys.readouterr().out)["hours"]:
        assert abs((datetime.fromisoformat(each["at"]) - before).total_seconds()) < 120


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--at", "tomorrow"], "“tomorrow” is no date and time: expected one such as “2026-12-25 10:00”"),
        (["--at", "2026-12-25"], "“2026-12-25” is no date and time: expected one such as “2026-12-25 10:00”"),
        (["--at", "2026-02-30 10:00"], "is no date and time (day is out of range for month)"),
        (["--at", "2026-12-25 25:00"], "is no date and time (hour must be in 0..23)"),
        (["--at", "2026-12-25T10:00+99:00"], "is no date and time"),
        (["--at", "0001-01-01 00:00"], "is too far away: expected a year from 1970 to 2099"),
        (["--at", "9999-12-31 23:59Z"], "is too far away"),
        (["--name", "ofice"], "there is no entry of hours “ofice” (did you mean “office”?); there are “office”"),
    ],
)
def test_wrong_use(flow: str, capsys: Captured, arguments: list[str], words: str) -> None:
    assert cli.run(["hours", flow, *arguments]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""


def test_no_hours_and_no_flow(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "plain.yaml").write_text("{start: bye, nodes: {bye: {type: hangup}}}")
    assert cli.run(["hours", str(tmp_path / "plain.yaml")]) == 2
    assert "this flow has no hours" in capsys.readouterr().err
    for path in (tmp_path, tmp_path / "missing.yaml"):
        assert cli.run(["hours", str(path)]) == 2
        assert "this is no file of a flow without errors" in capsys.readouterr().err
