"""Whole conversations: every scenario of `tests/talks` passes, and goes exactly as its `.transcript` says.

`IVR_UPDATE_GOLDEN=1` in the environment writes the transcripts anew; read the difference before it is committed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.document.finding import as_text
from ivr.document.load import Loaded, flow_files, load
from ivr.document.scenarios import read_scenarios
from ivr.document.source import read
from ivr.simulate.caller import run
from ivr.simulate.transcript import told

TALKS = Path(__file__).parent.parent / "talks"
FILES = sorted(TALKS.glob("*.test.yaml"))


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    made = load(flow_files(TALKS), 2026)
    assert as_text(made.findings, made.lines) == ""
    return made


@pytest.mark.parametrize("path", FILES, ids=[path.name.removesuffix(".test.yaml") for path in FILES])
def test_a_talk_goes_as_its_transcript_says(path: Path, loaded: Loaded, golden: Callable[[Path, str], None]) -> None:
    source = read(path.read_bytes(), path.name)
    scenarios, findings = read_scenarios(source)
    assert as_text(findings, {path.name: source.lines}) == ""
    outcomes = [run(scenario, loaded.flows[scenario.flow]) for scenario in scenarios]
    text = "\n".join(f"# {outcome.scenario.name}\n{told(outcome.lines)}" for outcome in outcomes)
    differed = [
        f"{path.name}:{source.at(outcome.path).line}: {outcome.scenario.name}: {outcome.message}\n{told(outcome.lines)}"
        for outcome in outcomes
        if not outcome.passed
    ]
    assert not differed, "\n".join(differed)
    golden(path.with_name(path.name.replace(".test.yaml", ".transcript")), text)
