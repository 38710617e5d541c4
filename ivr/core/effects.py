"""What a step asks the world to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ivr.core.segments import Segment
from ivr.core.stimulus import Cause

Fate = Literal["taken", "hidden", "dropped"]
"""What became of a key: it was taken, also as part of something that no one may see, or it meant nothing."""
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]


@dataclass(frozen=True, slots=True)
class Play:
    """Queue a prompt behind what is playing, and report `PlaybackEnded` when the caller has heard it."""

    playback: int
    """The playback's number, unique in the call."""
    prompt: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Clear:
    """Stop all that is queued or playing, at once."""


@dataclass(frozen=True, slots=True)
class Prepare:
    """Render these pieces now: their values have just become known, and a prompt may soon need them."""

    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Listen:
    """Report speech from now on, until `Deafen`: its beginning, the phrases, its end.

    Where that can't be done, `Deafened` is reported.
    """

    language: str
    phrases: tuple[str, ...]
    """What the caller may say, as written in the flow."""
    digits: int = 0
    """So many spoken digits are wanted at most; with 0 none."""
    free: bool = False
    """Whatever is said is wanted, as text."""


@dataclass(frozen=True, slots=True)
class Deafen:
    """Stop reporting speech."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Send one HTTP request, once, and report `LookupAnswered` or `LookupFailed`.

    Texts may hold references to secrets (`ivr.core.values`), which only the sender replaces.
    """

    lookup: int
    """The number of this try, unique in the call."""
    key: str
    """The `Idempotency-Key`: the same for all tries of one visit of the node."""
    method: Method
    url: str = field(repr=False)
    timeout: int
    """Milliseconds for the whole exchange."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Any = field(default=None, repr=False)
    """A JSON body, where there is one: None is none."""
    form: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Record:
    """Record the caller's voice from now on, reporting `SpeechBegan` and `SpeechEnded`."""

    recording: str
    """The recording's id, unique among all calls."""


@dataclass(frozen=True, slots=True)
class StopRecording:
    """End the recording; keep it, or drop it because nothing was said."""

    recording: str
    keep: bool


@dataclass(frozen=True, slots=True)
class Transfer:
    """Hand the call on to a number or address, and report `Transferred`."""

    to: str = field(repr=False)
    shown: str = ""
    """The same as people may read it: sensitive values are masked."""


@dataclass(frozen=True, slots=True)
class End:
    """Close the caller's line; all last words have been heard."""

    reason: str


@dataclass(frozen=True, slots=True)
class Explain:
    """One decision of the step, and why, in words that hold no sensitive value."""

    node: str
    """Where it was made, as `flow/node` in a subflow."""
    why: str
    """Empty where nothing needs to be said."""
    exit: str = ""
    """The name of the exit by which the decision leaves the node, if it does."""
    cause: Cause | None = None
    """What the caller or the world did, if this is how the node reacted to it: told once for each reaction."""
    key: Fate | None = None
    """What became of a key, if this is about one: told once for each key, in the order in which they were pressed,
    but that the key which ends a recording comes before those that were pressed into it."""


Effect = Play | Clear | Prepare | Listen | Deafen | Fetch | Record | StopRecording | Transfer | End | Explain
