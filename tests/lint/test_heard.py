"""Phrases that `ivr hear` found confused or not understood are findings where they are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ivr.document.load import Loaded, load_sources
from ivr.document.source import read as read_source
from ivr.lint.checks.heard import HeardError, check, read

FLOW = """\
language: en-US
start: top
universals:
  - {press: 0, say: operator, next: bye}
nodes:
  top:
    type: menu
    choices:
      - {press: 1, say: [sales, deals], next: bye}
      - press: 2
        say: {en-US: Help, hi-IN: मदद}
        next: colour
  colour: {type: collect, into: colour, speech: [red, green], next: bye}
  bye: {type: hangup}
"""


@pytest.fixture
def loaded() -> Loaded:
    return load_sources({"main.yaml": read_source(FLOW, "main.yaml")}, 2026)


def phrase(text: str, right: int, wrong: int = 0, taken_for: str | None = None, trials: int = 20) -> dict[str, Any]:
    answer = {"phrase": text, "answer": "x", "avoid": None, "taken_for": taken_for}
    return {**answer, "trials": trials, "right": right, "wrong": wrong}


def node(name: str, *phrases: dict[str, Any], language: str = "en-US") -> dict[str, Any]:
    return {"node": name, "moment": "asks", "language": language, "phrases": list(phrases)}


def found(loaded: Loaded, folder: Path, *nodes: dict[str, Any], flow: str = "main") -> list[tuple[str, int, int]]:
    file = folder / "heard.json"
    file.write_text(json.dumps({"flow": flow, "nodes": list(nodes)}), "utf-8")
    return [(each.check, each.line, each.column) for each in sorted(check(loaded, [read(file)]))]


def test_phrases_are_found_where_they_are_written(loaded: Loaded, tmp_path: Path) -> None:
    top = node("top", phrase("sales", 20), phrase("deals", 9), phrase("Help", 15, 3, "sales"))
    colour = node("colour", phrase("red", 4, 10, "green"), phrase("green", 10))
    assert found(loaded, tmp_path, top, colour) == [
        ("unheard-phrase", 9, 33),
        ("confused-phrases", 11, 22),
        ("confused-phrases", 13, 50),
    ]


def test_the_message_has_the_figures(loaded: Loaded, tmp_path: Path) -> None:
    file = tmp_path / "heard.json"
    top = node("top", phrase("Help", 15, 3, "sales"), phrase("deals", 9))
    file.write_text(json.dumps({"flow": "main", "nodes": [top]}), "utf-8")
    unheard, confused = sorted(check(loaded, [read(file)]))
    assert confused.severity == "warning"
    assert "it gave another answer in 3 of 20 trials in en-US, most often that of “sales”" in confused.message
    assert "only 9 of 20 trials in en-US gave its answer" in unheard.message


def test_a_universal_is_told_of_once_by_its_worst_node(loaded: Loaded, tmp_path: Path) -> None:
    nodes = [node("top", phrase("operator", 8)), node("colour", phrase("operator", 2))]
    assert found(loaded, tmp_path, *nodes) == [("unheard-phrase", 4, 21)]
    [only] = check(loaded, [read(tmp_path / "heard.json")])
    assert "“colour”" in only.message


def test_phrases_of_another_language_stand_elsewhere(loaded: Loaded, tmp_path: Path) -> None:
    assert found(loaded, tmp_path, node("top", phrase("मदद", 1), language="hi-IN")) == [("unheard-phrase", 11, 35)]


@pytest.mark.parametrize(
    "measured",
    [
        node("top", phrase("sales", 10), phrase("Help", 18, 2, "sales")),  # just good enough
        node("top", phrase("offers", 0)),  # no longer in the flow
        node("top", phrase("Help", 15, 5, "support")),  # what it was confused with is gone
        node("gone", phrase("sales", 0)),
        node("colour", phrase("sales", 0)),
        node("top", phrase("sales", 0, trials=0)),
        node("top", {**phrase("1234", 0), "answer": None}),
    ],
)
def test_what_is_good_enough_or_gone_is_passed_over(loaded: Loaded, tmp_path: Path, measured: dict[str, Any]) -> None:
    assert found(loaded, tmp_path, measured) == []


def test_figures_of_another_flow_say_nothing(loaded: Loaded, tmp_path: Path) -> None:
    assert found(loaded, tmp_path, node("top", phrase("sales", 0)), flow="other") == []


@pytest.mark.parametrize(
    "text",
    [
        "", "no json", "[]", "{}", '{"flow": "main"}', '{"flow": 1, "nodes": []}', '{"flow": "main", "nodes": [1]}',
        '{"flow": "main", "nodes": [{"node": "a", "language": "en", "phrases": [{"answer": "x"}]}]}', "[" * 100_000,
    ],
)  # fmt: skip
def test_a_file_of_something_else_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "heard.json"
    file.write_text(text)
    with pytest.raises(HeardError, match=r"heard\.json: this is no file that"):
        read(file)
