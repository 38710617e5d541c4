"""What is settled before a call and shows only later: its time, its numbers, the environment, what the carrier can."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from ivr.core.expressions import Expression
from ivr.core.filling import expressions as expressions_in
from ivr.core.flow import Flow
from ivr.core.node import Node
from ivr.core.session import Session
from ivr.document.source import Source
from ivr.explore.guesses import Others, texts
from ivr.explore.marks import Mark
from ivr.explore.moments import moments
from ivr.explore.outlook import Outlook
from ivr.lint.ways import goes_back, ways
from ivr.nodes.branch import Branch
from ivr.nodes.collect import Collect
from ivr.nodes.http import Http
from ivr.nodes.menu import Menu
from ivr.nodes.return_ import Return
from ivr.nodes.set import Set
from ivr.nodes.subflow import Subflow
from ivr.nodes.transfer import Transfer

NOW, TRANSFER = "now", "transfer"
SUPPORTED, UNSUPPORTED = "supported", "unsupported"
MOST_NUMBERS = 6
COUNTRY = "+"
NUMBER = "7700900123"
"""What a number of a caller may end with."""

Settled = tuple[tuple[str, str], ...]
"""What has shown so far, by its aspect, in the order of their names."""
Change = Callable[[Session], Session]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All aspects of a call that are settled before it and that may decide where it goes."""

    changes: Mapping[str, tuple[tuple[str, Change], ...]]
    """By aspect: what else it may be than usual, each with a name."""
    readers: Mapping[tuple[str, str], frozenset[str]]
    """The aspects that show at a node of a flow."""
    ahead: Mapping[tuple[str, str], frozenset[str]]
    """The aspects that may show at a node or after it."""

    def shown(self, places: Iterable[tuple[str, str]], settled: Settled) -> tuple[str, ...]:
        """The aspects that some nodes have brought to light for the first time."""
        known = {aspect for aspect, _ in settled}
        found = {aspect for place in places for aspect in self.readers.get(place, ())}
        return tuple(sorted(found - known))

    def matter(self, session: Session, settled: Settled, root: Flow) -> Settled:
        """Of what is settled, what may still decide something."""
        places = [(each.flow, each.node) for each in session.stack]
        if root.on_hangup is not None:
            places.append((root.id, root.on_hangup))
        ahead = {aspect for place in places for aspect in self.ahead.get(place, ())}
        return tuple((aspect, value) for aspect, value in settled if aspect in ahead)


def circumstances(
    flows: Collection[Flow],
    sources: Mapping[str, Source],
    marks: Mapping[tuple[str, ...], tuple[Mark, ...]],
    outlook: Outlook,
    others: Others,
) -> Circumstances:
    """The aspects of the calls of a flow."""
    readers = {
        (flow.id, node.id): frozenset(_shows(node, flow.id, outlook)) for flow in flows for node in flow.nodes.values()
    }
    aspects = sorted(frozenset(aspect for found in readers.values() for aspect in found))
    changes = {aspect: tuple(_changes(aspect, flows, marks, others, outlook)) for aspect in aspects}
    used = {place: frozenset(aspect for aspect in found if changes[aspect]) for place, found in readers.items()}
    return Circumstances(changes, used, _ahead(flows, sources, used))


# Where an aspect shows


def _shows(node: Node, flow: str, outlook: Outlook) -> Iterator[str]:
    if isinstance(node, Transfer):
        yield TRANSFER
    for each in _decisive(node, flow, outlook):
        names = each.names
        if "now" in names or "is_open" in names:
            yield NOW
        if "call" in names:
            yield from (f"call {part}" for part in ("from", "to", "direction") if part in each.source)
        yield from (f"env {name}" for name in each.env)


def _decisive(node: Node, flow: str, outlook: Outlook) -> Iterator[Expression]:
    """The expressions of a node on which it may hang where calls go."""
    own = outlook.deciding(flow)
    match node:
        case Branch() | Collect() | Return():
            yield from node.expressions()
        case Set(values=values):
            yield from _deciding(values, own)
        case Menu(choices=choices):
            for choice in choices:
                yield from _deciding(choice.set, own)
        case Subflow(given=given, flow=other):
            yield from _deciding(given, outlook.deciding(other) if other in outlook.conditions else ())
        case Http(save=save):
            yield from (each for name, each in save.items() if name in own)
        case _:
            pass


