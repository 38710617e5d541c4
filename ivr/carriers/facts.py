"""What a carrier tells us, by webhook and by stream, in the same words for every dialect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

KEYS = frozenset("0123456789*#ABCD")
"""The keys of a telephone (ITU-T Q.23)."""

Direction = Literal["inbound", "outbound"]
"""`inbound` is a call to us, `outbound` one that was placed for us."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """What every webhook says of its call. Where the carrier left a text out it is empty."""

    call_id: str
    """The carrier's id of the call."""
    caller: str
    """The number that calls, in E.164 form; of an outbound call our own."""
    called: str
    """The number that is called."""
    direction: Direction
    status: str
    """As the carrier words it."""
    request_id: str
    """The carrier's id of our request for an outbound call."""


@dataclass(frozen=True, slots=True)
class AnswerRequest(Webhook):
    """A call is answered, and the carrier asks what to do with it."""

    answered_at: str
    """As the carrier writes times: ISO 8601, UTC."""


@dataclass(frozen=True, slots=True)
class RingReport(Webhook):
    """The telephone of an outbound call rings."""


@dataclass(frozen=True, slots=True)
class HangupReport(Webhook):
    """A call is over, also one that was never answered."""

    duration: float | None
    """Seconds from answer to end; None where that is not told."""
    started_at: str
    answered_at: str
    """Empty if the call was never answered."""
    ended_at: str
    cause: str
    """As the carrier words it: for some a number of ITU-T Q.850."""


class WebhookError(ValueError):
    """A webhook lacks what can't be done without; the message says what was expected and what came."""


@dataclass(frozen=True, slots=True)
class Started:
    """The stream is open: the first message of each connection, so after a break it comes again."""

    stream_id: str
    call_id: str
    """Either may be empty: the stream's URL, not this message, proves which call it is."""
    desk: bool = False
    """Our own caller at the desk is at the other end, who wants transcripts too."""
    in_text: bool = False
    """And speaks in text: what is said comes as `Speaking` and `Said`, not as audio."""


@dataclass(frozen=True, slots=True)
class Media:
    """A piece of what the caller said."""

    audio: bytes = field(repr=False)
    """A-law at 8 kHz, whatever the wire carried; of any length, also none."""


@dataclass(frozen=True, slots=True)
class Key:
    """The caller pressed a key."""

    key: str = field(repr=False)
    """One of `KEYS`. Kept out of `repr`, because a single key may be part of a secret number."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """The caller begins to speak; only who speaks in text tells that."""


@dataclass(frozen=True, slots=True)
class Said:
    """The caller, who speaks in text, has said something."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Marked:
    """The caller has heard all audio before this mark."""

    name: str


@dataclass(frozen=True, slots=True)
class Cleared:
    """The carrier has dropped what it had not played."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The carrier ends the stream."""


@dataclass(frozen=True, slots=True)
class Nonsense:
    """A message, or a part of one, that means nothing: to be logged and dropped."""

    why: str
    """What is wrong and what was expected, in words of ours only."""
    excerpt: str
    """The beginning of the message, on one line, without any digits."""


Fact = Started | Media | Key | Speaking | Said | Marked | Cleared | Stopped | Nonsense
