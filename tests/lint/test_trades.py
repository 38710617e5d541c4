"""Flows as companies of many trades would write them are linted without a word, and every node of them is reached."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ivr.document.load import flow_files, load
from ivr.lint import check
from ivr.lint.check import Explorations
from ivr.lint.explored import Place
from ivr.speech.machine import Machine

TRADES = Path(__file__).parent.parent / "flows" / "trades"
TODAY = date(2026, 11, 23)


def test_flows_of_many_trades_are_fine(tmp_path: Path) -> None:
    loaded = load(flow_files(TRADES), TODAY.year)
    assert loaded.findings == ()
    found = check(loaded, Machine.this(None, tmp_path, {}), TODAY)
    assert [each for each in found if each.check != "speech-model"] == []


def test_every_node_of_them_is_reached() -> None:
    loaded = load(flow_files(TRADES), TODAY.year)
    explorations = Explorations(loaded)
    explored = [each for flow in loaded.flows.values() if (each := explorations.of(flow)) is not None]
    assert all(each.complete for each in explored)
    reached = {place for each in explored for place in each.places}
    left = {Place(id, node) for id, flow in loaded.flows.items() for node in flow.nodes} - reached
    assert left == {Place("survey", "thanks_anyway")}, "its on_error: a net, though nothing in it errs before the end"
