"""The quick look at data says yes just where jsonschema finds no fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from ivr.document.fits import fits
from ivr.document.read import FLOW_SCHEMA, NODE_SCHEMAS
from ivr.document.scenario_schema import FILE
from ivr.document.schema import DEFS
from ivr.document.source import read
from ivr.document.validation import validator

FLOWS = Path(__file__).parent.parent / "flows"
PLAIN: tuple[Any, ...] = (None, True, 0, 1, -1, 1.0, 12, "", "x", "x\n", "5s", "9\n", "none", "2026-12-25", "en-US")
LISTS: tuple[Any, ...] = ([], ["a", 1], [[]])
MAPPINGS: tuple[Any, ...] = ({}, {"en-US": "x"}, {"en-US": ["x"], "de": 1}, {"x y": 1}, {"text": "x", "audio": "y"})


def edited(value: Any) -> Iterator[Any]:
    """Copies of data with one edit each: every value replaced by something odd, or left out, and a key more."""
    odd = cycle((*PLAIN, *LISTS, *MAPPINGS))

    def within(value: Any) -> Iterator[Any]:
        yield next(odd)
        yield next(odd)
        match value:
            case dict():
                yield {**value, "more": next(odd)}
                for key, inner in value.items():
                    yield {other: each for other, each in value.items() if other != key}
                    yield from ({**value, key: each} for each in within(inner))
            case list():
                for place, inner in enumerate(value):
                    yield from ([*value[:place], each, *value[place + 1 :]] for each in within(inner))

    yield value
    yield from within(value)


def documents(folder: str) -> Iterator[Any]:
    for path in sorted((FLOWS / folder).rglob("*.yaml")):
        value = read(path.read_bytes(), path.name).value
        if value is not None:
            yield value


def agree(value: Any, schema: Mapping[str, Any]) -> None:
    assert fits(value, schema, DEFS) == validator()({**schema, "$defs": DEFS}).is_valid(value), value


@pytest.mark.parametrize("folder", ["ok", "bad"])
def test_it_agrees_on_whole_flows(folder: str) -> None:
    for value in documents(folder):
        agree(value, FLOW_SCHEMA)


@pytest.mark.parametrize("kind", sorted(NODE_SCHEMAS))
def test_it_agrees_on_edited_nodes(kind: str) -> None:
    nodes = [node for value in documents("ok") for node in value["nodes"].values() if node["type"] == kind]
    fullest = sorted(nodes, key=lambda node: (len(node), len(repr(node))))[-3:]
    for node in fullest:
        for each in edited(node):
            agree(each, NODE_SCHEMAS[kind])


def test_it_agrees_on_edited_flows() -> None:
    fullest = max(documents("ok"), key=lambda value: (len(value), -len(repr(value))))
    for each in edited({**fullest, "nodes": {"bye": {"type": "hangup"}}}):
        agree(each, FLOW_SCHEMA)


def test_it_agrees_on_edited_scenarios() -> None:
    steps = [{"hear": "x"}, {"press": 1}, {"wait": "5s"}, {"hang_up": True}]
    for each in edited({"flow": "main", "scenarios": [{"name": "x", "steps": steps}]}):
        agree(each, FILE)


def test_other_keywords_are_not_passed_over() -> None:
    with pytest.raises(KeyError, match="contains"):
        fits([], {"contains": {}}, {})
