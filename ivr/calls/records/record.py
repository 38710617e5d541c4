"""The record of one call, and the way that it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["contained", "transferred", "abandoned", "failed"]
"""What became of a call: served to its end by the flow, handed on, left by its caller before any goal, or broken off
by an error, or by an operator before any goal."""
Answer = Literal["", "found", "failed"]
"""What became of a lookup; empty where there was none."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One visit of a node."""

    place: str
    """The node, as `flow/node` in a subflow."""
    at: int
    """When it was entered, in milliseconds since the call began."""
    exit: str = ""
    """By which the call left it; empty where it ended there, or is still there."""
    no_inputs: int = 0
    """How often the caller said and pressed nothing."""
    no_matches: int = 0
    """How often the caller did something that is not offered."""
    lookup: Answer = ""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What is kept of one call; times are milliseconds since 1970-01-01 UTC, unless they say otherwise."""

    record: str
    """Its own id: a carrier may use the id of a call twice."""
    call: str
    """The carrier's id."""
    token: str
    """The carrier's id as it stands in names of recordings."""
    flow: str
    fingerprint: str
    """The version of the flow."""
    caller: str
    called: str
    direction: str
    began: int
    day: str
    """The date on which it began (ISO 8601), in the zone of the flow's first hours, else in UTC."""
    ended: int | None
    """None while it goes on."""
    reason: str | None
    ended_by: str | None
    """The node that ended it, else `caller` or `operator`."""
    outcome: Outcome | None
    goals: tuple[tuple[str, int], ...]
    """Each goal with the milliseconds from the beginning of the call to it."""
    milliseconds: int | None
    """How long the caller was there."""
    interruptions: int
    """How often the stream came back after a break."""
    path: tuple[Leg, ...]
