"""Everything that is remembered of one call: frozen, plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from zlib import crc32

from ivr.core.effects import Listen
from ivr.core.flow import Flow
from ivr.core.node import Node
from ivr.core.values import clean

UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
"""What a carrier's call id may hold but a file's name or a header should not."""
LONGEST_TOKEN = 64

AFTERWARDS_MS = 30_000
"""How long the work of `on_hangup` may take in all."""

Direction = Literal["inbound", "outbound"]
Phase = Literal["waiting", "talking", "apologising", "over", "done"]
"""`waiting` for the stream, `talking`, last words after a failure, work after the end, nothing more to do."""


@dataclass(frozen=True, slots=True)
class Call:
    """What the carrier said of the telephone call."""

    id: str
    caller: str
    called: str
    direction: Direction
    began: int
    """Milliseconds since 1970-01-01 UTC at which `at` is 0."""
    can_transfer: bool = True

    @property
    def token(self) -> str:
        """The id as it can stand in a file's name and in a header, and still different from that of other calls."""
        safe = UNSAFE.sub("-", self.id)[:LONGEST_TOKEN]
        return safe if safe == self.id else f"{safe}-{crc32(self.id.encode('utf-8', 'replace')):08x}"


@dataclass(frozen=True, slots=True)
class Trouble:
    """The last runtime error, as `error` in expressions."""

    kind: str
    message: str
    node: str


@dataclass(frozen=True, slots=True)
class Activation:
    """One flow at work in a call: the first one, or a subflow on top of it."""

    flow: str
    node: str
    variables: Mapping[str, Any] = field(repr=False)
    history: tuple[str, ...] = ()
    """The input nodes on the way here, without detours: what `back` goes back along."""


@dataclass(frozen=True, slots=True)
class Swallow:
    """Finish keys that mean nothing if one is the next key, because the field was full without it."""

    keys: str
    until: int


@dataclass(frozen=True, slots=True)
class Session:
    """The core's memory of one call. `step` takes one and gives the next."""

    call: Call
    env: Mapping[str, str] = field(repr=False)
    """The environment values that the flow may read, as they were when the call began."""
    language: str
    stack: tuple[Activation, ...]
    """The first flow's activation, then those of subflows; the last one is at work."""
    phase: Phase = "waiting"
    memory: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the current node alone knows."""
    playing: tuple[int, ...] = ()
    """Playbacks queued and not yet heard to the end, in order."""
    listening: Listen | None = None
    keys_hint: int | None = None
    """The playback that told the caller to use the keys: that is said once a call; None before."""
    fetching: int | None = None
    """The lookup whose answer is awaited."""
    recording: str | None = None
    deadline: int | None = None
    """When `step` wants a `DeadlinePassed`, in milliseconds since the call began."""
    keys: str = field(default="", repr=False)
    """Keys pressed ahead, for the next input node."""
    swallow: Swallow | None = None
    error: Trouble | None = None
    recovering: bool = False
    """An `on_failure` or `on_error` was taken, and no input was accepted since."""
    chain: int = 0
    """Nodes entered since the caller last heard or was asked something."""
    serial: int = 0
    """The last number given to a playback, lookup or recording."""
    goals: tuple[tuple[str, int], ...] = ()
    """Goals reached, each with the time of the first time."""
    over_at: int | None = None
    """When the call ended, for the time that work after it may take."""
    reason: str | None = None
    """Why the call ended."""
    ended_by: str | None = None
    """The node that ended it (`flow/node` in a subflow), or `caller`, or `operator`."""

    @property
    def here(self) -> Activation:
        """The activation at work."""
        return self.stack[-1]

    @property
    def over(self) -> bool:
        """Whether the call has ended, though there may be work after it."""
        return self.phase in ("over", "done")

    @property
    def over_limit(self) -> int | None:
        """When the work after the call must be done; None before the end and once it is done."""
        return self.over_at + AFTERWARDS_MS if self.phase == "over" and self.over_at is not None else None

    @property
    def place(self) -> str:
        """The current node, as `flow/node` in a subflow."""
        return place(self.stack)


def place(stack: tuple[Activation, ...]) -> str:
    """The node at which the last activation is, as `flow/node` in a subflow."""
    here = stack[-1]
    return here.node if len(stack) == 1 else f"{here.flow}/{here.node}"


def located(told: str, flow: Flow) -> tuple[str, str]:
    """The flow and the node, by id, of a place that `place` gave of a call of `flow`."""
    other, slash, node = told.partition("/")
    return (other, node) if slash and told not in flow.nodes else (flow.id, told)


def node_of(flow: Flow, session: Session) -> Node:
    """The node at which a call of `flow` is."""
    here = session.stack[-1]
    return flow.flow(here.flow).nodes[here.node]


def begin(flow: Flow, call: Call, env: Mapping[str, str]) -> Session:
    """The session of a call that is about to start; `Answered` sets it going."""
    told = Call(clean(call.id), clean(call.caller), clean(call.called), call.direction, call.began, call.can_transfer)
    activation = Activation(flow.id, flow.start, dict(flow.variables))
    return Session(told, {name: clean(value) for name, value in env.items()}, flow.language, (activation,))
