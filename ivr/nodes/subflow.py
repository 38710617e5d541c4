"""`subflow`: runs another flow and comes back at its `return`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ivr.core.events import Returned, Told
from ivr.core.expressions import Expression
from ivr.core.fields import Fields
from ivr.core.filling import Pattern, whole
from ivr.core.filling import expressions as expressions_in
from ivr.core.flow import Flow
from ivr.core.mishap import Mishap
from ivr.core.node import Node
from ivr.core.reading import as_text
from ivr.core.session import Activation
from ivr.core.turn import Turn

MAX_DEPTH = 20
"""Flows on top of each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subflow(Node):
    """Another flow, with variables of its own."""

    kind: ClassVar[str] = "subflow"
    schema: ClassVar[Mapping[str, Any]] = {
        "description": "Runs another flow, and goes on when that returns.",
        "required": ["flow", "next"],
        "properties": {
            "flow": {
                "type": "string",
                "pattern": "^[A-Za-z0-9_-]+$",
                "description": "The id of the other flow: its file's name without the ending.",
            },
            "with": {"$ref": "#/$defs/values", "description": "Variables that the other flow begins with."},
            "save": {
                "$ref": "#/$defs/save",
                "description": "Variables to assign from `result`, the values of its return.",
                "examples": [{"verified": "result.ok"}],
            },
        },
    }

    flow: str
    given: Mapping[str, Pattern]
    save: Mapping[str, Expression]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Make the node from its keys."""
        flow = fields.reading.refer("flow", as_text(fields.raw["flow"]), fields.at("flow"))
        return cls(**fields.common(), flow=flow, given=fields.variables("with"), save=fields.save(("result",)))

    def enter(self, turn: Turn) -> None:
        """Start the other flow."""
        if len(turn.stack) >= MAX_DEPTH:
            raise Mishap("loop", f"more than {MAX_DEPTH} flows called each other")
        flow = turn.root.flow(self.flow)
        variables = {**flow.variables, **turn.fill(self.given)}
        turn.check_size({**turn.here.variables, self.id: variables})
        turn.explain(f"the flow “{self.flow}” begins")
        turn.stack = (*turn.stack, Activation(self.flow, flow.start, variables))
        turn.changed = set(self.given)
        turn.target = flow.start

    def handle(self, turn: Turn, event: Told) -> None:
        """Save what it returned and go on."""
        if isinstance(event, Returned):
            local = {"result": whole(event.values)}
            turn.assign({name: turn.evaluate(each, local) for name, each in self.save.items()})
            turn.leave(self.next)

    def expressions(self) -> tuple[Expression, ...]:
        """Those of what is given and of what is saved."""
        return (*expressions_in(dict(self.given)), *self.save.values())

    def writes(self) -> tuple[str, ...]:
        """What is saved."""
        return tuple(self.save)


def called(flow: Flow) -> tuple[str, ...]:
    """The flows that a flow may call itself, by id, sorted."""
    return tuple(sorted({node.flow for node in flow.nodes.values() if isinstance(node, Subflow)}))


def involved(flow: Flow) -> tuple[Flow, ...]:
    """A flow and all that it may come to, sorted by id."""
    found: dict[str, Flow] = {}
    waiting = [flow]
    while waiting:
        each = waiting.pop()
        if each.id not in found:
            found[each.id] = each
            waiting.extend(each.flow(id) for id in called(each))
    return tuple(found[id] for id in sorted(found))
