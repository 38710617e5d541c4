"""`hangup`: says the last words and ends the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ivr.core.ending import end
from ivr.core.events import PlaybackEnded, Reconnected, Told
from ivr.core.fields import Fields
from ivr.core.node import Node
from ivr.core.prompts import Prompt
from ivr.core.reading import as_text
from ivr.core.turn import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup(Node):
    """The end of a call."""

    kind: ClassVar[str] = "hangup"
    schema: ClassVar[Mapping[str, Any]] = {
        "description": "Plays the rest, then ends the call.",
        "required": [],
        "not_allowed": ["next"],
        "properties": {
            "prompt": {"$ref": "#/$defs/prompt"},
            "reason": {
                "type": "string",
                "minLength": 1,
                "default": "hangup",
                "description": "What `call.reason` and the call's record say.",
                "examples": ["served"],
            },
        },
        "examples": [{"type": "hangup", "prompt": "Goodbye."}],
    }

    prompt: Prompt
    reason: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Make the node from its keys."""
        reason = as_text(fields.raw.get("reason", "hangup"))
        return cls(**fields.common(), prompt=fields.prompt("prompt"), reason=reason)

    def enter(self, turn: Turn) -> None:
        """Say the last words; without any, end at once."""
        turn.keypad.drop()
        if not turn.play(self.prompt):
            end(turn, self.reason)

    def handle(self, turn: Turn, event: Told) -> None:
        """End when they have been heard; keys change nothing any more."""
        match event:
            case PlaybackEnded():
                end(turn, self.reason)
            case Reconnected():
                self.enter(turn)
            case _:
                pass  # The rest concerns other kinds of nodes.

    def prompts(self) -> tuple[Prompt, ...]:
        """The last words."""
        return (self.prompt,)
