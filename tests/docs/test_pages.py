"""What the README and the operator's page show is what the program has."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr import config
from ivr.cli import COMMANDS
from ivr.core.flow import Flow

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
SERVING = (ROOT / "docs" / "serving.md").read_text("utf-8")


def test_the_first_flow_is_whole_and_answers_calls(flow_of: Callable[..., Flow], call: Callable[..., object]) -> None:
    shown = re.search(r"```yaml\n(# flows/hello\.yaml.*?)```", README, re.DOTALL)
    assert shown is not None
    line = call(flow_of(shown[1])).press("1@6000")  # type: ignore[attr-defined]  # the fixture gives a Line
    line.advance(60_000)
    assert "We are open from nine to six." in line.heard
    assert (line.session.phase, line.session.ended_by) == ("done", "bye")


@pytest.mark.parametrize("page", [README, SERVING], ids=["README.md", "serving.md"])
def test_commands_that_are_shown_exist(page: str) -> None:
    known = {command.name for command in COMMANDS}
    shown = set(re.findall(r"\bivr (?!for|is|serves)([a-z]+) (?:flows/|main|balance|FLOW|>)", page))
    assert shown
    assert shown <= known


def test_links_lead_to_files() -> None:
    for page, folder in ((README, ROOT), (SERVING, ROOT / "docs")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page):
            assert (folder / target).exists(), target


def test_the_table_of_settings_is_that_of_the_program() -> None:
    assert SERVING.split("<!-- settings -->\n")[1] == config.as_table()
