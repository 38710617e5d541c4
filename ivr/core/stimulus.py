"""What may happen to a call at a node, one stimulus for each different reaction: what the explorer tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ivr.core.events import (
    DeadlinePassed,
    Event,
    KeyPressed,
    LookupAnswered,
    LookupFailed,
    SpeechBegan,
    SpeechEnded,
    TransferFault,
    Transferred,
)

Cause = Literal[
    "choice",
    "universal",
    "answer",
    "refusal",
    "silence",
    "wrong",
    "hangup",
    "found",
    "failed",
    "handed_over",
    "not_handed_over",
]
"""Who does what: the caller takes what is offered, answers or not, or goes; a lookup or a transfer succeeds or not."""


@dataclass(frozen=True, slots=True)
class Stimulus:
    """One thing that the caller or the world may do."""

    cause: Cause
    told: str
    """In words, as they stand in the description of a call: `press 1`, `say nothing`."""
    events: tuple[Event, ...]
    """With the time 0, and for lookups the number 0: whoever tells them knows when and which."""


def pressed(cause: Cause, keys: str, *, waits: bool = False) -> Stimulus:
    """Keys, after which the caller waits until they are taken, if need be."""
    events = tuple(KeyPressed(0, key) for key in keys)
    told = f"press {keys}, which is not offered," if cause == "wrong" else f"press {keys}"
    return Stimulus(cause, told, (*events, DeadlinePassed(0)) if waits else events)


def said(cause: Cause, text: str) -> Stimulus:
    """Words, understood with certainty."""
    return Stimulus(cause, f"say “{text}”", (SpeechBegan(0), SpeechEnded(0, text, 1.0)))


def silence() -> Stimulus:
    """Nothing, for as long as the node waits."""
    return Stimulus("silence", "say nothing", (DeadlinePassed(0),))


def answered(status: int, told: str, cause: Cause) -> Stimulus:
    """A lookup's answer, of which only the status is known."""
    return Stimulus(cause, told, (LookupAnswered(0, 0, status),))


def unanswered(tries: int) -> Stimulus:
    """A lookup of which every try fails."""
    return Stimulus("failed", "let the lookup fail", (LookupFailed(0, 0, "connect", "no answer"),) * tries)


def transferred(fault: TransferFault | None) -> Stimulus:
    """What becomes of a transfer."""
    cause: Cause = "handed_over" if fault is None else "not_handed_over"
    told = "let the transfer be taken" if fault is None else "let the transfer fail"
    return Stimulus(cause, told, (Transferred(0, fault),))
