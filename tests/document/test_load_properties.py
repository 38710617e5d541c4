"""Whatever an author writes, loading gives flows or findings, and never breaks off."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.document.load import load_sources
from ivr.document.scenarios import read_scenarios
from ivr.document.source import Source, read

FOLDER = Path(__file__).parent.parent
WHOLE = [read(path.read_bytes(), path.name).value for path in sorted((FOLDER / "flows" / "ok").glob("*.y*ml"))]
TALKS = [read(path.read_bytes(), path.name).value for path in sorted((FOLDER / "talks").glob("*.test.yaml"))]

KEYS = ("type", "next", "prompt", "text", "audio", "choices", "press", "say", "en-US", "into", "digits", "min", "x")
WORDS = ("menu", "yes", "none", "{{ a }}", "{{ a", "a |", "5s", "#", "12", "", "../x.wav", "*", "en-US", "1e999", "\n")
strange = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from([0, -1, 1, 7, 10**30, 1.0, 0.5, -0.0, 1e-7, 1e300, float("inf"), float("nan")])
    | st.sampled_from(WORDS)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every mapping or list in plain data, with each of its keys or indexes."""
    match value:
        case dict():
            for key, inner in value.items():
                yield value, key
                yield from places(inner)
        case list():
            for index, inner in enumerate(value):
                yield value, index
                yield from places(inner)


def mutilated(data: st.DataObject, value: Any) -> Any:
    """A copy in which one value is replaced, removed, or joined by another."""
    changed = copy.deepcopy(value)
    for _ in range(data.draw(st.integers(1, 3))):
        found = list(places(changed))
        if not found:
            break
        holder, key = found[data.draw(st.integers(0, len(found) - 1))]
        match data.draw(st.sampled_from(["replace", "replace", "remove", "add"])):
            case "replace":
                holder[key] = data.draw(strange)
            case "remove":
                del holder[key]
            case _ if isinstance(holder, dict):
                holder[data.draw(st.sampled_from(KEYS))] = data.draw(strange)
            case _:
                holder.append(data.draw(strange))
    return changed


def source(value: Any, name: str) -> Source:
    """Plain data as a file that says it: JSON with the numbers that only YAML has."""
    text = json.dumps(value).replace("-Infinity", "-.inf").replace("Infinity", ".inf").replace("NaN", ".nan")
    return read(text, name)


@settings(max_examples=150)
@given(st.data(), st.sampled_from(WHOLE))
def test_any_flow_file_gives_a_flow_or_findings(data: st.DataObject, whole: dict[str, Any]) -> None:
    made = load_sources({"main.yaml": source(mutilated(data, whole), "main.yaml")}, 2026)
    assert made.flows or made.findings
    for finding in made.findings:
        assert finding.message
        assert "\n" not in finding.message


@settings(max_examples=100)
@given(strange)
def test_any_data_give_a_flow_or_findings(value: Any) -> None:
    made = load_sources({"main.yaml": source({"start": "a", "nodes": value}, "main.yaml")}, 2026)
    assert made.flows or made.findings


@settings(max_examples=150)
@given(st.data(), st.sampled_from(TALKS))
def test_any_scenario_file_gives_scenarios_or_findings(data: st.DataObject, whole: dict[str, Any]) -> None:
    scenarios, findings = read_scenarios(source(mutilated(data, whole), "main.test.yaml"))
    assert scenarios == () or not findings
