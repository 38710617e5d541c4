"""`play`: says something and goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ivr.core.events import KeyPressed, PlaybackEnded, Reconnected, Told
from ivr.core.fields import Fields
from ivr.core.node import Node
from ivr.core.prompts import Prompt
from ivr.core.turn import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(Node):
    """A prompt that a key may cut short; the key is kept for the next input node."""

    kind: ClassVar[str] = "play"
    schema: ClassVar[Mapping[str, Any]] = {
        "description": "Plays a prompt, then goes on.",
        "required": ["prompt", "next"],
        "properties": {
            "prompt": {"$ref": "#/$defs/prompt"},
            "barge_in": {
                "type": "boolean",
                "default": True,
                "description": "Whether a key ends the prompt; the key is kept for the next input node.",
            },
        },
        "examples": [{"type": "play", "prompt": "Welcome to Acme.", "next": "main_menu"}],
    }

    prompt: Prompt
    barge_in: bool

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Make the node from its keys."""
        return cls(**fields.common(), prompt=fields.prompt("prompt"), barge_in=fields.flag("barge_in", True))

    def enter(self, turn: Turn) -> None:
        """Play; without anything to hear, go on at once."""
        if not self.barge_in:
            turn.keypad.drop()
        if not turn.play(self.prompt):
            turn.leave(self.next)

    def handle(self, turn: Turn, event: Told) -> None:
        """Go on after the prompt, or at a key."""
        match event:
            case PlaybackEnded():
                turn.leave(self.next)
            case KeyPressed(key=key):
                if self.barge_in:
                    turn.hush()
                    turn.keypad.keep(key)
                    turn.explain(f"{turn.named(key)} ends the prompt and is kept")
                    turn.leave(self.next)
                else:
                    turn.explain(f"{turn.named(key)} is lost, because the prompt must be heard")
            case Reconnected():
                self.enter(turn)
            case _:
                pass  # The rest concerns other kinds of nodes.

    def prompts(self) -> tuple[Prompt, ...]:
        """The one prompt."""
        return (self.prompt,)
