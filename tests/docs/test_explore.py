"""docs/explore.md is right: the scenario file that it shows is what `ivr explore` writes of its flow.

`IVR_UPDATE_GOLDEN=1` writes it anew.
"""

from __future__ import annotations

import os
import re
from contextlib import chdir
from pathlib import Path

import pytest

from ivr.cli import run

PAGE = Path(__file__).parents[2] / "docs" / "explore.md"
FLOW = re.compile(r"^```yaml (?P<file>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^```text\n\$ ivr (?P<command>[^\n]*)\n(?P<told>.*?)^```$", re.MULTILINE | re.DOTALL)
WRITTEN = re.compile(r"^```yaml\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_page_shows_what_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = PAGE.read_text("utf-8")
    flow, command = FLOW.search(page), COMMAND.search(page)
    assert flow is not None
    assert command is not None
    file = tmp_path / flow["file"]
    file.parent.mkdir()
    file.write_text(flow["text"], "utf-8")
    with chdir(tmp_path):
        assert run(command["command"].split()) == 0
        told = capsys.readouterr().err
        assert run(["test"]) == 0
    text = file.with_suffix(".test.yaml").read_text("utf-8")
    made = COMMAND.sub(lambda _: f"```text\n$ ivr {command['command']}\n{told}```", page)
    made = WRITTEN.sub(lambda _: f"```yaml\n{text}```", made)
    if os.environ.get("IVR_UPDATE_GOLDEN") == "1":
        PAGE.write_text(made, "utf-8")
        page = made
    assert made == page
