"""The input keys that menus and collects share, and that a flow's `defaults` may set for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivr.core.prompts import Prompt


@dataclass(frozen=True, slots=True)
class Input:
    """The input keys of a menu or collect, after the flow's defaults."""

    timeout: int = 5_000
    """Milliseconds of silence after the prompt has been heard."""
    attempts: int = 3
    no_input: tuple[Prompt, ...] = ()
    no_match: tuple[Prompt, ...] = ()
    on_failure: str | None = None
    keys_barge_in: bool = True
    speech_barges_in: bool = True
    flush: bool = False
    """Whether keys pressed before the node are dropped."""
    confidence: float = 0.5
    """What an utterance must reach to count, in the calibrated measure of `ivr.speech.engine.Guess`."""


def escalated(prompts: tuple[Prompt, ...], nth: int) -> Prompt:
    """What is said the n-th time, counted from 1: the last of the prompts again when there are no more."""
    return prompts[min(nth, len(prompts)) - 1] if prompts else ()


SCHEMA: Mapping[str, Any] = {
    "timeout": {
        "$ref": "#/$defs/duration",
        "description": "Silence, after the prompt has been heard to its end, that counts as a no-input.",
        "default": "5s",
    },
    "attempts": {
        "type": "integer",
        "minimum": 1,
        "maximum": 20,
        "default": 3,
        "description": "How many no-inputs and no-matches together use the node up; on_failure follows.",
    },
    "no_input": {
        "$ref": "#/$defs/escalating",
        "description": "Said before the prompt again after silence; a list escalates from time to time.",
        "examples": [["Sorry, I did not hear you.", "Please press a key on your phone."]],
    },
    "no_match": {
        "$ref": "#/$defs/escalating",
        "description": "Said before the prompt again after something that is not offered.",
        "examples": ["Sorry, that is not an option."],
    },
    "on_failure": {
        "$ref": "#/$defs/node",
        "description": "Where to go when the attempts are used up; the flow's on_failure otherwise.",
    },
    "barge_in": {
        "title": "true, false, or a mapping such as {keys: true, speech: false}",
        "description": "Whether a key or a phrase stops the prompt.",
        "default": True,
        "anyOf": [
            {"type": "boolean"},
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {"keys": {"type": "boolean"}, "speech": {"type": "boolean"}},
            },
        ],
        "examples": [False, {"keys": True, "speech": False}],
    },
    "type_ahead": {
        "enum": ["keep", "flush"],
        "default": "keep",
        "description": "What becomes of keys pressed before the node was reached.",
    },
    "confidence": {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "default": 0.5,
        "description": (
            "How sure the recogniser must be of what was said. At 0.5 at most about 1 in 50 utterances that are not "
            "offered are taken for one that is; a higher value errs less and asks again more often."
        ),
    },
}
"""JSON Schema of these keys."""
