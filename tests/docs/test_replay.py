"""docs/replay.md is right: its calls are made and kept as it says, and its commands tell what it shows.

`IVR_UPDATE_GOLDEN=1` writes what they tell anew.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import chdir
from pathlib import Path

import pytest

from ivr.calls.store.archive import Archive
from ivr.calls.store.engine import database_url
from ivr.cli import run
from ivr.core.echoes import SHORTEST
from ivr.core.effects import Fetch
from ivr.core.events import KeyPressed, LookupAnswered
from ivr.core.session import Call, begin
from ivr.document.load import load
from tests.replay.recorded import BEGAN, RecordedLine, kept_in

PAGE = Path(__file__).parents[2] / "docs" / "replay.md"
FLOW = re.compile(r"^```yaml (?P<name>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^```text ivr (?P<command>[^\n]+)\n(?P<told>.*?)^```$", re.MULTILINE | re.DOTALL)

PIN = "4711"
CALLS = {
    "call-17": f"9@4000 1@9000 4@13000 4@13400 7@14000 {PIN[0]}@17200 {PIN[1]}@17500 {PIN[2]}@17900 {PIN[3]}@18300",
    "call-18": "2@2000",
    "call-19": "2@3000",
}


def found(fetch: Fetch, now: int) -> LookupAnswered:
    return LookupAnswered(now + 180, fetch.lookup, 200, {}, {"state": "on its way", "weight": 12})


def keep_calls(folder: Path) -> None:
    """Serve the flow of the page, as far as journals are concerned."""
    files = {each["name"]: each["text"] for each in FLOW.finditer(PAGE.read_text("utf-8"))}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    loaded = load([folder / "parcel.yaml"], 2026)
    lines = []
    for name, script in CALLS.items():
        call = Call(name, "+919999999999", "+918000000001", "inbound", BEGAN)
        flow = loaded.flows["parcel"]
        line = RecordedLine(flow, begin(flow, call, {"PARCELS": "http://parcels.test"}), found)
        line.begin()
        for key, at in (each.split("@") for each in script.split()):
            line.advance(int(at))
            line.tell(KeyPressed(line.now, key))
        while line.session.phase != "done":
            line.happen()
        lines.append(line)
    kept_in(folder / "data", loaded, lines)


def test_the_commands_tell_what_the_page_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep_calls(tmp_path)
    page = PAGE.read_text("utf-8")
    codes = []
    with chdir(tmp_path):
        for block in COMMAND.finditer(page):
            codes.append(run([*block["command"].split(), "--data-dir", "data"]))
            told = capsys.readouterr().out
            if os.environ.get("IVR_UPDATE_GOLDEN") == "1":
                page = page.replace(block[0], f"```text ivr {block['command']}\n{told}```")
                PAGE.write_text(page, "utf-8")
            else:
                assert told == block["told"], "IVR_UPDATE_GOLDEN=1 pytest writes it anew"
    assert codes == [0, 1]
    shapes = [set(re.findall(r'"(\w+)"', each[1])) for each in re.finditer(r"^```json\n(.*?)```$", page, re.M | re.S)]
    for shape, arguments in zip(shapes, ([*CALLS], ["--flow", "new", *CALLS]), strict=True):
        with chdir(tmp_path):
            run(["replay", *arguments, "--data-dir", "data", "--format", "json"])
        told = json.loads(capsys.readouterr().out)
        assert {*told, *(key for calls in told.values() for call in calls for key in call)} <= shape
    with Archive(database_url(None, tmp_path / "data")) as archive:
        kept = archive.since(BEGAN)
    assert len(kept) == len(CALLS)
    assert not any(PIN in each.text for each in kept)
    assert SHORTEST == 3
