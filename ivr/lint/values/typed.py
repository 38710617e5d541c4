"""The types that the variables of a flow may have at each of its nodes, as far as the flow itself decides them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ivr.core.comparing import MAPPING, NEVER, NUMBER, TEXT, Known, Types, of_value, type_of
from ivr.core.expressions import Expression
from ivr.core.filling import Pattern
from ivr.core.templates import Template
from ivr.lint.check import Subject
from ivr.lint.values.data import Definition, definitions
from ivr.lint.values.reaching import Reaching, reaching
from ivr.nodes.return_ import Return
from ivr.nodes.subflow import Subflow

ROUNDS = 10
"""How often types are worked out anew; whatever still changes then may be anything."""
RESULT_KEY = re.compile(r"result\s*\.\s*(\w+)")
LOCAL: dict[str, Types] = {"status": NUMBER, "headers": MAPPING, "body": None, "result": None}


@dataclass(frozen=True)
class Typed:
    """What is known of one flow's variables."""

    subject: Subject

    @cached_property
    def reaching(self) -> Reaching:
        """Which definitions may be in force where."""
        return reaching(self.subject, given(self.subject))

    @cached_property
    def unknown(self) -> frozenset[str]:
        """Variables that callers may begin the flow with, where those are not known."""
        subject = self.subject
        callers_known = all(id in subject.loaded.flows for id in subject.callers) and subject.callers
        if not subject.flow.is_subflow or callers_known:
            return frozenset()
        return frozenset(each.name for each in definitions(subject.flow) if each.origin == "initial")

    @cached_property
    def _of_definitions(self) -> dict[Definition, Types]:
        listed = self.reaching.definitions
        found: dict[Definition, Types] = dict.fromkeys(listed, NEVER)
        for _ in range(ROUNDS):
            changed = False
            for each in listed:
                types = self._of_definition(each, found)
                if types != found[each]:
                    found[each] = types
                    changed = True
            if not changed:
                return found
        return dict.fromkeys(listed)

    def _of_definition(self, definition: Definition, found: dict[Definition, Types]) -> Types:
        match definition.origin:
            case "entered" | "recorded":
                return TEXT
            case "given":
                return self._given(definition)
            case "initial":
                return None if definition.name in self.unknown else of_value(definition.value)
            case "saved" if (returned := self._returned(definition)) is not None:
                return returned
            case "saved" | "set":
                local = ("status", "headers", "body", "result") if definition.origin == "saved" else ()
                return of_pattern(definition.value, self._known(definition.node, local, found))

    def _given(self, definition: Definition) -> Types:
        """What a caller gives: texts and numbers as written, and what callers of the calling flow entered."""
        value = definition.value
        if isinstance(value, Template) and len(value.parts) == 1 and isinstance(value.parts[0], Expression):
            return None
        return of_pattern(value, lambda _: None)

    def _returned(self, definition: Definition) -> Types:
        """What a subflow returns, where it is written there."""
        node = self.subject.flow.nodes[definition.node or ""]
        found = RESULT_KEY.fullmatch(definition.value.source) if isinstance(definition.value, Expression) else None
        if not isinstance(node, Subflow) or found is None or node.flow not in self.subject.loaded.flows:
            return None
        returns = self.subject.loaded.flows[node.flow].nodes.values()
        union = NEVER
        for each in returns:
            if isinstance(each, Return) and found[1] in each.values:
                types = of_pattern(each.values[found[1]], lambda _: None)
                if types is None:
                    return None
                union |= types
        return union or None

    def _known(self, node: str | None, local: tuple[str, ...], found: dict[Definition, Types]) -> Known:
        def known(name: str) -> Types:
            if name in local:
                return LOCAL[name]
            union: Types = NEVER
            for each in self.reaching.of(name, node):
                types = found[each]
                if types is None or union is None:
                    return None
                union |= types
            return union

        return known

    def known(self, node: str | None, local: tuple[str, ...] = ()) -> Known:
        """The types of names in an expression of a node."""
        return self._known(node, local, self._of_definitions)


def of_pattern(value: Pattern | Expression, known: Known) -> Types:
    """The types of a value of a variable, or of an expression."""
    match value:
        case Expression():
            return type_of(value.source, known, bare=True)
        case Template(parts=(Expression(),)):
            return type_of(value.source, known, bare=False)
        case Template():
            return TEXT
        case _:
            return of_value(value)


def given(subject: Subject) -> Iterator[Definition]:
    """What the flows that call this one begin it with."""
    for id in subject.callers:
        flow = subject.loaded.flows.get(id)
        for node in flow.nodes.values() if flow is not None else ():
            if isinstance(node, Subflow) and node.flow == subject.flow.id:
                for name, value in node.given.items():
                    yield Definition(name, "given", ("variables", name), None, value)
