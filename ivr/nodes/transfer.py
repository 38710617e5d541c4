"""`transfer`: hands the call on and ends it here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn, Self

from ivr.core.effects import Transfer as TransferEffect
from ivr.core.ending import end
from ivr.core.events import DeadlinePassed, PlaybackEnded, Reconnected, Told, Transferred
from ivr.core.expressions import Expression
from ivr.core.fields import Fields
from ivr.core.mishap import Mishap
from ivr.core.node import Node
from ivr.core.prompts import Prompt
from ivr.core.stimulus import Stimulus, transferred
from ivr.core.templates import Template
from ivr.core.turn import Turn

PATIENCE_MS = 120_000
"""How long a carrier may take to say what became of a transfer."""

REASONS = {
    "unsupported": "the carrier can't transfer calls",
    "busy": "the other side is busy",
    "no_answer": "the other side does not answer",
}


@dataclass(frozen=True, slots=True)
class Handover:
    """What a transfer remembers: whether the carrier was asked."""

    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Node):
    """The way to a human."""

    kind: ClassVar[str] = "transfer"
    schema: ClassVar[Mapping[str, Any]] = {
        "description": "Hands the call on, and ends it at this node.",
        "required": ["to"],
        "not_allowed": ["next"],
        "properties": {
            "to": {
                "$ref": "#/$defs/template",
                "description": "The number or address to hand the call to.",
                "examples": ["+918000000002"],
            },
            "prompt": {"$ref": "#/$defs/prompt"},
        },
    }

    to: Template
    prompt: Prompt

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Make the node from its keys."""
        return cls(**fields.common(), to=fields.template("to"), prompt=fields.prompt("prompt"))

    def enter(self, turn: Turn) -> None:
        """Say the prompt to its end, unless the carrier can't transfer at all."""
        turn.keypad.drop()
        turn.remember(Handover())
        if not turn.call.can_transfer:
            self._fail(turn, "unsupported", REASONS["unsupported"])
        if not turn.play(self.prompt):
            self._hand_over(turn)

    def handle(self, turn: Turn, event: Told) -> None:
        """Ask the carrier when the prompt was heard, and end with its answer."""
        asked = turn.recall(Handover).asked
        match event:
            case PlaybackEnded():
                self._hand_over(turn)
            case Transferred() if not asked:
                pass  # It is about an earlier transfer, which was given up.
            case Transferred(fault=None):
                turn.explain("the call was handed over", "handed_over")
                end(turn, "transfer")
            case Transferred(fault=str(fault)):
                self._fail(turn, fault, REASONS[fault])
            case DeadlinePassed():
                self._fail(turn, "no_answer", "the carrier did not say what became of the transfer")
            case Reconnected():
                if not asked:
                    self.enter(turn)
            case _:
                pass  # The rest concerns other kinds of nodes; keys change nothing any more.

    def _fail(self, turn: Turn, kind: str, message: str) -> NoReturn:
        turn.explain("", "not_handed_over")
        raise Mishap(kind, message)

    def _hand_over(self, turn: Turn) -> None:
        to = turn.text(self.to)
        if not to.value.strip():
            raise Mishap("template", "there is no number to transfer to")
        turn.remember(Handover(asked=True))
        turn.ask(TransferEffect(to.value.strip(), to.shown.strip()))
        turn.wait(PATIENCE_MS)

    def stimuli(self, turn: Turn) -> tuple[Stimulus, ...]:
        """The transfer is taken, or not."""
        return (transferred(None), transferred("no_answer")) if turn.recall(Handover).asked else ()

    def expressions(self) -> tuple[Expression, ...]:
        """Those of the number."""
        return self.to.expressions

    def prompts(self) -> tuple[Prompt, ...]:
        """The one prompt."""
        return (self.prompt,)