def _deciding(values: Mapping[str, Any], wanted: Collection[str]) -> Iterator[Expression]:
    for name, pattern in values.items():
        if name in wanted or name == "language":
            yield from expressions_in(pattern)


def _ahead(
    flows: Collection[Flow],
    sources: Mapping[str, Source],
    readers: Mapping[tuple[str, str], frozenset[str]],
) -> Mapping[tuple[str, str], frozenset[str]]:
    """The least solution, by iteration."""
    onward: dict[tuple[str, str], set[tuple[str, str]]] = {place: set() for place in readers}
    for flow in flows:
        for way in ways(flow, sources[flow.file]):
            onward[flow.id, way.source].add((flow.id, way.target))
        inputs = [node.id for node in flow.nodes.values() if node.is_input]
        for node in flow.nodes.values():
            if isinstance(node, Subflow):
                called = next((each for each in flows if each.id == node.flow), None)
                if called is not None:
                    onward[flow.id, node.id].add((called.id, called.start))
            if node.is_input and goes_back(flow):
                onward[flow.id, node.id].update((flow.id, each) for each in inputs)
    found = dict(readers)
    changed = True
    while changed:
        changed = False
        for place, targets in onward.items():
            now = found[place].union(*(found[target] for target in targets))
            changed = changed or now != found[place]
            found[place] = now
    return found


# What else it may be


def _changes(
    aspect: str,
    flows: Collection[Flow],
    marks: Mapping[tuple[str, ...], tuple[Mark, ...]],
    others: Others,
    outlook: Outlook,
) -> Iterator[tuple[str, Change]]:
    kind, _, name = aspect.partition(" ")
    match kind:
        case "now":
            asked = [
                (flow, each)
                for flow in flows
                for node in flow.nodes.values()
                for each in _decisive(node, flow.id, outlook)
            ]
            for moment in moments(flows, asked):
                yield moment.isoformat(), partial(_at, moment)
        case "transfer":
            yield UNSUPPORTED, _unable
        case "call":
            read = [mark for mark in marks.get(("call",), ()) if mark.path[:1] == (name,)]
            for value in _numbers(name, read, others):
                yield value, partial(_with_number, name, value)
        case _:
            read = [mark for mark in marks.get(("env",), ()) if mark.path[:1] == (name,)]
            for value in _settings(read, others):
                yield value, partial(_with_env, name, value)


def _at(moment: datetime, session: Session) -> Session:
    return replace(session, call=replace(session.call, began=round(moment.timestamp() * 1000)))


def _unable(session: Session) -> Session:
    return replace(session, call=replace(session.call, can_transfer=False))


def _with_env(name: str, value: str, session: Session) -> Session:
    return replace(session, env={**session.env, name: value})


def _with_number(name: str, value: str, session: Session) -> Session:
    match name:
        case "from":
            return replace(session, call=replace(session.call, caller=value))
        case "to":
            return replace(session, call=replace(session.call, called=value))
        case _:
            return replace(session, call=replace(session.call, direction="outbound"))


def _numbers(name: str, read: list[Mark], others: Others) -> Iterator[str]:
    if name == "direction":
        yield "outbound"
        return
    found: dict[str, None] = {}
    for text in texts(read, others):
        found[text] = None
        if text.startswith(COUNTRY):
            found[f"{text}{NUMBER}"] = None
    if name == "from" and any(mark.use.how == "truth" for mark in read):
        found[""] = None
    yield from list(found)[:MOST_NUMBERS]


def _settings(read: list[Mark], others: Others) -> Iterator[str]:
    found = list(dict.fromkeys(texts(read, others)))
    if any(mark.use.how == "truth" for mark in read):
        found.append("")
    yield from found[:MOST_NUMBERS]
