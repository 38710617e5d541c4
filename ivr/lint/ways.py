"""Where control may go from node to node as the file says, whatever the values of a call are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ivr.core.expressions import Expression
from ivr.core.flow import Flow
from ivr.core.node import Node
from ivr.core.prompts import expressions
from ivr.document.source import Path, Source
from ivr.lint.groups import led_to

RISKY = ("http", "transfer", "subflow")
"""Kinds that may err whatever their author wrote."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way from a node to another."""

    source: str
    exit: str
    """The exit of the node, or `universals.N`; `on_failure` and `on_error` may be the flow's."""
    target: str
    path: Path
    """The place in the file whose edit leads the way elsewhere."""


def ways(flow: Flow, source: Source) -> tuple[Way, ...]:
    """All ways of a flow, in the order of the file: exits of nodes, then what the flow gives every node."""
    return tuple(way for node in flow.nodes.values() for way in _from(node, flow, source))


def _from(node: Node, flow: Flow, source: Source) -> Iterator[Way]:
    for way in node.exits():
        yield Way(node.id, way.name, way.target, _written(node.id, way.path, source))
    names = {way.name for way in node.exits()}
    if node.is_input:
        if flow.on_failure is not None and "on_failure" not in names:
            yield Way(node.id, "on_failure", flow.on_failure, ("on_failure",))
        for place, universal in enumerate(flow.universals):
            target = flow.start if universal.do == "start" else universal.next
            if target is not None:
                key = "next" if universal.do is None else "do"
                yield Way(node.id, f"universals.{place}", target, ("universals", place, key))
    if flow.on_error is not None and "on_error" not in names and may_err(node, flow):
        yield Way(node.id, "on_error", flow.on_error, ("on_error",))


def _written(node: str, path: Path, source: Source) -> Path:
    """The full path of an exit, which may have come from the flow's defaults."""
    nodes = (source.value or {}).get("nodes", {})
    inherited = path == ("on_failure",) and "on_failure" not in nodes.get(node, {})
    return ("defaults", *path) if inherited else ("nodes", node, *path)


def may_err(node: Node, flow: Flow) -> bool:
    """Whether something may go wrong in a node at run time: lookups and the like, and values that may be missing."""
    return node.kind in RISKY or any(True for _ in evaluated(node, flow))


def evaluated(node: Node, flow: Flow) -> Iterator[Expression]:
    """All expressions that a node may evaluate, those of its prompts included."""
    yield from node.expressions()
    for prompt in node.prompts():
        yield from expressions(prompt, flow.prompts)


def entrances(flow: Flow) -> tuple[str, ...]:
    """The nodes at which control may begin: that of the call, and that of the work after it."""
    return tuple(node for node in (flow.start, flow.on_hangup) if node is not None)


def goes_back(flow: Flow) -> bool:
    """Whether a universal takes callers back to where they were asked before, which no way tells of."""
    return any(universal.do == "back" for universal in flow.universals)


def reached(begin: Iterable[str], found: Iterable[Way]) -> frozenset[str]:
    """The nodes that some ways lead to from some nodes, these included."""
    onward: dict[str, list[str]] = {}
    for way in found:
        onward.setdefault(way.source, []).append(way.target)
    return led_to(begin, onward)


def backwards(found: Iterable[Way]) -> tuple[Way, ...]:
    """The ways from their ends to their beginnings, to find what leads somewhere."""
    return tuple(Way(way.target, way.exit, way.source, way.path) for way in found)


def by_source(found: Iterable[Way]) -> Mapping[str, tuple[Way, ...]]:
    """The ways of each node."""
    grouped: dict[str, list[Way]] = {}
    for way in found:
        grouped.setdefault(way.source, []).append(way)
    return {node: tuple(each) for node, each in grouped.items()}
