"""`ivr replay`: calls by the names that people give them, on flows as they were in the year of the call."""

from __future__ import annotations

import json
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.calls.store.archive import Archive
from ivr.calls.store.engine import database_url
from ivr.cli import run
from ivr.core.events import KeyPressed
from ivr.core.session import Call, begin
from ivr.document.journal import Head, Journal, read
from ivr.document.kept import KeptFlow
from ivr.document.load import load
from ivr.replay.kept import FlowsOfThen, NotKeptError, flows_in, year_of
from tests.conftest import nobody
from tests.replay.recorded import RecordedLine, kept_in

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
    """A data directory whose store has one call, and beside it the flow, and the journal as a file."""
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "office.yaml").write_text(FLOW)
    loaded = load([flows / "office.yaml"], 2024)
    flow = loaded.flows["office"]
    line = RecordedLine(flow, begin(flow, Call(CALL_ID, "+91", "+92", "inbound", REPUBLIC_DAY_2024), {}), nobody)
    line.begin()
    line.tell(KeyPressed(10, "1"))
    line.hang_up()
    kept_in(tmp_path / "data", loaded, [line])
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / f"{line.session.call.token}.jsonl").write_text(line.text())
    return tmp_path / "data"


def only(data: Path) -> Path:
    return next((data.parent / "files").iterdir())


def journal(data: Path) -> Journal:
    return read(only(data).read_bytes(), "x")


def replay(data: Path, *arguments: str) -> int:
    """The exit code of the command."""
    return run(["replay", *arguments, "--data-dir", str(data)])


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_calls_are_found_by_id_token_file_folder_and_time(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = only(data)
    assert replay(data, path.stem) == 0
    of_token = told(capsys)
    assert of_token.startswith(f"call {CALL_ID} on “office”")
    for arguments in ((CALL_ID,), ("--since", "2024-01-26"), ("--since", "2024-01-26T10:00Z"), ("--since", "3650d")):
        assert replay(data, *arguments) == 0
        assert told(capsys) == of_token
    assert replay(data, str(path)) == 0
    assert told(capsys) == f"{path}: {of_token}"
    assert replay(data, str(path.parent), CALL_ID) == 0
    assert told(capsys) == f"{path}: {of_token}\n{of_token}"
    assert replay(data, "--since", "2024-01-26T10:01") == 2


def test_what_is_in_the_store_is_what_was_written_as_a_file(data: Path) -> None:
    with Archive(database_url(None, data)) as archive:
        [kept] = archive.of_call(CALL_ID)
    assert kept.text == only(data).read_text()


def test_hours_are_those_of_the_year_of_the_call(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay(data, CALL_ID) == 0
    assert "open: no case holds, so “closed”" in told(capsys)
    assert replay(data, CALL_ID, "--flow", str(data.parent / "flows")) == 0


def test_a_call_at_new_year_may_need_the_holidays_of_the_old_one(data: Path) -> None:
    head = journal(data).head
    assert year_of(head) == 2024
    at_midnight = replace(head, call=replace(head.call, began=1_704_067_200_000))
    assert year_of(at_midnight) == 2023


def test_the_flow_as_it_was_must_be_there(data: Path) -> None:
    head = journal(data).head
    with Archive(database_url(None, data)) as archive:
        assert FlowsOfThen(archive.flow, data).of(head).fingerprint == head.fingerprint
        with pytest.raises(NotKeptError, match="the flow “office” as it was is not kept in the store, nor in"):
            FlowsOfThen(archive.flow, data).of(replace(head, fingerprint="0000"))
        kept = archive.flow(head.fingerprint)
    assert kept is not None
    other = replace(kept, texts={"office": FLOW.replace("09:00", "10:00")})
    with pytest.raises(NotKeptError, match="what the store has is not the flow “office” as it was"):
        FlowsOfThen(lambda _: other, data).of(head)


def test_flows_of_an_older_version_are_in_files(data: Path) -> None:
    def nothing(_: str) -> KeptFlow | None:
        return None

    head: Head = journal(data).head
    folder = data / "flows" / head.fingerprint
    folder.mkdir(parents=True)
    (folder / "office.yaml").write_text(FLOW)
    assert FlowsOfThen(nothing, data).of(head).fingerprint == head.fingerprint
    (folder / "office.yaml").write_text(FLOW.replace("09:00", "10:00"))
    flows_in.cache_clear()
    with pytest.raises(NotKeptError, match="is not the flow “office” as it was"):
        FlowsOfThen(nothing, data).of(head)


def test_a_decision_that_differs_is_shown_and_the_exit_code_tells(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = only(data)
    path.write_text(path.read_text().replace('"otherwise"', '"cases.0"'))
    assert replay(data, str(path)) == 1
    shown = told(capsys)
    assert f"{path}:2: at 0.000 s the decisions differ" in shown
    assert "  ! then: open → cases.0\n  !  now: open → otherwise\n" in shown
    assert replay(data, str(path), "--format", "json") == 1
    [found] = json.loads(told(capsys))["calls"]
    assert (found["call"], found["flow"], found["same"], found["difference"]["line"]) == (CALL_ID, "office", False, 2)


def test_a_journal_that_was_cut_off_says_so(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = only(data)
    path.write_bytes(path.read_bytes()[:-30])
    assert replay(data, str(path)) == 0
    assert "the journal is cut off here; what came after is not known\n" in told(capsys)


def test_calls_on_another_flow_as_json(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = tmp_path / "new.yaml"
    new.write_text(FLOW.replace("holidays: IN", "closed: []"))
    assert replay(data, CALL_ID, "--flow", str(new), "--format", "json") == 1
    shown = json.loads(told(capsys))
    [found] = shown["calls"]
    assert (found["verdict"], found["at"], found["node"]) == ("parts", 0, "open")
    assert (found["then"], found["now"]) == ("otherwise → closed", "cases.0 → menu")
    assert shown["parting"] == [
        {"flow": "office", "node": "open", "then": found["then"], "now": found["now"], "calls": 1}
    ]


WRONG = [
    (["replay", "nobody"], "no call that has a journal"),
    (["replay", CALL_ID, "--flow", "missing.yaml"], "there is no such file or folder"),
    (["replay", CALL_ID, "--flow", "broken.yaml"], "this is no file of a flow without errors"),
    (["replay", "broken.jsonl"], "broken.jsonl:1: this is no line of a journal"),
    (["replay", "empty"], "there are no journals (*.jsonl) there"),
    (["replay"], "which calls? Name them by their ids, or all of a time by --since 12h"),
    (["replay", "--since", "yesterday"], "--since: expected a time such as 2026-01-31 or 12h; got 'yesterday'"),
    (["replay", "--since", "1s"], "no call since 1s has a journal in sqlite:///"),
    (["replay", "x", "--database", "sqlite:///elsewhere.db"], "x: this is no file, and no call that has a journal in"),
    (["replay", "x", "--database", "sqlite:///broken.jsonl"], "broken.jsonl: the store can't be read: file is not a"),
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
