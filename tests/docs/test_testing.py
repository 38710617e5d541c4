"""docs/testing.md is right: its files are written one after the other, and its commands say what it shows.

A block of YAML with a name is a file; a block of text that begins with `$ ivr test` is what that prints then.
`IVR_UPDATE_GOLDEN=1` writes these texts anew.
"""

from __future__ import annotations

import os
import re
import shlex
from contextlib import chdir
from pathlib import Path

import pytest

from ivr.cli import run

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"
BLOCK = re.compile(
    r"^```(?:yaml (?P<file>\S+)|text)\n(?:\$ ivr (?P<command>test\b[^\n]*)\n)?(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
SECONDS = re.compile(r"in \d+\.\d\d s$", re.MULTILINE)


def test_commands_say_what_the_page_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = PAGE.read_text("utf-8")
    told: list[str] = []

    def played(block: re.Match[str]) -> str:
        if block["file"]:
            file = tmp_path / block["file"]
            file.parent.mkdir(exist_ok=True)
            file.write_text(block["text"], "utf-8")
        if not block["command"]:
            return block[0]
        with chdir(tmp_path):
            run(shlex.split(block["command"]))
        told.append(SECONDS.sub("in 0.01 s", capsys.readouterr().out))
        return f"```text\n$ ivr {block['command']}\n{told[-1]}```"

    made = BLOCK.sub(played, page)
    if os.environ.get("IVR_UPDATE_GOLDEN") == "1":
        PAGE.write_text(made, "utf-8")
        page = made
    assert made == page
    assert len(told) == 3
    assert "FAILURES" in told[1]
    assert told[2].endswith("5 passed in 0.01 s\n")
