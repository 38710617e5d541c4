"""What the README and the operator's page show is what the program has."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from ivr import config
from ivr.cli import COMMANDS, run
from ivr.core.events import SpeechBegan, SpeechEnded
from ivr.core.flow import Flow

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
SERVING = (ROOT / "docs" / "serving.md").read_text("utf-8")
SPEECH = (ROOT / "docs" / "speech.md").read_text("utf-8")
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))


def test_the_first_flow_is_whole_and_answers_calls(flow_of: Callable[..., Flow], call: Callable[..., object]) -> None:
    shown = re.search(r"```yaml\n(# flows/hello\.yaml.*?)```", README, re.DOTALL)
    assert shown is not None
    line = call(flow_of(shown[1])).press("1@6000")  # type: ignore[attr-defined]  # the fixture gives a Line
    line.advance(60_000)
    assert "We are open from nine to six." in line.heard
    assert (line.session.phase, line.session.ended_by) == ("done", "bye")


def test_what_lint_says_of_the_first_flow_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = re.search(r"```yaml\n(# flows/hello\.yaml.*?)```", README, re.DOTALL)
    told = re.search(r"```text\n(flows/hello\.yaml.*?)```", README, re.DOTALL)
    assert shown is not None
    assert told is not None
    (tmp_path / "flows").mkdir()
    flow = tmp_path / "flows" / "hello.yaml"
    mistaken = shown[1].replace("on_failure: bye", "on_failure: menu").replace("hours press 1", "hours press 3")
    with chdir(tmp_path):
        flow.write_text(shown[1])
        assert run(["lint", "flows"]) == 0
        assert capsys.readouterr().out == ""
        flow.write_text(mistaken)
        assert run(["lint", "flows"]) == 1
        assert capsys.readouterr().out == told[1]


@pytest.mark.parametrize("page", [README, SERVING], ids=["README.md", "serving.md"])
def test_commands_that_are_shown_exist(page: str) -> None:
    known = {command.name for command in COMMANDS}
    shown = set(re.findall(r"\bivr (?!for|is|serves)([a-z]+) (?:flows/|main|balance|FLOW|>)", page))
    assert shown
    assert shown <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text("utf-8")):
        name, _, heading = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}, target


def test_the_flow_that_listens_takes_words(flow_of: Callable[..., Flow], call: Callable[..., Any]) -> None:
    shown = re.search(r"```yaml\n(.*?)```", SPEECH, re.DOTALL)
    assert shown is not None
    line = call(flow_of(shown[1]))
    for at, said in ((8_000, "doctor"), (14_000, "one two three"), (16_500, "double four six"), (24_000, "yes")):
        for event in (SpeechBegan(at), SpeechEnded(at + 900, said, 0.9)):
            line.advance(event.at - 1)
            line.now = event.at
            line.tell(event)
    line.advance(60_000)
    assert "I understood 1 2 3 4 4 6. Is that right?" in line.heard
    assert line.session.ended_by == "done"


def test_the_table_of_settings_is_that_of_the_program() -> None:
    assert SERVING.split("<!-- settings -->\n")[1] == config.as_table()
