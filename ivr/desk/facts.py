"""What is remembered of a call at the desk, and how its carrier behaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ivr.desk.messages import Who


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was said or decided."""

    at: int
    """Milliseconds since the call began."""
    who: Who | Literal["carrier"]
    node: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the stream."""

    at: int
    """When it came or went, in milliseconds since the call began."""
    event: str
    """What it is; empty where that can't be read."""
    raw: str | bytes


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended."""

    at: int
    """Milliseconds since the call began."""
    by: Literal["caller", "ivr"]
    code: int
    """The close code of the stream (RFC 6455, 7.4): 1000 if all is well, 1006 if there was none."""


@dataclass(frozen=True, slots=True)
class Break:
    """A connection that was lost while the call went on."""

    at: int
    """Milliseconds since the call began."""
    code: int
    """The close code of the stream; 1006 if there was none."""
    back: int | None = None
    """When the next connection was there; None while it is not."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How a carrier behaves where carriers differ."""

    acknowledges: bool = True
    """Whether checkpoints are answered when they are reached."""
    acknowledges_cleared: bool = False
    """Whether those that `clearAudio` drops are answered too: Twilio does that, Plivo does not."""
    silence: bool = True
    """Whether media is sent also while the caller says nothing."""
    echo: float = 0.0
    """How loud what is heard comes back into the microphone, as a factor: a hands-free telephone has 0.1 and more."""
    returns: bool = False
    """Whether the carrier comes back, with the same stream, to a server that closes otherwise than by 1000; up to three
    times, after 1, 2 and 4 s, as SFVoPI does."""
