"""What there is to draw of a flow: boxes, and arrows between them, before anything has a place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ivr.core.flow import Flow
from ivr.core.node import Node
from ivr.document.source import Source
from ivr.graph import words
from ivr.graph.notes import AFTER, BEGIN, ERROR, EVERYWHERE, FAILURE, MARK

Look = Literal["play", "input", "branch", "work", "http", "record", "subflow", "end", "entrance", "everywhere"]
"""What a box is drawn as."""
LOOKS: dict[str, Look] = {
    "play": "play",
    "menu": "input",
    "collect": "input",
    "branch": "branch",
    "set": "work",
    "http": "http",
    "record": "record",
    "subflow": "subflow",
    "return": "end",
    "transfer": "end",
    "hangup": "end",
}
ERRING = ("http", "transfer", "subflow")
"""Kinds that may err whatever their author wrote."""

Manner = Literal["on", "trouble", "everywhere"]
"""Whether callers take an arrow by what they do or hear, by failing, or from every menu and collect."""


@dataclass(frozen=True, slots=True)
class Box:
    """One node, or something that a flow gives all its nodes."""

    key: str
    """The node's id, or a key of `ivr.graph.notes`."""
    look: Look
    heading: str
    title: str
    body: str
    told: str
    """All that is to say, for whoever points at it."""
    line: int
    """Of the file, from 1."""

    @property
    def is_node(self) -> bool:
        """Whether it stands for a node of the flow."""
        return self.look not in ("entrance", "everywhere")


@dataclass(frozen=True, slots=True)
class Label:
    """What makes a caller take an arrow."""

    exit: str
    """The name of the exit of the node, or of the key of the flow."""
    text: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """All ways of one manner from a box to another."""

    source: str
    target: str
    manner: Manner
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A flow as it is drawn."""

    flow: str
    description: str
    language: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def picture(flow: Flow, source: Source) -> Picture:
    """Draw up what there is in a flow, in the order of its file."""
    boxes = (*_entrances(flow, source), *(_box(node, flow, source) for node in flow.nodes.values()))
    ways = (*_of_flow(flow), *(way for node in flow.nodes.values() for way in _from(node, flow)))
    return Picture(flow.id, " ".join(flow.description.split()), flow.language, boxes, _joined(ways))


def _box(node: Node, flow: Flow, source: Source) -> Box:
    heading, body = words.heading(node), words.body(node, flow)
    raw = ((source.value or {}).get("nodes") or {}).get(node.id)
    described = raw.get("description", "") if isinstance(raw, dict) else ""
    told = "\n".join(filter(None, (f"{node.id} · {heading}", " ".join(str(described).split()), body)))
    line = source.key_at(("nodes", node.id)).line
    return Box(node.id, LOOKS[node.kind], heading, node.id, body, told, line)


def _entrances(flow: Flow, source: Source) -> Iterator[Box]:
    yield Box(BEGIN, "entrance", "", "start", "", "here calls begin", source.key_at(("start",)).line)
    if flow.on_hangup is not None:
        yield _given(AFTER, "entrance", "after the call", "", "work after every call", source)
    if flow.universals:
        here = [words.universal(each, flow) for each in flow.universals if each.next is None]
        told = "every menu and collect offers this"
        yield _given(EVERYWHERE, "everywhere", "in every menu", ", ".join(here), told, source)
    if flow.on_failure is not None:
        nodes = [node.id for node in flow.nodes.values() if node.is_input and not _has(node, "on_failure")]
        told = f"for the attempts of {', '.join(nodes) or 'no node'}"
        yield _given(FAILURE, "everywhere", "attempts used up", "if a node has no other way", told, source)
    if flow.on_error is not None:
        nodes = [node.id for node in flow.nodes.values() if node.kind in ERRING and not _has(node, "on_error")]
        told = f"for any error of a node without a way of its own, such as {', '.join(nodes) or 'none now'}"
        yield _given(ERROR, "everywhere", "error", "if a node has no other way", told, source)


def _given(key: str, look: Look, title: str, body: str, told: str, source: Source) -> Box:
    """What a flow gives all its nodes, by a key of its own."""
    name = key.removeprefix(MARK)
    return Box(key, look, name, title, body, "\n".join(filter(None, (title, body, told))), source.key_at((name,)).line)


def _has(node: Node, name: str) -> bool:
    return any(each.name == name for each in node.exits())


def _of_flow(flow: Flow) -> Iterator[Arrow]:
    yield Arrow(BEGIN, flow.start, "on", (Label("start", ""),))
    if flow.on_hangup is not None:
        yield Arrow(AFTER, flow.on_hangup, "on", (Label("on_hangup", ""),))
    for place, each in enumerate(flow.universals):
        if each.next is not None:
            label = Label(f"universals.{place}", words.universal(each, flow))
            yield Arrow(EVERYWHERE, each.next, "everywhere", (label,))
    if flow.on_failure is not None:
        yield Arrow(FAILURE, flow.on_failure, "everywhere", (Label("on_failure", ""),))
    if flow.on_error is not None:
        yield Arrow(ERROR, flow.on_error, "everywhere", (Label("on_error", ""),))


def _from(node: Node, flow: Flow) -> Iterator[Arrow]:
    for out in node.exits():
        manner: Manner = "trouble" if out.name in ("on_failure", "on_error") else "on"
        yield Arrow(node.id, out.target, manner, (Label(out.name, words.way(node, out, flow)),))


def _joined(ways: tuple[Arrow, ...]) -> tuple[Arrow, ...]:
    """Ways of one manner between the same two boxes are one arrow, on which `next` must not go unsaid."""
    found: dict[tuple[str, str, Manner], list[Label]] = {}
    for each in ways:
        found.setdefault((each.source, each.target, each.manner), []).extend(each.labels)
    return tuple(
        Arrow(*key, tuple(Label(each.exit, each.text or (each.exit if len(labels) > 1 else "")) for each in labels))
        for key, labels in found.items()
    )
