"""Journals are written by a thread of their own, whatever becomes of the disk, and are deleted when they are old."""

from __future__ import annotations

import logging
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.calls.journals import Journals
from ivr.calls.kept_flows import keep_flows
from ivr.core.events import Answered, HungUp, KeyPressed
from ivr.core.flow import Flow
from ivr.core.session import Call, begin
from ivr.core.step import step
from ivr.document.journal import read
from ivr.document.load import flow_files, load
from ivr.media.wav import duration_ms, header
from ivr.replay.kept import flows_in

FLOW = """
    start: menu
    nodes:
      menu: {type: menu, prompt: Well?, choices: [{press: 1, next: bye}]}
      bye: {type: hangup, prompt: Goodbye.}
"""
DAY_MS = 86_400_000


@pytest.fixture
def flow(flow_of: Callable[..., Flow]) -> Flow:
    return flow_of(FLOW)


def call(kept: Journals, flow: Flow, name: str = "c1", presses: str = "79", *, ends: bool = True) -> None:
    """Make a whole call, without waiting for anything."""
    session = begin(flow, Call(name, "+91", "+92", "inbound", 0), {})
    journal = kept.begin(flow, session)
    keys = (KeyPressed(at, key) for at, key in enumerate(presses, 1))
    for event in (Answered(0), *keys, *((HungUp(99),) if ends else ())):
        before = session
        session, effects = step(flow, before, event)
        journal.step(before, event, session, effects)
    if ends:
        journal.end(session)
        journal.end(session)  # What is told twice is written once.


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; nothing is needed of the event loop for it."""
    patience = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < patience
        time.sleep(0.02)


async def test_all_that_happens_is_in_the_file_once_the_server_has_ended(tmp_path: Path, flow: Flow) -> None:
    kept = Journals(tmp_path, DAY_MS, {})
    for number in range(20):
        call(kept, flow, f"call {number}")
    call(kept, flow, "cut-off", ends=False)
    await kept.aclose()
    await kept.aclose()
    files = sorted((tmp_path / "calls").iterdir())
    found = [read(path.read_bytes(), str(path)) for path in files]
    assert len(found) == 21
    assert sorted(each.head.call.id for each in found) == sorted([*(f"call {n}" for n in range(20)), "cut-off"])
    for path, each in zip(files, found, strict=True):
        assert path.name == f"{each.head.call.token}.jsonl"
        assert len(each.entries) == (3 if each.head.call.id == "cut-off" else 4)
        assert (each.ending is None) is (each.head.call.id == "cut-off")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "calls").stat().st_mode) == 0o700
    assert kept.unwritten == 0


async def test_what_happens_is_soon_in_the_file(tmp_path: Path, flow: Flow) -> None:
    kept = Journals(tmp_path, DAY_MS, {})
    call(kept, flow, ends=False)
    path = tmp_path / "calls" / "c1.jsonl"
    until(lambda: path.exists() and path.read_bytes().count(b"\n") == 4)
    await kept.aclose()


async def test_a_second_call_of_the_same_id_has_a_file_of_its_own(tmp_path: Path, flow: Flow) -> None:
    for keys in ("7", "77"):
        kept = Journals(tmp_path, DAY_MS, {})
        call(kept, flow, presses=keys)
        await kept.aclose()
    found = {path.name: len(read(path.read_bytes(), "").entries) for path in (tmp_path / "calls").iterdir()}
    assert found == {"c1.jsonl": 3, "c1.2.jsonl": 4}


async def test_a_folder_that_cannot_be_written_costs_journals_and_no_calls(
    tmp_path: Path, flow: Flow, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "calls").write_text("a file where a folder should be")
    with caplog.at_level(logging.ERROR):
        kept = Journals(tmp_path, DAY_MS, {})
        for number in range(5):
            call(kept, flow, str(number))
        await kept.aclose()
    assert kept.unwritten == 5
    assert [record.message for record in caplog.records] == ["journals can't be written"]


async def test_a_journal_whose_file_is_gone_ends_there(tmp_path: Path, flow: Flow) -> None:
    kept = Journals(tmp_path, DAY_MS, {})
    session = begin(flow, Call("c1", "+91", "+92", "inbound", 0), {})
    journal = kept.begin(flow, session)
    path = tmp_path / "calls" / "c1.jsonl"
    until(path.exists)
    path.unlink()
    journal.end(session)
    await kept.aclose()
    assert not path.exists()
    assert kept.unwritten == 1


async def test_a_disk_that_hangs_costs_no_memory(tmp_path: Path, flow: Flow) -> None:
    kept = Journals(tmp_path, DAY_MS, {}, most_waiting=20)
    session = begin(flow, Call("c1", "+91", "+92", "inbound", 0), {})
    journal = kept.begin(flow, session)
    path = tmp_path / "calls" / "c1.jsonl"
    until(path.exists)
    path.unlink()
    os.mkfifo(path)  # Who opens it to write waits until somebody reads.
    patience = time.monotonic() + 30
    while not kept.unwritten:
        assert time.monotonic() < patience
        journal.step(session, KeyPressed(1, "1"), session, ())
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    await kept.aclose()
    os.close(reader)
    assert kept.unwritten == 1


async def test_what_is_old_is_deleted(tmp_path: Path, flow: Flow) -> None:
    old, young, served = time.time() - 3 * 86_400, time.time() - 86_400, flow.fingerprint
    for name, age in (("old", old), ("young", young)):
        path = tmp_path / "calls" / f"{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
        os.utime(path, (age, age))
        kept_flow = tmp_path / "flows" / name / "audio_prompts"
        kept_flow.mkdir(parents=True)
        (kept_flow / "x.wav").write_bytes(b"")
        os.utime(kept_flow.parent, (age, age))
    (tmp_path / "flows" / served).mkdir()
    os.utime(tmp_path / "flows" / served, (old, old))
    kept = Journals(tmp_path, 2 * DAY_MS, {}, [flow])
    await kept.aclose()
    assert [path.name for path in (tmp_path / "calls").iterdir()] == ["young.jsonl"]
    assert {path.name for path in (tmp_path / "flows").iterdir()} == {"young", served}


def test_flows_are_kept_with_what_they_call_and_the_lengths_of_their_recordings(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    (flows / "audio_prompts" / "hi-IN").mkdir(parents=True)
    for name, samples in (("hold.wav", 12_345), ("hi-IN/hold.wav", 8_000)):
        (flows / "audio_prompts" / name).write_bytes(header(samples) + bytes(2 * samples))
    texts = {
        "main": "\ufeffstart: a\r\nnodes:\r\n  a: {type: subflow, flow: inner, next: b}\r\n  b: {type: hangup}",
        "inner": "start: a\nnodes: {a: {type: play, prompt: {audio: hold.wav}, next: b}, b: {type: return}}\n",
        "other": "start: a\nnodes: {a: {type: hangup, prompt: Bye.}}\n",
    }
    for name, text in texts.items():
        (flows / f"{name}.yaml").write_bytes(text.encode())
    loaded = load(flow_files(flows), 2026)
    data = tmp_path / "data"
    for _ in range(2):
        keep_flows(loaded, data)
    kept = data / "flows"
    assert {path.name for path in kept.iterdir()} == {loaded.flows[name].fingerprint for name in ("main", "other")}
    folder = kept / loaded.flows["main"].fingerprint
    assert {path.name for path in folder.glob("*.yaml")} == {"main.yaml", "inner.yaml"}
    found = flows_in(folder, 2026)["main"]
    assert found.fingerprint == loaded.flows["main"].fingerprint
    lengths = {}
    for name in ("hold.wav", "hi-IN/hold.wav"):
        with (folder / "audio_prompts" / name).open("rb") as file:
            lengths[name] = duration_ms(file)
    assert lengths == {"hold.wav": 1543, "hi-IN/hold.wav": 1000}
