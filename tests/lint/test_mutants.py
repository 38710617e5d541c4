"""Single edits of the example flows are found, each by the check that is meant for it; some can't be, and are not.

`python -m benchmarks.mutants` tries all of them, docs/checks-measurements.md tells how many are found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from benchmarks.edit import GONE, Edit
from ivr.document.load import load_sources
from ivr.document.source import Path as Place
from ivr.document.source import Source, read
from ivr.lint import check
from ivr.speech.machine import Machine

FLOWS = Path(__file__).parents[2] / "flows"
GROUPS = {"main": ("main",), "clinic": ("clinic",), "balance": ("balance", "verify"), "verify": ("balance", "verify")}
TODAY = date(2026, 11, 23)

Told = Counter[tuple[str, str, str]]
"""Check, severity and message of errors and warnings."""

OFFER = "nodes main_menu choices"
MUTANTS: tuple[tuple[str, str, Any, str], ...] = (
    # Choices
    ("main", f"{OFFER} 0", GONE, "unreachable-node"),
    ("main", f"{OFFER} 0 label", GONE, "unannounced-choice"),
    ("main", f"{OFFER} 0 press", GONE, "prompt-choices"),
    ("main", f"{OFFER} 0 say", GONE, "prompt-choices"),
    ("main", f"{OFFER} 0 press", 2, "same-key"),
    ("main", f"{OFFER} 0 next", "to_orders", "unreachable-node"),
    ("main", f"{OFFER} 0 next", "support_menu", "over-budget"),
    ("main", f"{OFFER} 2 next", "main_menu", "prompt-choices"),
    ("balance", "nodes more choices 2 next", "tell_balance", "prompt-choices"),
    # Exits
    ("main", "start", "to_sales", "unreachable-node"),
    ("main", "nodes leave_message next", "leave_message", "trapped-caller"),
    ("main", "nodes office_open otherwise", "main_menu", "idle-branch"),
    ("main", "nodes switch_language next", "switch_language", "cycle-without-caller"),
    ("balance", "nodes lookup on_status 404", "tell_balance", "unreachable-node"),
    ("balance", "nodes unknown_account next", "lookup", "trapped-caller"),
    ("balance", "nodes more on_failure", "more", "trapped-caller"),
    ("balance", "on_failure", "ask_account", "trapped-caller"),
    ("clinic", "nodes tell_cancelled next", "tell_cancelled", "cycle-without-caller"),
    ("clinic", "nodes welcome next", "unavailable", "unreachable-node"),
    # What is left out
    ("balance", "on_error", GONE, "no-error-branch"),
    ("main", "on_hangup", GONE, "schema"),
    ("main", "universals 0", GONE, "prompt-choices"),
    ("main", "nodes welcome prompt hi-IN", GONE, ""),
    ("main", "nodes thanks prompt hi-IN", GONE, "missing-language"),
    ("main", "prompts connecting", GONE, "unknown-name"),
    ("balance", "nodes ask_account prompt", GONE, "silent-question"),
    ("balance", "nodes lookup save name", GONE, "never-given"),
    ("balance", "nodes lookup timeout", GONE, ""),
    ("clinic", "nodes choose_language choices 1 set language", GONE, "unused-name"),
    ("verify", "nodes ask_pin sensitive", GONE, "unmarked-sensitive"),
    ("verify", "variables tries", GONE, "unset-variable"),
    ("verify", "variables pin", GONE, ""),
    # Variables and conditions
    ("balance", "nodes ask_account into", "acount", "unread-variable"),
    ("balance", "nodes ask_account validate", "acount | luhn", "unknown-name"),
    ("balance", "nodes verified cases 0 when", True, "constant-condition"),
    ("verify", "nodes count values tries", "{{ tries }}", "constant-condition"),
    ("main", "nodes office_open cases 0 when", "not (is_open('office'))", "opposite-hours"),
    ("verify", "nodes decide cases 0 when", "not (ok)", ""),
    # Words
    ("main", "prompts help en-US", "For an operator, press 7. To hear this again, press star.", "prompt-choices"),
    ("clinic", "nodes welcome prompt", "Welcome. In an emergency press 7 in any menu.", "prompt-choices"),
    ("main", "nodes thanks prompt en-US", "धन्यवाद। हम आपको वापस कॉल करेंगे।", "foreign-text"),
    ("balance", "nodes ask_account digits", 5, "prompt-digits"),
    ("balance", "nodes give_up prompt", "Goodbye.", ""),
)


@cache
def sources(group: tuple[str, ...]) -> Mapping[str, Source]:
    return {name: read((FLOWS / f"{name}.yaml").read_bytes(), str(FLOWS / f"{name}.yaml")) for name in group}


def told(files: Mapping[str, Source], models: Path) -> Told:
    loaded = load_sources({source.file: source for source in files.values()}, TODAY.year)
    found = (*loaded.findings, *check(loaded, Machine.this(None, models, {}), TODAY))
    return Counter((each.check, each.severity, each.message) for each in found if each.severity != "info")


def edited(source: Source, path: Place, value: Any) -> Source:
    """The file with one value changed or deleted."""
    return read(Edit("", ((path, value),), "").applied(source.value or {}), source.file)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, ...], Told]:
    """What is told of the flows as they are."""
    models = tmp_path_factory.mktemp("models")
    return {group: told(sources(group), models) for group in set(GROUPS.values())}


NAMES = [f"{flow} {place} {number}" for number, (flow, place, *_) in enumerate(MUTANTS)]


@pytest.mark.parametrize(("flow", "place", "value", "by"), MUTANTS, ids=NAMES)
def test_an_edit_is_found(
    flow: str, place: str, value: Any, by: str, clean: Mapping[tuple[str, ...], Told], tmp_path: Path
) -> None:
    group = sources(GROUPS[flow])
    path = tuple(int(part) if part.isdecimal() and part != "404" else part for part in place.split())
    new = told({**group, flow: edited(group[flow], path, value)}, tmp_path) - clean[GROUPS[flow]]
    assert {id for id, _, _ in new} >= {by} if by else not new
