"""`return`: ends a subflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ivr.core.events import Returned
from ivr.core.expressions import Expression
from ivr.core.fields import Fields
from ivr.core.filling import Pattern
from ivr.core.filling import expressions as expressions_in
from ivr.core.mishap import Mishap
from ivr.core.node import Node
from ivr.core.turn import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(Node):
    """The way back to the flow that called this one."""

    kind: ClassVar[str] = "return"
    schema: ClassVar[Mapping[str, Any]] = {
        "description": "Ends a subflow; a flow with a return can't be called by a carrier.",
        "required": [],
        "not_allowed": ["next"],
        "properties": {
            "values": {
                "$ref": "#/$defs/values",
                "description": "What the calling node sees as `result`.",
                "examples": [{"ok": True, "account": "{{ account }}"}],
            },
        },
    }

    values: Mapping[str, Pattern]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Make the node from its keys."""
        return cls(**fields.common(), values=fields.mapping("values"))

    def enter(self, turn: Turn) -> None:
        """Go back with the values."""
        if len(turn.stack) == 1:
            raise Mishap("failure", "no flow called this one, so there is nothing to return to")
        values = turn.fill(self.values)
        turn.explain(f"the flow “{turn.here.flow}” returns")
        turn.stack = turn.stack[:-1]
        turn.memory = {}
        turn.changed = set()
        turn.node.handle(turn, Returned(turn.at, values))

    def expressions(self) -> tuple[Expression, ...]:
        """Those of the values."""
        return tuple(expressions_in(dict(self.values)))
