"""Which facts may hold when a call arrives at a node: a fixed point over all ways, joined where they meet."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ivr.core.flow import Flow
from ivr.lint.check import Subject
from ivr.lint.values.data import Definition, definitions
from ivr.lint.ways import Way, goes_back

BACK = "\0back"
"""Stands between the input nodes of a flow in which callers may go back from one to any other."""
Facts = int
"""A set of facts, a bit each."""


@dataclass(frozen=True, slots=True)
class Step:
    """One way from a node to another, and what becomes of the facts on it."""

    source: str
    target: str
    gone: Facts = 0
    made: Facts = 0
    changed: tuple[tuple[Facts, Facts], ...] = ()
    """Where one of the first held, all of them go and the second come instead."""


def steps(subject: Subject, on: Callable[[Way], Step]) -> tuple[Step, ...]:
    """All steps of a flow: its ways, and those of `back` and of hanging up."""
    flow = subject.flow
    found = [on(way) for way in subject.ways]
    if goes_back(flow):
        for node in flow.nodes.values():
            if node.is_input:
                found += (Step(node.id, BACK), Step(BACK, node.id))
    if flow.on_hangup is not None:
        found += (Step(node.id, flow.on_hangup) for node in flow.nodes.values())
        # What was recorded until the caller hung up is assigned.
        found += (on(Way(node.id, "next", flow.on_hangup, ())) for node in flow.nodes.values() if node.kind == "record")
    return tuple(found)


def solve(flow: Flow, begin: Facts, listed: Iterable[Step]) -> Mapping[str, Facts]:
    """The facts that may hold on arriving at each node that a call may reach."""
    onward: dict[str, list[Step]] = {}
    for step in listed:
        onward.setdefault(step.source, []).append(step)
    holding: dict[str, Facts] = {flow.start: begin}
    waiting = deque([flow.start])
    queued = {flow.start}
    while waiting:
        node = waiting.popleft()
        queued.discard(node)
        for step in onward.get(node, ()):
            before = holding.get(step.target)
            after = (before or 0) | _after(holding[node], step)
            if after != before:
                holding[step.target] = after
                if step.target not in queued:
                    queued.add(step.target)
                    waiting.append(step.target)
    return holding


def _after(facts: Facts, step: Step) -> Facts:
    for some, others in step.changed:
        if facts & some:
            facts = facts & ~some | others
    return facts & ~step.gone | step.made


@dataclass(frozen=True, slots=True)
class Reaching:
    """Which definitions of variables may be in force at each node."""

    definitions: tuple[Definition, ...]
    at: Mapping[str, Facts]
    by_name: Mapping[str, tuple[tuple[int, Definition], ...]]

    def of(self, name: str, node: str | None) -> tuple[Definition, ...]:
        """The definitions of a variable that may be in force at a node; without one, or never reached, all."""
        facts = None if node is None else self.at.get(node)
        return tuple(each for place, each in self.by_name.get(name, ()) if facts is None or facts >> place & 1)


def reaching(subject: Subject, given: Iterable[Definition] = ()) -> Reaching:
    """Follow the definitions of all variables, with those that callers of a subflow give besides."""
    listed = (*given, *definitions(subject.flow))
    by_name: dict[str, list[tuple[int, Definition]]] = {}
    by_node: dict[str, list[tuple[int, Definition]]] = {}
    for place, each in enumerate(listed):
        by_name.setdefault(each.name, []).append((place, each))
        if each.node is not None:
            by_node.setdefault(each.node, []).append((place, each))
    all_of = {name: sum(1 << place for place, _ in some) for name, some in by_name.items()}

    def on(way: Way) -> Step:
        gone = made = 0
        for place, each in by_node.get(way.source, ()):
            if happens(each, way):
                gone |= all_of[each.name]
                made |= 1 << place
        return Step(way.source, way.target, gone, made)

    begin = sum(1 << place for place, each in enumerate(listed) if each.node is None)
    at = solve(subject.flow, begin, steps(subject, on))
    return Reaching(listed, at, {name: tuple(some) for name, some in by_name.items()})


def happens(definition: Definition, way: Way) -> bool:
    """Whether a definition of the way's node happens on this way out."""
    return way.path == definition.taken if definition.taken is not None else way.exit == "next"
