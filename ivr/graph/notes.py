"""What is laid over a picture: a few words at a node, with a tone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from ivr.document.finding import Finding, Position, Severity, several
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
MUCH, FEW = 0.1, 3
"""Where so great a share is lost, something is wrong with the node; of fewer than these nothing can be said."""


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


class Try(Protocol):
    """What calls did in one attempt at a node."""

    @property
    def number(self) -> int:
        """From 1."""

    @property
    def began(self) -> int:
        """Visits that came to it."""

    @property
    def missed(self) -> int:
        """No-inputs and no-matches."""

    @property
    def left(self) -> int:
        """Callers who hung up."""


class Asked(Protocol):
    """What became of the lookups of a node."""

    @property
    def number(self) -> int:
        """How many there were."""

    @property
    def failed(self) -> int:
        """How many of them came to nothing."""

    @property
    def mean(self) -> float | None:
        """Milliseconds."""


class Passing(Protocol):
    """What calls did at one node."""

    @property
    def reached(self) -> int:
        """Calls that came to it."""

    @property
    def visits(self) -> int:
        """How often they did."""

    @property
    def mean(self) -> float | None:
        """Milliseconds of a visit."""

    @property
    def no_inputs(self) -> int:
        """In all visits."""

    @property
    def no_matches(self) -> int:
        """In all visits."""

    @property
    def used_up(self) -> int:
        """Visits that ended because the attempts were used up."""

    @property
    def left(self) -> int:
        """Callers who hung up here."""

    @property
    def attempts(self) -> Sequence[Try]:
        """From the first one to the last one in which somebody missed or left."""

    @property
    def lookups(self) -> Asked | None:
        """None where there was none."""


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


def of_traffic(passing: Mapping[str, Passing], nodes: Iterable[str]) -> Overlay:
    """What calls did at each of these nodes."""
    return {node: _of_traffic(passing[node]) if node in passing else NOBODY_CAME for node in nodes}


NOBODY_CAME = Note("plain", "no call", ("no call came here",))


def _of_traffic(node: Passing) -> Note:
    lost = [(node.left, node.reached), (node.used_up, node.visits)]
    if node.lookups is not None:
        lost.append((node.lookups.failed, node.lookups.number))
    tone: Tone = "warning" if any(part >= max(FEW, MUCH * whole) for part, whole in lost) else "plain"
    left = f", {node.left:,} left" if node.left else ""
    return Note(tone, f"{several(node.reached, 'call')}{left}", tuple(_told(node)))


def _told(node: Passing) -> Iterator[str]:
    took = "" if node.mean is None else f" of {node.mean / SECOND:.1f} s on average"
    yield f"{several(node.reached, 'call')} came here, in {several(node.visits, 'visit')}{took}"
    if node.left:
        yield f"{several(node.left, 'caller')} hung up here ({node.left / node.reached:.1%} of the calls)"
    if node.no_inputs or node.no_matches:
        used_up = f"; the attempts were used up in {several(node.used_up, 'visit')}" if node.used_up else ""
        silent, wrong = several(node.no_inputs, "no-input"), several(node.no_matches, "no-match", "no-matches")
        yield f"{silent} and {wrong}{used_up}"
        for each in node.attempts:
            came = several(each.began, "visit")
            yield f"attempt {each.number}: of {came} {each.missed:,} missed, {each.left:,} left"
    if node.lookups is not None:
        took = "" if node.lookups.mean is None else f", {node.lookups.mean / SECOND:.1f} s on average"
        yield f"{several(node.lookups.number, 'lookup')}, of which {node.lookups.failed:,} failed{took}"


def _seconds(milliseconds: int) -> int:
    """Whole seconds, a half rounded up."""
    return (milliseconds + SECOND // 2) // SECOND
