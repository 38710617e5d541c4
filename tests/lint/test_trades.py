"""Flows as companies of many trades would write them: linted without a word, reached node by node; wrong if spoilt."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ivr.document.load import flow_files, load, load_sources
from ivr.document.source import read
from ivr.lint import check
from ivr.lint.check import Explorations
from ivr.lint.states.moves import Place
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


TRAP, CIRCLE, PARTED = "trapped-caller", "cycle-without-caller", "prompt-choices"
WRONG = [
    ("ported_tree", "clocks., next: main", "clocks., next: exhibitions", {CIRCLE}),
    ("ported_tree", "option.\n    on_failure: goodbye", "option.\n    on_failure: main", {TRAP}),
    ("ported_tree", "option.\n    on_failure: goodbye", "option.\n    on_failure: hours", {TRAP}),
    ("ported_tree", "press: 9, next: main", "press: 8, next: main", {PARTED}),
    ("ported_tree", "press: 3, next: exhibitions", "press: 3, next: prices", {"unreachable-node"}),
    ("ported_voicemail", 'voicemail == "", next: goodbye', 'voicemail == "", next: take_message', {TRAP}),
    ("ported_voicemail", "on_failure: take_message", "on_failure: open", {TRAP}),
    ("ported_voicemail", "press pound or hang up", "press star or hang up", {PARTED}),
    ("ported_languages", "attempts: 2\n    on_failure: english", "attempts: 2\n    on_failure: language", {TRAP}),
    ("ported_languages", "on_failure: office", "on_failure: language", {TRAP}),
    ("ported_languages", ", es-US: Espere por favor.", "", {"missing-language"}),
    ("ported_languages", "Para su renta oprima 2", "Para su renta oprima 3", {PARTED}),
    ("ported_queue", "asked + 1", "asked", {CIRCLE, "constant-condition"}),
    ("ported_queue", "asked >= 10", "asked < 0", {CIRCLE}),
    ("ported_queue", "asked >= 10, next: too_long", "asked >= 10, next: wait", {CIRCLE}),
    ("ported_queue", "on_error: sorry", "on_error: ask", {TRAP, "unreachable-node"}),
    ("ported_pin", "tries + 1", "tries", {"constant-condition"}),
    ("ported_pin", "tries < 3", "tries < '3'", {"impossible-comparison"}),
    ("ported_pin", "on_failure: operator", "on_failure: ask_number", {TRAP}),
    ("ported_pin", "401: wrong", "401: check_pin", {TRAP}),
    ("ported_pin", "example/login", "example/login?pin={{ pin }}", {"sensitive-leak"}),
    ("ported_callback", "press: 9, next: node_6", "press: 8, next: node_6", {PARTED}),
    ("ported_callback", "on_failure: node_99", "on_failure: node_2", {TRAP}),
    ("ported_callback", "404: node_5", "404: node_4", {TRAP, "unreachable-node"}),
    ("ported_callback", "booked., next: node_99", "booked., next: node_11", {CIRCLE}),
]


@pytest.mark.parametrize(("flow", "right", "wrong", "checks"), WRONG, ids=[f"{each[0]}-{each[2]}" for each in WRONG])
def test_well_known_designs_done_wrong_are_found(
    flow: str, right: str, wrong: str, checks: set[str], tmp_path: Path
) -> None:
    text = (TRADES / f"{flow}.yaml").read_text()
    assert text.count(right) == 1
    loaded = load_sources({f"{flow}.yaml": read(text.replace(right, wrong), f"{flow}.yaml")}, TODAY.year)
    assert loaded.findings == ()
    found = check(loaded, Machine.this(None, tmp_path, {}), TODAY)
    assert {each.check for each in found} - {"speech-model"} == checks
