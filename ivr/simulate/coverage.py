"""What scenarios took of a flow: nodes, exits, and what may happen at each node; and what no scenario took."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from ivr.core.confirming import ConfirmedInput
from ivr.core.flow import Flow
from ivr.core.gathering import Asking, InputNode
from ivr.core.node import Node
from ivr.core.session import Activation, Call, Session, begin, located
from ivr.core.turn import Turn
from ivr.nodes.record import Record
from ivr.nodes.subflow import called
from ivr.nodes.transfer import Handover, Transfer
from ivr.simulate.caller import Outcome

HANG_UP = "hangup"
"""The event of a caller who goes while something is asked."""
NOBODY = Call("", "", "", "inbound", 0)


class Item(NamedTuple):
    """A node, or one of its exits or events."""

    node: str
    name: str = ""
    """The name of the exit or event; empty for the node itself."""


@dataclass(frozen=True, slots=True)
class Part:
    """Items of one sort."""

    written: tuple[Item, ...]
    """All that there are, in the order of the flow."""
    missing: tuple[Item, ...]
    """Those that no scenario took."""

    @property
    def taken(self) -> int:
        """How many were taken."""
        return len(self.written) - len(self.missing)

    @property
    def share(self) -> float:
        """From 0 to 1; 1 where there is nothing to take."""
        return self.taken / len(self.written) if self.written else 1.0

    @property
    def percent(self) -> int:
        """The share in whole percent, which is 100 only if nothing is missing."""
        return self.taken * 100 // len(self.written) if self.written else 100

    def reaches(self, percent: float) -> bool:
        """Whether so much was taken at least."""
        return self.taken * 100 >= percent * len(self.written)

    def at(self, node: str) -> Part:
        """The items of one node."""
        return Part(*(tuple(each for each in items if each.node == node) for items in (self.written, self.missing)))


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was taken of one flow."""

    nodes: Part
    exits: Part
    """The exits that are written in the nodes; those of the whole flow, such as its `on_error`, are none."""
    events: Part
    """What the caller or the world may do at each node."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What calls did, in any of the flows that they came through."""

    nodes: frozenset[tuple[str, Item]]
    """Each with the id of its flow."""
    exits: frozenset[tuple[str, Item]]
    events: frozenset[tuple[str, Item]]


def steps(calls: Iterable[tuple[Flow, Outcome]]) -> Steps:
    """What calls did in the flows that they began with, and in their subflows."""
    nodes: set[tuple[str, Item]] = set()
    exits: set[tuple[str, Item]] = set()
    events: set[tuple[str, Item]] = set()
    for flow, outcome in calls:
        nodes.update((id, Item(node)) for id, node in (located(place, flow) for place in outcome.places))
        for decision in outcome.decisions:
            id, node = located(decision.node, flow)
            if decision.exit:
                exits.add((id, Item(node, decision.exit)))
            if decision.cause is not None:
                events.add((id, Item(node, decision.cause)))
    return Steps(frozenset(nodes), frozenset(exits), frozenset(events))


def coverage(flow: Flow, done: Steps) -> Coverage:
    """What was taken of one flow."""

    def part(written: Iterable[Item], taken: Collection[tuple[str, Item]]) -> Part:
        items = tuple(dict.fromkeys(written))
        return Part(items, tuple(each for each in items if (flow.id, each) not in taken))

    nodes = [Item(node) for node in flow.nodes]
    exits = [Item(node.id, way.name) for node in flow.nodes.values() for way in node.exits()]
    events = [Item(node.id, cause) for node in flow.nodes.values() for cause in _causes(flow, node)]
    return Coverage(part(nodes, done.nodes), part(exits, done.exits), part(events, done.events))


def called_by(flows: Mapping[str, Flow], ids: Iterable[str]) -> frozenset[str]:
    """These flows and all that they may call, as far as there are any."""
    found: set[str] = set()
    waiting = [*ids]
    while waiting:
        id = waiting.pop()
        if id in flows and id not in found:
            found.add(id)
            waiting.extend(called(flows[id]))
    return frozenset(found)


# What may happen


def _causes(flow: Flow, node: Node) -> Iterator[str]:
    """The events of a node: all that is told by its stimuli, and that the caller goes while something is asked."""
    for session in _waiting(flow, node):
        yield from (stimulus.cause for stimulus in node.stimuli(Turn(flow, session, 0)))
    if isinstance(node, InputNode | Record):
        yield HANG_UP


def _waiting(flow: Flow, node: Node) -> Iterator[Session]:
    """A call that waits at a node: asked for the first time, and where a value is confirmed, about that."""
    begun = begin(flow, NOBODY, {})
    here = Activation(flow.id, node.id, begun.here.variables)
    session = replace(begun, stack=(here,), phase="talking", fetching=0, recording="")
    for memory in _memories(node):
        yield replace(session, memory=memory)


def _memories(node: Node) -> Iterator[Mapping[str, Any]]:
    match node:
        case InputNode():
            yield asdict(Asking())
            if isinstance(node, ConfirmedInput) and node.confirm:
                yield asdict(Asking(candidate=""))
        case Transfer():
            yield asdict(Handover(asked=True))
        case _:
            yield {}
