"""`branch`: goes where the first condition that holds leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ivr.core.expressions import Expression
from ivr.core.fields import Fields
from ivr.core.node import Exit, Node
from ivr.core.reading import as_text
from ivr.core.turn import Turn
from ivr.core.values import Sensitive, reveal


@dataclass(frozen=True, slots=True)
class Case:
    """One condition and where it leads."""

    when: Expression
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch(Node):
    """A decision without the caller."""

    kind: ClassVar[str] = "branch"
    after_call: ClassVar[bool] = True
    schema: ClassVar[Mapping[str, Any]] = {
        "description": "Goes on at the first case that holds.",
        "required": ["cases", "otherwise"],
        "not_allowed": ["next"],
        "properties": {
            "cases": {
                "type": "array",
                "minItems": 1,
                "description": "Conditions, in the order in which they are tried.",
                "items": {
                    "type": "object",
                    "required": ["when", "next"],
                    "additionalProperties": False,
                    "properties": {
                        "when": {"$ref": "#/$defs/expression"},
                        "next": {"$ref": "#/$defs/node"},
                    },
                },
                "examples": [[{"when": "is_open('office')", "next": "main_menu"}]],
            },
            "otherwise": {"$ref": "#/$defs/node", "description": "Where to go when no case holds."},
        },
    }

    cases: tuple[Case, ...]
    otherwise: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Make the node from its keys."""
        reading = fields.reading
        cases = tuple(
            Case(
                reading.expression(raw["when"], fields.at("cases", place, "when")),
                reading.refer("node", as_text(raw["next"]), fields.at("cases", place, "next")),
            )
            for place, raw in enumerate(fields.raw["cases"])
        )
        return cls(**fields.common(), cases=cases, otherwise=fields.target("otherwise") or "")

    def enter(self, turn: Turn) -> None:
        """Decide and go on."""
        for place, case in enumerate(self.cases):
            verdict = turn.evaluate(case.when)
            if reveal(verdict):
                shown = "a case about a sensitive value" if isinstance(verdict, Sensitive) else case.when.source
                turn.explain(f"{shown} holds, so “{case.next}”")
                turn.leave(case.next, f"cases.{place}")
                return
        turn.explain(f"no case holds, so “{self.otherwise}”")
        turn.leave(self.otherwise, "otherwise")

    def exits(self) -> tuple[Exit, ...]:
        """A way out for each case, and the one for none."""
        cases = (Exit(f"cases.{place}", case.next, ("cases", place, "next")) for place, case in enumerate(self.cases))
        return (*cases, Exit("otherwise", self.otherwise, ("otherwise",)), *super(Branch, self).exits())

    def expressions(self) -> tuple[Expression, ...]:
        """The conditions."""
        return tuple(case.when for case in self.cases)
