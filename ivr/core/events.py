"""What happened to a call, and when: the only things that `step` is ever told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

KEYS = tuple("0123456789*#ABCD")
"""The keys of a telephone (ITU-T Q.23); a carrier's other inventions are dropped."""

LookupFault = Literal["connect", "timeout", "body", "interrupted"]
Who = Literal["caller", "operator"]
"""Who hangs up."""
TransferFault = Literal["unsupported", "busy", "no_answer"]


@dataclass(frozen=True, slots=True)
class Answered:
    """The carrier's stream is open and the caller can hear us."""

    at: int
    """Milliseconds since the call began, monotonic; the same in every event."""


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The caller pressed one key of the telephone."""

    at: int
    key: str = field(repr=False)
    """One of `0-9 * # A-D`. Kept out of `repr`, because a single key may be part of a secret number."""


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The caller started to make sounds that may be speech."""

    at: int


@dataclass(frozen=True, slots=True)
class PhraseHeard:
    """The recogniser is certain of a phrase although the caller may not have ended yet."""

    at: int
    text: str = field(repr=False)
    confidence: float


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The caller fell silent again; `text` is what was understood, empty where nothing was."""

    at: int
    text: str = field(default="", repr=False)
    confidence: float = 0.0
    noisy: bool = False
    """The line is so noisy that nothing could be understood."""


@dataclass(frozen=True, slots=True)
class Deafened:
    """What was asked for by `Listen` can't be done, now or any more: until the next `Listen` there are only keys."""

    at: int
    why: str


@dataclass(frozen=True, slots=True)
class PlaybackEnded:
    """The caller has heard a playback, and all that was queued before it, to the end."""

    at: int
    playback: int


@dataclass(frozen=True, slots=True)
class PlaybackFailed:
    """A playback can't be heard: its prompt could not be made into audio."""

    at: int
    playback: int
    message: str


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The clock reached the session's deadline."""

    at: int


@dataclass(frozen=True, slots=True)
class LookupAnswered:
    """An HTTP server answered a lookup, whatever the status; `body` is None where it is not JSON."""

    at: int
    lookup: int
    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class LookupFailed:
    """No usable answer to a lookup came."""

    at: int
    lookup: int
    fault: LookupFault
    message: str


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """The recorder stopped by itself, because it can't go on."""

    at: int
    recording: str


@dataclass(frozen=True, slots=True)
class Transferred:
    """The carrier took the call over, or could not: then `fault` says why."""

    at: int
    fault: TransferFault | None = None


@dataclass(frozen=True, slots=True)
class Reconnected:
    """The carrier's stream came back after a break; what was playing is lost."""

    at: int


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller is gone, or an operator has ended the call."""

    at: int
    by: Who = "caller"


@dataclass(frozen=True, slots=True)
class Returned:
    """A subflow came back with these values: told by `step` itself to the node that called it."""

    at: int
    values: Mapping[str, Any] = field(repr=False)


Event = (
    Answered
    | KeyPressed
    | SpeechBegan
    | PhraseHeard
    | SpeechEnded
    | Deafened
    | PlaybackEnded
    | PlaybackFailed
    | DeadlinePassed
    | LookupAnswered
    | LookupFailed
    | RecordingEnded
    | Transferred
    | Reconnected
    | HungUp
)
"""What the world tells."""

Told = Event | Returned
"""What a node is told."""
