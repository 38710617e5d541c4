"""docs/flow-language.md does what it says: its examples are run, its tables compared with the schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ivr.core import input as input_keys
from ivr.core.node import Node
from ivr.document import finding
from ivr.document.load import Loaded, load_sources
from ivr.document.scenario_schema import STEP_KEYS
from ivr.document.scenarios import read_scenarios
from ivr.document.schema import FLOW
from ivr.document.source import read
from ivr.nodes import KINDS
from ivr.simulate.caller import run
from ivr.simulate.transcript import told

PAGE = Path(__file__).parents[2] / "docs" / "flow-language.md"
TEXT = PAGE.read_text()
BLOCK = re.compile(r"^```(?P<tag>[^\n]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)

TARGETS = ("next", "otherwise", "on_error", "on_failure", "on_hangup")
"""Keys that name a node."""
SURROUNDINGS = """\
variables: {account: "", balance: 0, name: "", team: "", tries: 0}
"""
"""What every fragment of a flow may use."""


@dataclass(frozen=True)
class Example:
    """One fenced block of the page."""

    kind: str
    """The second word after the fence: `flow`, `nodes`, `keys`, `scenario`, `bad`; `text` for a plain text."""
    name: str
    text: str
    line: int


def examples() -> list[Example]:
    """All blocks, in the order of the page."""
    found = []
    for block in BLOCK.finditer(TEXT):
        words = [*block["tag"].removeprefix("yaml").split(), "", ""]
        found.append(Example(words[0], words[1], block["text"], TEXT.count("\n", 0, block.start()) + 1))
    return found


def of_kind(*kinds: str) -> list[object]:
    return [pytest.param(each, id=f"line {each.line}") for each in examples() if each.kind in kinds]


def loaded(texts: Mapping[str, str]) -> Loaded:
    """The flows of some texts, by name."""
    return load_sources({f"{name}.yaml": read(text, f"{name}.yaml") for name, text in texts.items()}, 2026)


def flows_before(example: Example) -> dict[str, str]:
    """The flows of the page up to a block, so that one can call another."""
    return {each.name: each.text for each in examples() if each.kind == "flow" and each.line <= example.line}


def whole(example: Example) -> str:
    """A fragment as a flow: nodes that it names and does not have hang up."""
    indented = "".join(f"  {line}\n" for line in example.text.splitlines())
    text = SURROUNDINGS + (f"nodes:\n{indented}" if example.kind == "nodes" else f"{example.text}nodes:\n")
    fragment = read(example.text, "fragment.yaml").value or {}
    nodes = fragment if example.kind == "nodes" else {}
    stubs = [f"  {name}: {{type: hangup}}\n" for name in sorted({*named(fragment), "the_end"} - set(nodes))]
    return f"start: {next(iter(nodes), 'the_end')}\n{text}{''.join(stubs)}"


def named(value: Any) -> Iterator[str]:
    """The nodes that a fragment mentions."""
    match value:
        case dict():
            for key, inner in value.items():
                if key in TARGETS and isinstance(inner, str):
                    yield inner
                elif key == "goals":
                    yield from (node for nodes in inner.values() for node in nodes)
                else:
                    yield from named(inner)
        case list():
            for inner in value:
                yield from named(inner)


def test_every_block_of_yaml_is_run() -> None:
    kinds = {each.kind for each in examples()}
    assert kinds <= {"flow", "nodes", "keys", "scenario", "bad", "text"}


@pytest.mark.parametrize("example", of_kind("flow"))
def test_flow(example: Example) -> None:
    found = loaded(flows_before(example))
    assert finding.as_text(found.findings, found.lines) == ""
    assert example.name in found.flows


@pytest.mark.parametrize("example", of_kind("nodes", "keys"))
def test_fragment(example: Example) -> None:
    found = loaded({"fragment": whole(example)})
    assert finding.as_text(found.findings, found.lines) == ""


@pytest.mark.parametrize("example", of_kind("scenario"))
def test_scenario(example: Example) -> None:
    source = read(example.text, "scenario.test.yaml")
    scenarios, findings = read_scenarios(source)
    assert finding.as_text(findings, {source.file: source.lines}) == ""
    flows = loaded(flows_before(example)).flows
    for scenario in scenarios:
        outcome = run(scenario, flows[scenario.flow])
        assert outcome.passed, f"{scenario.name}: {outcome.message}\n{told(outcome.lines)}"


def test_bad_flows_are_followed_by_their_findings() -> None:
    blocks = examples()
    bad = [place for place, each in enumerate(blocks) if each.kind == "bad"]
    assert bad
    for place in bad:
        found = loaded({blocks[place].name: blocks[place].text})
        assert blocks[place + 1].kind == "text"
        assert blocks[place + 1].text == finding.as_text(found.findings, found.lines)


# Tables


def keys_of(section: str) -> list[str]:
    """The first column of the first table after a heading: the names in backticks."""
    lines = TEXT[TEXT.index(f"\n{section}\n") :].splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("|---"))
    found: list[str] = []
    for line in lines[start + 1 :]:
        if not line.startswith("|"):
            break
        found.extend(re.findall(r"`(\w+)`", line.split("|")[1]))
    return found


def own_keys(kind: type[Node]) -> dict[str, Any]:
    """The schema of what only this kind has; input keys have a table of their own."""
    shared = input_keys.SCHEMA if kind.is_input else {}
    return {name: schema for name, schema in kind.schema["properties"].items() if name not in shared}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.kind))
def test_the_table_of_a_kind_has_its_keys(kind: type[Node]) -> None:
    assert sorted(keys_of(f"### `{kind.kind}`")) == sorted(own_keys(kind))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.kind))
def test_the_table_of_a_kind_has_its_defaults(kind: type[Node]) -> None:
    lines = TEXT[TEXT.index(f"\n### `{kind.kind}`\n") :].splitlines()
    for name, schema in own_keys(kind).items():
        if "default" in schema:
            row = next(line for line in lines if line.startswith("|") and f"`{name}`" in line.split("|")[1])
            assert row.split("|")[2].strip(' `"').lower() == str(schema["default"]).lower()


def test_the_table_of_the_file_has_its_keys() -> None:
    assert sorted(keys_of("## The keys of a flow")) == sorted(FLOW)


def test_the_table_of_input_keys_has_them() -> None:
    assert sorted(keys_of("## Asking")) == sorted(input_keys.SCHEMA)


FILTERED = re.compile(r"^\| `[^`]+` \| `(?P<template>\{\{.*\}\})` \| (?P<gives>.*) \|$", re.MULTILINE)


@pytest.mark.parametrize("row", [pytest.param(row, id=row["template"]) for row in FILTERED.finditer(TEXT)])
def test_functions_and_filters_give_what_the_table_says(row: re.Match[str]) -> None:
    template = row["template"].replace("\\|", "|")
    flow = f"""
start: tell
hours: {{office: {{open: {{mon-sun: "00:00-24:00"}}}}}}
nodes:
  tell: {{type: hangup, prompt: '<{template.replace("'", "''")}>'}}
"""
    call = '{flow: table, scenarios: [{name: x, call: {now: "2026-11-23T10:30:00Z"}, steps: []}]}'
    ((scenario,), _) = read_scenarios(read(call, "table.test.yaml"))
    outcome = run(scenario, loaded({"table": flow}).flows["table"])
    assert [line.text for line in outcome.lines if line.who == "ivr"] == [f"<{row['gives']}>"]


def test_all_steps_of_scenarios_are_told() -> None:
    assert all(f"`{key}: " in TEXT for key in STEP_KEYS)


def test_links_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= anchors
