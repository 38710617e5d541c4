"""A loaded flow: everything that its author wrote, checked and resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from zoneinfo import ZoneInfo

from ivr.core.expressions import Expression
from ivr.core.hours import Hours
from ivr.core.node import Node
from ivr.core.prompts import ByLanguage, Prompt, expressions
from ivr.core.segments import Voice

Action = Literal["repeat", "back", "start"]


@dataclass(frozen=True, slots=True)
class Universal:
    """A key or phrase that every menu and collect of the flow offers; it has `do` or `next`."""

    press: str | None
    say: ByLanguage[tuple[str, ...]]
    do: Action | None
    next: str | None


@dataclass(frozen=True, slots=True)
class Budget:
    """How far a goal may be from the answer: milliseconds, and menus and collects on the way."""

    within: int | None
    menus: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """One flow file. Compared by identity: a call stays on the object that it began with."""

    id: str
    file: str
    fingerprint: str
    """A hash of the texts of this flow and of all its subflows."""
    description: str
    default: bool
    numbers: tuple[str, ...]
    start: str
    language: str
    voice: Voice
    variables: Mapping[str, Any]
    hours: Mapping[str, Hours]
    goals: Mapping[str, tuple[str, ...]]
    budgets: Mapping[str, Budget]
    prompts: Mapping[str, Prompt]
    universals: tuple[Universal, ...]
    on_failure: str | None
    on_error: str | None
    on_hangup: str | None
    nodes: Mapping[str, Node]
    private: bool = False
    """Whether this flow, or one that it may call, asks for something sensitive."""
    flows: Mapping[str, Flow] = field(default_factory=dict)
    """All flows of the same folder by id, for `subflow` nodes."""

    @property
    def is_subflow(self) -> bool:
        """Whether it has a `return`, so that only other flows can call it."""
        return any(node.kind == "return" for node in self.nodes.values())

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone of its first hours, in which `now` is told; None is UTC."""
        return next((hours.zone for hours in self.hours.values()), None)

    def flow(self, flow_id: str) -> Flow:
        """This flow or one of its neighbours, by id."""
        return self if flow_id == self.id else self.flows[flow_id]

    def goals_at(self, node: str) -> tuple[str, ...]:
        """The goals that entering a node reaches."""
        return tuple(name for name, nodes in self.goals.items() if node in nodes)

    def all_prompts(self) -> Iterator[Prompt]:
        """Every prompt of the flow, those of the nodes first."""
        for node in self.nodes.values():
            yield from node.prompts()
        yield from self.prompts.values()

    def all_expressions(self) -> Iterator[Expression]:
        """Every expression of the flow."""
        for node in self.nodes.values():
            yield from node.expressions()
        for prompt in self.all_prompts():
            yield from expressions(prompt, self.prompts)

    def prompts_with(self, variables: frozenset[str]) -> Iterator[Prompt]:
        """The prompts of nodes that speak one of these variables."""
        for node in self.nodes.values():
            for prompt in node.prompts():
                if any(not variables.isdisjoint(e.reads) for e in expressions(prompt, self.prompts)):
                    yield prompt
