"""What a flow does with the values that it is given: the marks by which a value worth trying is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ivr.core.expressions import Expression
from ivr.core.filling import Pattern
from ivr.core.flow import Flow
from ivr.core.prompts import expressions as expressions_in_prompt
from ivr.core.templates import Template
from ivr.core.uses import Key, Use, uses
from ivr.nodes.branch import Branch
from ivr.nodes.collect import Collect
from ivr.nodes.http import Http
from ivr.nodes.menu import Menu
from ivr.nodes.return_ import Return
from ivr.nodes.set import Set
from ivr.nodes.subflow import Subflow

MOST_ROUNDS, LONGEST_PATH = 6, 8
"""How far marks are carried from variable to variable."""

Owner = tuple[str, ...]
"""Whose value it is: a variable of a flow, what a lookup of a flow answers, or `call` or `env`."""


def variable(flow: str, name: str) -> Owner:
    """The owner that a name is in a flow."""
    return (name,) if name in ("call", "env") else ("variable", flow, name)


def reply(flow: str, node: str) -> Owner:
    """The owner that the answer to a lookup is: its paths begin with `body`, `headers` or `status`."""
    return ("reply", flow, node)


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that a flow does with a value, or with a part of it."""

    path: tuple[Key, ...]
    """The part."""
    use: Use
    flow: str
    """Where the other side of a comparison means what it says."""


@dataclass(frozen=True, slots=True)
class _Carried:
    """A value that another one becomes."""

    source: Owner
    path: tuple[Key, ...]
    filters: tuple[str, ...]
    target: Owner
    prefix: tuple[Key, ...] = ()


@dataclass
class _Marks:
    found: dict[Owner, dict[Mark, None]] = field(default_factory=dict)
    carried: list[_Carried] = field(default_factory=list)

    def add(self, owner: Owner, mark: Mark) -> bool:
        known = self.found.setdefault(owner, {})
        new = mark not in known and len(mark.path) <= LONGEST_PATH
        if new:
            known[mark] = None
        return new


def marks(flows: Iterable[Flow]) -> Mapping[Owner, tuple[Mark, ...]]:
    """All marks in flows that may call each other."""
    made = _Marks()
    listed = {flow.id: flow for flow in flows}
    for flow in listed.values():
        _of_flow(flow, listed, made)
    for _ in range(MOST_ROUNDS):
        if not sum(_carry(each, made) for each in made.carried):
            break
    return {owner: tuple(found) for owner, found in made.found.items()}


def bare(expression: Expression) -> bool:
    """Whether an expression stands without braces."""
    return "{{" not in expression.source


def _carry(way: _Carried, made: _Marks) -> bool:
    """Mark a value with what is done to the value that it becomes."""
    new = False
    for mark in list(made.found.get(way.target, ())):
        if mark.path[: len(way.prefix)] != way.prefix:
            continue
        rest = mark.path[len(way.prefix) :]
        if way.filters and rest:
            continue
        use = replace(mark.use, path=(), filters=(*way.filters, *mark.use.filters))
        new = made.add(way.source, Mark((*way.path, *rest), use, mark.flow)) or new
    return new


def _of_flow(flow: Flow, flows: Mapping[str, Flow], made: _Marks) -> None:
    for node in flow.nodes.values():
        match node:
            case Branch(cases=cases):
                for case in cases:
                    _note(flow, uses(case.when.source, bare=True, decides=True), made)
            case Collect(validate=Expression() as condition):
                _note(flow, uses(condition.source, bare=True, decides=True), made)
            case Set(values=values):
                _assigned(flow, values, flow.id, made)
            case Menu(choices=choices):
                for choice in choices:
                    _assigned(flow, choice.set, flow.id, made)
            case Http():
                _lookup(flow, node, made)
            case Subflow():
                _assigned(flow, node.given, node.flow, made)
                _returned(flow, node, flows, made)
            case Return(values=values):
                _note(flow, (each for pattern in values.values() for each in _said(pattern)), made)
            case _:
                _note(flow, (use for each in node.expressions() for use in _of(each)), made)
        for prompt in node.prompts():
            _note(flow, (use for each in expressions_in_prompt(prompt, flow.prompts) for use in _of(each)), made)


def _of(expression: Expression) -> tuple[Use, ...]:
    return uses(expression.source, bare=bare(expression))


def _note(flow: Flow, found: Iterable[Use], made: _Marks) -> None:
    for use in found:
        made.add(variable(flow.id, str(use.path[0])), Mark(use.path[1:], replace(use, path=()), flow.id))


def _said(pattern: Pattern) -> Iterator[Use]:
    match pattern:
        case Template():
            yield from uses(pattern.source, bare=False) if not pattern.static else ()
        case dict():
            yield from (use for inner in pattern.values() for use in _said(inner))
        case list():
            yield from (use for inner in pattern for use in _said(inner))
        case _:
            pass


def _assigned(flow: Flow, values: Mapping[str, Pattern], target: str, made: _Marks) -> None:
    for name, pattern in values.items():
        _note(flow, _said(pattern), made)
        for way in _ways(flow, pattern, variable(target, name)):
            made.carried.append(way)


def _ways(flow: Flow, pattern: Any, target: Owner, prefix: tuple[Key, ...] = ()) -> Iterator[_Carried]:
    """What becomes the value of a target as it is, or through filters."""
    match pattern:
        case Template() if not pattern.static:
            for use in uses(pattern.source, bare=False):
                if use.how == "given":
                    source = variable(flow.id, str(use.path[0]))
                    yield _Carried(source, use.path[1:], use.filters, target, prefix)
        case dict():
            for key, inner in pattern.items():
                yield from _ways(flow, inner, target, (*prefix, key))
        case _:
            pass


def _lookup(flow: Flow, node: Http, made: _Marks) -> None:
    saved = set(node.save.values())
    _note(flow, (use for each in node.expressions() if each not in saved for use in _of(each)), made)
    for name, expression in node.save.items():
        for use in _of(expression):
            if use.path[0] not in ("body", "headers", "status"):
                _note(flow, (use,), made)
                continue
            made.add(reply(flow.id, node.id), Mark(use.path, replace(use, path=()), flow.id))
            if use.how == "given":
                way = _Carried(reply(flow.id, node.id), use.path, use.filters, variable(flow.id, name))
                made.carried.append(way)


def _returned(flow: Flow, node: Subflow, flows: Mapping[str, Flow], made: _Marks) -> None:
    """What a subflow's result becomes here is done to the values that it returns there."""
    result = ("result", flow.id, node.id)
    for name, expression in node.save.items():
        for use in _of(expression):
            if use.path[0] != "result":
                _note(flow, (use,), made)
                continue
            made.add(result, Mark(use.path[1:], replace(use, path=()), flow.id))
            if use.how == "given":
                made.carried.append(_Carried(result, use.path[1:], use.filters, variable(flow.id, name)))
    called = flows.get(node.flow)
    for each in called.nodes.values() if called is not None else ():
        if isinstance(each, Return) and called is not None:
            made.carried.extend(_ways(called, dict(each.values), result))
