"""Results of lookups where the lookup has failed, so that there are none: the variable holds what it held before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from ivr.core.comparing import questioned
from ivr.core.templates import Template
from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.values.data import Definition, Spot, definitions, spots
from ivr.lint.values.reaching import Facts, Step, happens, solve, steps
from ivr.lint.ways import Way
from ivr.nodes.branch import Branch
from ivr.nodes.http import Http
from ivr.nodes.subflow import Subflow

PLACES = (0, False, None, "", "?", "-", "unknown", "none", "n/a")
"""Values that only keep a variable's place until it has one of its own."""


@dataclass(frozen=True, slots=True)
class Variable:
    """What may be known of one result, a bit each."""

    waiting: Facts
    """It has at most a value that keeps its place."""
    held: Facts
    """It has a value of its own, or the flow looks whether it has."""
    saved: Mapping[str, Facts]
    """A lookup gave it one, by node; if the same lookup then fails, that one is stale."""
    failed: Mapping[tuple[str, str], Facts]
    """The last lookup that would have given it one failed, by node and exit."""

    @property
    def broken(self) -> Facts:
        """The bits of its failures."""
        return sum(self.failed.values())

    @property
    def good(self) -> Facts:
        """All other bits."""
        return self.waiting | self.held | sum(self.saved.values())


def _find(subject: Subject) -> Iterator[Mistake]:
    variables = _variables(subject)
    if not variables:
        return
    written: dict[str, list[Definition]] = {}
    for each in definitions(subject.flow):
        written.setdefault(each.node or "", []).append(each)
    by_name = {each.name: each for each in written.get("", ())}
    begin = sum(
        each.waiting if _keeps_place(by_name[name].value if name in by_name else None) else each.held
        for name, each in variables.items()
    )
    at = solve(subject.flow, begin, steps(subject, lambda way: _step(way, subject, variables, written)))
    told: set[tuple[Any, ...]] = set()
    for spot in spots(subject):
        for name in spot.reads:
            variable, facts = variables.get(name), at.get(spot.node or "", 0)
            if variable is None or facts & variable.good or (spot.path, name) in told or _looks(spot, name):
                continue
            failures = [key for key, bit in variable.failed.items() if facts & bit]
            if failures:
                told.add((spot.path, name))
                yield Mistake(spot.path, _message(name, failures), about=frozenset({(spot.path, name)}))


def _variables(subject: Subject) -> Mapping[str, Variable]:
    """The results of lookups that have an exit for their failure."""
    exits: dict[str, dict[tuple[str, str], None]] = {}
    for node in subject.flow.nodes.values():
        if isinstance(node, Http | Subflow):
            for name in node.save:
                exits.setdefault(name, {})
    for way in subject.ways:
        source = subject.flow.nodes[way.source]
        if isinstance(source, Http | Subflow) and way.exit != "next":
            for name in source.save:
                exits[name][way.source, way.exit] = None
    found: dict[str, Variable] = {}
    place = 0
    for name, keys in exits.items():
        bits = (1 << number for number in count(place))
        waiting, held = next(bits), next(bits)
        saved = {node: next(bits) for node in dict.fromkeys(node for node, _ in keys)}
        found[name] = Variable(waiting, held, saved, {key: next(bits) for key in keys})
        place += 2 + len(saved) + len(keys)
    return {name: each for name, each in found.items() if each.failed}


def _step(
    way: Way, subject: Subject, variables: Mapping[str, Variable], written: Mapping[str, list[Definition]]
) -> Step:
    gone = made = 0
    changed: list[tuple[Facts, Facts]] = []
    for each in written.get(way.source, ()):
        if each.name in variables and happens(each, way):
            variable = variables[each.name]
            gone |= variable.good | variable.broken
            if each.origin == "set" and _keeps_place(each.value):
                made |= variable.waiting
            else:
                made |= variable.saved.get(way.source, variable.held)
    node = subject.flow.nodes[way.source]
    if isinstance(node, Http | Subflow) and way.exit != "next":
        for name in node.save:
            if name in variables:
                variable = variables[name]
                stale = variable.waiting | variable.broken | variable.saved[way.source]
                changed.append((stale, variable.failed[way.source, way.exit]))
    if isinstance(node, Branch):
        read = {name for case in node.cases for name in case.when.reads}
        changed += [(variables[name].broken, variables[name].held) for name in sorted(read & variables.keys())]
    return Step(way.source, way.target, gone, made, tuple(changed))


def _keeps_place(value: object) -> bool:
    match value:
        case Template(parts=parts):
            return not parts or (value.static and value.source.strip().lower() in PLACES)
        case str():
            return value.strip().lower() in PLACES
        case dict() | list():
            return not value
        case _:
            return value in PLACES


def _looks(spot: Spot, name: str) -> bool:
    """Whether the expression looks at the variable before it uses it, or a branch does."""
    return spot.role == "when" or name in questioned(spot.expression.source, bare=spot.bare)


def _message(name: str, failures: list[tuple[str, str]]) -> str:
    nodes = sorted({node for node, _ in failures})
    codes = sorted({way.removeprefix("on_status.") for _, way in failures if way.startswith("on_status.")})
    place = " or ".join(quoted(node) for node in nodes)
    if codes and len(codes) == len(failures):
        why = f"the answer {' or '.join(codes)} saves nothing"
        when = f"only after {place} got that answer"
    else:
        why = "a failed lookup saves nothing"
        when = f"only after {place} has failed"
    before = f"so it still has the value from before, if any; say something else here, or set {quoted(name)} first"
    return f"{quoted(name)} is read here {when}: {why}, {before}"


FAILED_RESULT = Check("failed-result", "warning", _find)
