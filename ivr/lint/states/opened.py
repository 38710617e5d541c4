"""A flow as the explorer walks it: expressions take what is unknown, and a branch on it waits to be told.

A step then never has to guess, and paths that part at a branch join again where their sessions are alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from ivr.core.clauses import Clause, clause, weigh
from ivr.core.events import LookupAnswered, Told
from ivr.core.expressions import Expression
from ivr.core.fields import Fields
from ivr.core.flow import Flow
from ivr.core.node import Exit, Node
from ivr.core.reading import Reading
from ivr.core.rewriting import parts_of, rewritten, silent
from ivr.core.templates import Template
from ivr.core.turn import Turn
from ivr.lint.states.unknown import Case, Open, OpenTemplate, Unknown, Watch
from ivr.nodes.branch import Branch
from ivr.nodes.collect import Collect
from ivr.nodes.menu import Menu
from ivr.nodes.set import Set
from ivr.nodes.subflow import involved

TAKEN, PASSED = 200, 404
"""How a branch that waits is told that its case holds, or does not: as the status of a lookup."""


class Entered(Collect):
    """A collect whose value is unknown, but for its length."""

    __slots__ = ()

    def local(self, value: str) -> dict[str, Any]:
        """The variable, as if it had the value already."""
        return {self.into: Unknown(value)}


@dataclass(frozen=True, slots=True)
class Undecided:
    """What a branch that waits remembers: the case that hangs on the world."""

    case: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork(Node):
    """A branch that waits to be told what the world decides."""

    kind: ClassVar[str] = "branch"
    after_call: ClassVar[bool] = True
    schema: ClassVar[Mapping[str, Any]] = {}

    branch: Branch
    whens: tuple[tuple[Open, Clause], ...]
    flow: str
    watch: Watch

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Refuse: no author writes one."""
        raise NotImplementedError

    def enter(self, turn: Turn) -> None:
        """Decide what can be decided."""
        self._go_on(turn, 0)

    def handle(self, turn: Turn, event: Told) -> None:
        """Take the case that hangs on the world, or pass it."""
        case = turn.recall(Undecided).case
        match event:
            case LookupAnswered(status=status) if status == TAKEN:
                self._take(turn, case)
            case LookupAnswered():
                self._go_on(turn, case + 1)
            case _:
                super(Fork, self).handle(turn, event)

    def _go_on(self, turn: Turn, first: int) -> None:
        for case in range(first, len(self.whens)):
            when, condition = self.whens[case]
            scope = turn.scope()
            verdict = weigh(condition, lambda part, when=when, scope=scope: when.truth(scope, part))  # type: ignore[misc]  # defaults bind the loop's values
            self.watch.decided.setdefault(Case(self.flow, self.id, case), set()).add(verdict)
            if verdict is None:
                turn.remember(Undecided(case))
                turn.fetching = turn.number()
                return
            if verdict:
                self._take(turn, case)
                return
        turn.leave(self.branch.otherwise, "otherwise")

    def _take(self, turn: Turn, case: int) -> None:
        turn.leave(self.branch.cases[case].next, f"cases.{case}")

    def exits(self) -> tuple[Exit, ...]:
        """Those of the branch."""
        return self.branch.exits()


def opened(flow: Flow, readings: Mapping[str, Reading], watch: Watch) -> Flow:
    """The flow, and all that it calls, with expressions that take what is unknown."""
    return silent(involved(flow), lambda each: _parts(each, readings.get(each.id), watch))[flow.id]


def _parts(flow: Flow, reading: Reading | None, watch: Watch) -> Mapping[str, Any]:
    paths = {id(use.expression): use.path for use in reading.uses} if reading is not None else {}

    def change(value: Any) -> Any:
        match value:
            case Expression():
                return Open(value, flow.id, paths.get(id(value), ()), watch)
            case Template() if not value.static:
                return OpenTemplate(value.source, tuple(change(part) or part for part in value.parts))
            case _:
                return None

    nodes = {name: _node(node, flow, change, watch) for name, node in flow.nodes.items()}
    return {"nodes": nodes, "prompts": {name: rewritten(prompt, change) for name, prompt in flow.prompts.items()}}


def _node(node: Node, flow: Flow, change: Callable[[Any], Any], watch: Watch) -> Any:
    match node:
        case Branch():
            whens = tuple((change(case.when), clause(case.when)) for case in node.cases)
            return Fork(id=node.id, on_error=node.on_error, branch=node, whens=whens, flow=flow.id, watch=watch)
        case Collect():
            made = Entered(**parts_of(node))
            entered = rewritten(made, change)
            condition = entered.validate
            return replace(entered, validate=replace(condition, holds=True)) if condition is not None else entered
        case Menu():
            changed = rewritten(node, change)
            choices = tuple(replace(each, set=_exact_language(each.set, flow)) for each in changed.choices)
            return replace(changed, choices=choices)
        case Set():
            changed = rewritten(node, change)
            return replace(changed, values=_exact_language(changed.values, flow))
        case _:
            return rewritten(node, change)


def _exact_language(values: Mapping[str, Any], flow: Flow) -> Mapping[str, Any]:
    language = values.get("language")
    if not isinstance(language, OpenTemplate):
        return values
    return {**values, "language": replace(language, instead=flow.language)}
