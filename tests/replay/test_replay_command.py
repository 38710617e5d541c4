"""`ivr replay`: calls by the names that people give them, on flows as they were in the year of the call."""

from __future__ import annotations

import json
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.calls.kept_flows import keep_flows
from ivr.cli import run
from ivr.core.events import KeyPressed
from ivr.core.session import Call, begin
from ivr.document.journal import Journal, read
from ivr.document.load import load
from ivr.replay.kept import NotKeptError, as_it_was, journal_files, year_of
from tests.conftest import nobody
from tests.replay.recorded import RecordedLine

FLOW = """
start: open
hours: {office: {open: {mon-fri: "09:00-18:00"}, holidays: IN}}
nodes:
  open: {type: branch, cases: [{when: is_open('office'), next: menu}], otherwise: closed}
  menu: {type: menu, prompt: Press 1., choices: [{press: 1, next: bye}]}
  closed: {type: hangup, prompt: We are closed.}
  bye: {type: hangup, prompt: Goodbye.}
"""
REPUBLIC_DAY_2024 = 1_706_263_200_000
"""A Friday, at ten in UTC."""
CALL_ID = "call one/2"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with one call, and beside it the flow."""
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "office.yaml").write_text(FLOW)
    loaded = load([flows / "office.yaml"], 2024)
    folder = tmp_path / "data"
    keep_flows(loaded, folder)
    flow = loaded.flows["office"]
    line = RecordedLine(flow, begin(flow, Call(CALL_ID, "+91", "+92", "inbound", REPUBLIC_DAY_2024), {}), nobody)
    line.begin()
    line.tell(KeyPressed(10, "1"))
    line.hang_up()
    (folder / "calls").mkdir()
    (folder / "calls" / f"{line.session.call.token}.jsonl").write_text(line.text())
    return folder


def only(data: Path) -> Path:
    return next((data / "calls").iterdir())


def journal(data: Path) -> Journal:
    return read(only(data).read_bytes(), "x")


def test_calls_are_found_by_id_token_file_and_folder(data: Path) -> None:
    path = only(data)
    second = path.with_name(f"{path.stem}.2.jsonl")
    second.write_bytes(path.read_bytes())
    assert journal_files([CALL_ID], data) == [second, path]
    assert journal_files([path.stem], data) == [second, path]
    assert journal_files([str(path), str(data / "calls")], data) == [path, second]
    with pytest.raises(NotKeptError, match="other: this is no file, and no call that has a journal in"):
        journal_files(["other"], data)


def test_hours_are_those_of_the_year_of_the_call(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["replay", CALL_ID, "--data-dir", str(data)]) == 0
    assert "open: no case holds, so “closed”" in capsys.readouterr().out
    assert run(["replay", CALL_ID, "--flow", str(data.parent / "flows"), "--data-dir", str(data)]) == 0


def test_a_call_at_new_year_may_need_the_holidays_of_the_old_one(data: Path) -> None:
    head = journal(data).head
    assert year_of(head) == 2024
    at_midnight = replace(head, call=replace(head.call, began=1_704_067_200_000))
    assert year_of(at_midnight) == 2023


def test_the_flow_as_it_was_must_be_there(data: Path) -> None:
    head = journal(data).head
    with pytest.raises(NotKeptError, match="the flow “office” as it was is not kept in"):
        as_it_was(replace(head, fingerprint="0000"), data)
    kept = data / "flows" / head.fingerprint / "office.yaml"
    kept.write_text(FLOW.replace("09:00", "10:00"))
    with pytest.raises(NotKeptError, match="is not the flow “office” as it was"):
        as_it_was(head, data)


def test_a_decision_that_differs_is_shown_and_the_exit_code_tells(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = only(data)
    path.write_text(path.read_text().replace('"otherwise"', '"cases.0"'))
    assert run(["replay", str(path), "--data-dir", str(data)]) == 1
    told = capsys.readouterr().out
    assert f"{path}:2: at 0.000 s the decisions differ" in told
    assert "  ! then: open → cases.0\n  !  now: open → otherwise\n" in told
    assert run(["replay", str(path), "--format", "json", "--data-dir", str(data)]) == 1
    [found] = json.loads(capsys.readouterr().out)["calls"]
    assert (found["call"], found["flow"], found["same"], found["difference"]["line"]) == (CALL_ID, "office", False, 2)


def test_a_journal_that_was_cut_off_says_so(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = only(data)
    path.write_bytes(path.read_bytes()[:-30])
    assert run(["replay", str(path), "--data-dir", str(data)]) == 0
    assert "the journal is cut off here; what came after is not known\n" in capsys.readouterr().out


def test_calls_on_another_flow_as_json(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = tmp_path / "new.yaml"
    new.write_text(FLOW.replace("holidays: IN", "closed: []"))
    assert run(["replay", CALL_ID, "--flow", str(new), "--format", "json", "--data-dir", str(data)]) == 1
    told = json.loads(capsys.readouterr().out)
    [found] = told["calls"]
    assert (found["verdict"], found["at"], found["node"]) == ("parts", 0, "open")
    assert (found["then"], found["now"]) == ("otherwise → closed", "cases.0 → menu")
    assert told["parting"] == [
        {"flow": "office", "node": "open", "then": found["then"], "now": found["now"], "calls": 1}
    ]


WRONG = [
    (["replay", "nobody"], "no call that has a journal"),
    (["replay", CALL_ID, "--flow", "missing.yaml"], "there is no such file or folder"),
    (["replay", CALL_ID, "--flow", "broken.yaml"], "this is no file of a flow without errors"),
    (["replay", "broken.jsonl"], "broken.jsonl:1: this is no line of a journal"),
    (["replay", "empty"], "there are no journals (*.jsonl) there"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[case[1] for case in WRONG])
def test_what_cannot_be_replayed(
    arguments: list[str],
    message: str,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "broken.yaml").write_text("start: x")
    (tmp_path / "broken.jsonl").write_text("x\n")
    (tmp_path / "empty").mkdir()
    with chdir(tmp_path):
        assert run([*arguments, "--data-dir", str(data)]) == 2
    assert message in capsys.readouterr().err
