"""Which variables may still matter at a node: states of a call that differ in others only are the same.

Two questions with one answer each: whose *values* may decide where the call goes, and whose *being set* may, because
an expression that reads a variable without a value is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ivr.core.expressions import Expression
from ivr.core.filling import expressions as expressions_in
from ivr.core.flow import Flow
from ivr.core.node import Node
from ivr.document.source import Source
from ivr.lint.states.unknown import bare
from ivr.lint.ways import Way, by_source, evaluated, goes_back, ways
from ivr.nodes.branch import Branch
from ivr.nodes.menu import Menu
from ivr.nodes.return_ import Return
from ivr.nodes.set import Set
from ivr.nodes.subflow import Subflow

Names = frozenset[str]
NONE: Names = frozenset()
WHOLE_NUMBER = re.compile(r"(?<![\w.])[0-9]{1,9}(?![\w.])")
ANYWHERE = "universals"
"""Stands for wherever `back` may lead."""


@dataclass(frozen=True, slots=True)
class Live:
    """What may matter on entering, and while waiting at, each node of one flow."""

    values: Mapping[str, tuple[str, ...]]
    """Variables whose values may decide something, sorted."""
    set: Mapping[str, tuple[str, ...]]
    """Variables without a value at first that may be read, sorted."""
    counters: Names
    """Variables that are computed from their own old value, such as the number of tries."""
    bound: int
    """The largest whole number in the conditions on them, up to which they may have to be told apart."""


def live(flows: Iterable[Flow], sources: Mapping[str, Source]) -> Mapping[str, Live]:
    """What may matter at the nodes of flows that may call each other, by the flow's id."""
    listed = tuple(flows)
    deciding = _deciding(listed)
    return {flow.id: _in_flow(flow, ways(flow, sources[flow.file]), deciding[flow.id]) for flow in listed}


def _deciding(flows: tuple[Flow, ...]) -> Mapping[str, Names]:
    """The variables of each flow on which a branch hangs, directly or through others; or a language."""
    found: dict[str, Names] = {flow.id: NONE for flow in flows}
    changed = True
    while changed:
        changed = False
        for flow in flows:
            read = {name for node in flow.nodes.values() for name in _decides(node, found, flow.id)}
            own = found[flow.id] | read | _returned(flow, flows, found)
            changed = changed or own != found[flow.id]
            found[flow.id] = own
    return found


def _decides(node: Node, deciding: Mapping[str, Names], flow: str) -> Names:
    """The variables that a node reads for what matters."""
    own = deciding[flow]
    match node:
        case Branch(cases=cases):
            return _read(case.when for case in cases)
        case Set(values=values):
            return _assigned(values, own)
        case Menu(choices=choices):
            return frozenset(name for choice in choices for name in _assigned(choice.set, own))
        case Subflow(given=given, flow=other):
            return _assigned(given, deciding.get(other, NONE))
        case _:
            return NONE


def _assigned(values: Mapping[str, object], wanted: Names) -> Names:
    return frozenset(
        name
        for variable, pattern in values.items()
        if variable in wanted or variable == "language"
        for name in _read(expressions_in(pattern))
    )


def _returned(flow: Flow, flows: tuple[Flow, ...], deciding: Mapping[str, Names]) -> Names:
    """What a flow reads for its result, if that matters to a flow that calls it."""
    matters = any(
        isinstance(node, Subflow) and node.flow == flow.id and not deciding[other.id].isdisjoint(node.save)
        for other in flows
        for node in other.nodes.values()
    )
    returns = (node for node in flow.nodes.values() if isinstance(node, Return))
    return _read(each for node in returns for each in node.expressions()) if matters else NONE


def _read(found: Iterable[Expression]) -> Names:
    return frozenset(name for each in found for name in each.reads)


def _in_flow(flow: Flow, found: tuple[Way, ...], deciding: Names) -> Live:
    wanted = {
        node.id: _decides(node, {flow.id: deciding}, flow.id)
        | (_read(node.expressions()) & deciding if isinstance(node, Return | Subflow) else NONE)
        for node in flow.nodes.values()
    }
    # A variable that exists from the first moment on is never missing.
    late = frozenset(name for node in flow.nodes.values() for name in node.writes()) - flow.variables.keys()
    read = {node.id: _read(evaluated(node, flow)) & late for node in flow.nodes.values()}
    onward = by_source(found)
    counters = _counters(flow)
    return Live(_flowing(flow, onward, wanted), _flowing(flow, onward, read), counters, _bound(flow, counters))


def _counters(flow: Flow) -> Names:
    """Variables whose new value is computed from their old one."""
    found: set[str] = set()
    for node in flow.nodes.values():
        match node:
            case Set(values=values):
                assigned = [values]
            case Menu(choices=choices):
                assigned = [choice.set for choice in choices]
            case _:
                continue
        for name, pattern in (entry for each in assigned for entry in each.items()):
            # A variable that is given its own value is not counted up.
            found.update(name for each in expressions_in(pattern) if name in each.reads and bare(each) != name)
    return frozenset(found)


def _bound(flow: Flow, counters: Names) -> int:
    branches = (node for node in flow.nodes.values() if isinstance(node, Branch))
    read = (case.when for node in branches for case in node.cases if not counters.isdisjoint(case.when.reads))
    return max((int(number) for when in read for number in WHOLE_NUMBER.findall(when.source)), default=0)


def _flowing(
    flow: Flow, onward: Mapping[str, tuple[Way, ...]], read: Mapping[str, Names]
) -> Mapping[str, tuple[str, ...]]:
    """What is read at a node, or after it before it is assigned anew: the least solution, by iteration."""
    before: dict[str, set[str]] = {}
    for way in (way for found in onward.values() for way in found):
        before.setdefault(way.target, set()).add(way.source)
    inputs = {node.id for node in flow.nodes.values() if node.is_input} if goes_back(flow) else set()
    after_call = read.get(flow.on_hangup or "", NONE)
    alive: dict[str, Names] = {**{node: read[node] | after_call for node in flow.nodes}, ANYWHERE: NONE}
    waiting = list(flow.nodes)
    queued = set(waiting)
    while waiting:
        id = waiting.pop()
        queued.discard(id)
        if id == ANYWHERE:
            now = frozenset[str]().union(*(alive[node] for node in inputs))
            earlier: Iterable[str] = inputs
        else:
            node = flow.nodes[id]
            now = alive[id].union(*(_through(node, way, alive[way.target]) for way in onward.get(id, ())))
            if id in inputs:
                now |= alive[ANYWHERE]
            if flow.on_hangup is not None:
                now |= alive[flow.on_hangup]
            earlier = (*before.get(id, ()), *((ANYWHERE,) if id in inputs else ()))
            if id == flow.on_hangup:
                earlier = flow.nodes
        if now != alive[id]:
            alive[id] = now
            for each in earlier:
                if each not in queued:
                    queued.add(each)
                    waiting.append(each)
    return {node: tuple(sorted(names)) for node, names in alive.items()}


def _through(node: Node, way: Way, after: Names) -> Names:
    """What matters before a way is taken, of what matters after it."""
    if way.exit == "next":
        return after.difference(node.writes())
    if isinstance(node, Menu):
        taken = next((choice for choice in node.choices if choice.exit == way.exit), None)
        return after if taken is None else after.difference(taken.set)
    return after
