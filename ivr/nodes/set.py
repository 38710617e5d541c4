"""`set`: assigns variables, and the language of the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ivr.core.expressions import Expression
from ivr.core.fields import Fields
from ivr.core.filling import Pattern
from ivr.core.filling import expressions as expressions_in
from ivr.core.node import Node
from ivr.core.turn import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Set(Node):
    """New values for variables, all computed from the old ones."""

    kind: ClassVar[str] = "set"
    after_call: ClassVar[bool] = True
    schema: ClassVar[Mapping[str, Any]] = {
        "description": "Assigns variables; `language` changes voice, prompts and speech model.",
        "required": ["values"],
        "properties": {
            "values": {
                "$ref": "#/$defs/values",
                "description": "Variables and their new values.",
                "examples": [{"count": "{{ count + 1 }}", "language": "hi-IN"}],
            },
        },
    }

    values: Mapping[str, Pattern]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Make the node from its keys."""
        return cls(**fields.common(), values=fields.variables("values", allowed=("language",)))

    def enter(self, turn: Turn) -> None:
        """Assign and go on."""
        turn.assign(turn.fill(self.values))
        turn.leave(self.next)

    def expressions(self) -> tuple[Expression, ...]:
        """Those of the values."""
        return tuple(expressions_in(dict(self.values)))

    def writes(self) -> tuple[str, ...]:
        """The variables."""
        return tuple(name for name in self.values if name != "language")

    def languages(self) -> tuple[Pattern, ...]:
        """The one that is assigned, if any."""
        return (self.values["language"],) if "language" in self.values else ()
