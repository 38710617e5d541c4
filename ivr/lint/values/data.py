"""Where values come from and where they go: what each expression is for, and what gives each variable its value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from ivr.core.expressions import Expression
from ivr.core.filling import Pattern
from ivr.core.flow import Flow
from ivr.core.node import Node
from ivr.core.reading import Use
from ivr.core.templates import Template
from ivr.document.source import Path
from ivr.lint.check import Subject
from ivr.nodes.collect import Collect
from ivr.nodes.http import Http
from ivr.nodes.menu import Menu
from ivr.nodes.record import Record
from ivr.nodes.set import Set
from ivr.nodes.subflow import Subflow

Role = Literal[
    "prompt", "url", "query", "headers", "body", "to", "when", "validate", "save", "set", "language", "with", "return"
]
ROLES: dict[str, Role] = {
    **dict.fromkeys(("prompt", "no_input", "no_match", "confirm", "waiting"), "prompt"),
    **dict.fromkeys(("json", "form"), "body"),
    "cases": "when",
    "url": "url",
    "query": "query",
    "headers": "headers",
    "to": "to",
    "validate": "validate",
    "save": "save",
    "with": "with",
}
"""What the keys of nodes are for, where that hangs on nothing else."""
BARE: tuple[Role, ...] = ("when", "validate", "save")
"""Where expressions stand without braces."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One expression, and what its value is for."""

    path: Path
    expression: Expression
    role: Role
    node: str | None
    """None in named prompts and defaults, which serve several nodes."""
    reads: tuple[str, ...]
    """The variables that it reads."""
    local: tuple[str, ...]
    """Names that hide variables there, such as `body`."""
    name: str = ""
    """The variable, or the key of a `return`, that takes the value."""

    @property
    def bare(self) -> bool:
        """Whether it stands without braces."""
        return self.role in BARE


Origin = Literal["initial", "given", "entered", "recorded", "saved", "set"]


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """One place that gives a variable of the flow a value. Compared by identity."""

    name: str
    origin: Origin
    path: Path
    node: str | None
    """None where the flow begins with it."""
    value: Pattern | Expression | None
    """The expression of a `save`, the pattern of a `set`, or plain data; None for what comes from the caller."""
    taken: Path | None = None
    """The path of the one way out on which it happens; None for `next`."""

    @property
    def at_key(self) -> bool:
        """Whether the name stands at a key, and not at a value."""
        return self.origin not in ("entered", "recorded")


def spots(subject: Subject) -> tuple[Spot, ...]:
    """Every expression of a flow."""
    return tuple(_spot(use, subject.flow) for use in subject.reading.uses)


def _spot(use: Use, flow: Flow) -> Spot:
    role, name = _role(use.path, flow)
    node = use.path[1] if use.path[0] == "nodes" else None
    reads = tuple(each for each in use.expression.reads if each not in use.local)
    return Spot(use.path, use.expression, role, None if node is None else str(node), reads, use.local, name)


def _role(path: Path, flow: Flow) -> tuple[Role, str]:
    match path:
        case ("nodes", _, "choices", _, "set", str(name), *_):
            return ("language", "") if name == "language" else ("set", name)
        case ("nodes", str(id), "values", str(name), *_):
            if flow.nodes[id].kind == "return":
                return "return", name
            return ("language", "") if name == "language" else ("set", name)
        case ("nodes", _, ("save" | "with") as key, str(name), *_):
            return ROLES[key], name
        case ("nodes", _, str(key), *_) if key in ROLES:
            return ROLES[key], ""
        case _:
            return "prompt", ""


def definitions(flow: Flow) -> Iterator[Definition]:
    """Every place of a flow that gives one of its variables a value, in the order of the file."""
    for name, value in flow.variables.items():
        yield Definition(name, "initial", ("variables", name), None, value)
    for node in flow.nodes.values():
        yield from _definitions_at(node)


def _definitions_at(node: Node) -> Iterator[Definition]:
    here: Path = ("nodes", node.id)
    match node:
        case Collect(into=into):
            yield Definition(into, "entered", (*here, "into"), node.id, None)
        case Record(into=into):
            yield Definition(into, "recorded", (*here, "into"), node.id, None)
        case Set(values=values):
            yield from _set(values, (*here, "values"), node.id, None)
        case Menu(choices=choices):
            for place, choice in enumerate(choices):
                taken: Path = (*here, "choices", place, "next")
                yield from _set(choice.set, (*here, "choices", place, "set"), node.id, taken)
        case Http(save=save) | Subflow(save=save):
            for name, expression in save.items():
                yield Definition(name, "saved", (*here, "save", name), node.id, expression)


def _set(values: Any, path: Path, node: str, taken: Path | None) -> Iterator[Definition]:
    for name, value in values.items():
        if name != "language":
            yield Definition(name, "set", (*path, name), node, value, taken)


def literal(value: Pattern | Expression | None) -> str | None:
    """The text that a value is in every call; None if it is no text, or not always the same."""
    match value:
        case str():
            return value
        case Template(static=True, source=source):
            return source
        case _:
            return None


def neighbours(subject: Subject) -> tuple[Subject, ...]:
    """A flow, and all that it calls, that call it, and so on."""
    loaded = subject.loaded
    joined: dict[str, set[str]] = {id: set() for id in loaded.flows}
    for id, flow in loaded.flows.items():
        for node in flow.nodes.values():
            if isinstance(node, Subflow) and node.flow in joined:
                joined[id].add(node.flow)
                joined[node.flow].add(id)
    found: dict[str, None] = {}
    waiting = [subject.flow.id]
    while waiting:
        id = waiting.pop()
        if id not in found:
            found[id] = None
            waiting.extend(sorted(joined[id]))
    return tuple(subject if id == subject.flow.id else replace(subject, flow=loaded.flows[id]) for id in found)
