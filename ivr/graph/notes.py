"""What is laid over a picture: a few words at a node, with a tone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ivr.document.finding import Finding, Position, Severity
from ivr.document.source import Source

Tone = Literal["error", "warning", "info", "plain"]

MARK = "\ufdd2"
"""Begins the keys of what is no node: reserved by Unicode, and refused in flow files."""
FLOW = f"{MARK}flow"
"""The key of notes on the flow as a whole."""
EVERYWHERE, FAILURE, ERROR = f"{MARK}universals", f"{MARK}on_failure", f"{MARK}on_error"
BEGIN, AFTER = f"{MARK}start", f"{MARK}on_hangup"
"""The keys of what a flow gives all its nodes, and of where calls enter it."""
OF_FLOW = {"universals": EVERYWHERE, "on_failure": FAILURE, "on_error": ERROR, "start": BEGIN, "on_hangup": AFTER}

WORST: tuple[Severity, ...] = ("error", "warning", "info")
NAMES = {"error": ("error", "errors"), "warning": ("warning", "warnings"), "info": ("hint", "hints")}
SECOND = 1_000


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know about one node."""

    tone: Tone
    """Decides the colour of the node: that of the worst of its notes; `plain` has none."""
    badge: str
    """A few words that are always seen."""
    lines: tuple[str, ...] = ()
    """The whole of it, a sentence a line."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What scenarios took of one node."""

    reached: bool
    exits: int
    """How many are written in it."""
    exits_missing: tuple[str, ...] = ()
    events_missing: tuple[str, ...] = ()


Overlay = Mapping[str, Note]
"""Notes by the id of their node, or by one of the keys above."""


def worst(notes: Sequence[Note]) -> Tone:
    """The tone that decides the colour."""
    return next((tone for tone in WORST if any(each.tone == tone for each in notes)), "plain")


def of_findings(findings: Iterable[Finding], source: Source) -> Overlay:
    """The findings of one flow's file, each at the node in whose lines it stands, else at the flow."""
    places = _places(source)
    found: dict[str, list[Finding]] = {}
    for each in sorted(findings):
        if each.file == source.file:
            at = Position(each.line, each.column)
            key = next((key for begin, key in reversed(places) if begin <= at), FLOW)
            found.setdefault(key, []).append(each)
    return {key: _of_findings(each) for key, each in found.items()}


def _places(source: Source) -> list[tuple[Position, str]]:
    """Where each part of a file begins, and what it is in a picture, in the order of the file."""
    raw = source.value or {}
    parts = [(source.key_at((name,)), OF_FLOW.get(name, FLOW)) for name in raw]
    parts.extend((source.key_at(("nodes", node)), node) for node in raw.get("nodes", {}))
    return sorted(parts)


def _of_findings(findings: list[Finding]) -> Note:
    counts = {severity: sum(each.severity == severity for each in findings) for severity in WORST}
    badge = ", ".join(f"{count} {NAMES[each][count > 1]}" for each, count in counts.items() if count)
    tone = next(each for each in WORST if counts[each])
    return Note(tone, badge, tuple(f"line {each.line}: {each.message} [{each.check}]" for each in findings))


def of_times(arrivals: Mapping[str, tuple[int, int]]) -> Overlay:
    """When callers come to each node; the shortest and the worst, in milliseconds since the answer."""
    return {node: _of_times(*times) for node, times in arrivals.items()}


def _of_times(shortest: int, worst: int) -> Note:
    first, last = _seconds(shortest), _seconds(worst)
    badge = f"{first} s" if first == last else f"{first}–{last} s"
    line = f"reached after {shortest / SECOND:.1f} s at the soonest, and {worst / SECOND:.1f} s at the worst"
    return Note("plain", badge, (line,))


def of_coverage(taken: Mapping[str, Taken]) -> Overlay:
    """What scenarios took of each node."""
    return {node: _of_coverage(each) for node, each in taken.items()}


def _of_coverage(taken: Taken) -> Note:
    if not taken.reached:
        return Note("warning", "not reached", ("no scenario comes here",))
    left = len(taken.exits_missing)
    badge = f"{taken.exits - left} of {taken.exits} exit{'s' if taken.exits > 1 else ''}" if taken.exits else "reached"
    lines = [f"no scenario takes the exit {each}" for each in taken.exits_missing]
    lines.extend(f"in no scenario: {each}" for each in taken.events_missing)
    tone: Tone = "warning" if left else "info" if taken.events_missing else "plain"
    return Note(tone, badge, tuple(lines))


def _seconds(milliseconds: int) -> int:
    """Whole seconds, a half rounded up."""
    return (milliseconds + SECOND // 2) // SECOND
