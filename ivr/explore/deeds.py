"""What a caller or the world does in a call, with values that a scenario can write down, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ivr.core.durations import duration, queued
from ivr.core.effects import Effect
from ivr.core.events import (
    Answered,
    DeadlinePassed,
    Event,
    HungUp,
    KeyPressed,
    LookupAnswered,
    LookupFailed,
    PlaybackEnded,
    SpeechBegan,
    SpeechEnded,
    TransferFault,
    Transferred,
)
from ivr.core.flow import Flow
from ivr.core.requests import BROKEN, too_late
from ivr.core.segments import Speech, Voice
from ivr.core.session import Session, node_of
from ivr.core.step import step
from ivr.core.stimulus import Cause
from ivr.document.scenarios import BETWEEN_KEYS_MS
from ivr.nodes.http import Http

MOST_PLAYBACKS = 300
"""Prompts in a row: who plays more of them without asking anything plays for ever."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What comes of one try of a lookup."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    error: Literal["timeout", "connect"] | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that the caller or the world does, and for how long nothing follows it."""

    cause: Cause | Literal["begin"]
    label: str
    """What tells it from others of the same cause: `404`, `timeout`, `too short`; empty for the usual one."""
    keys: str = ""
    says: str = ""
    ends: str = ""
    """Keys pressed after what is said."""
    waits: bool = False
    """Nothing more is done until the node has had enough of that."""
    replies: tuple[Reply, ...] = ()
    """One for each try of the lookup that is awaited."""
    fault: TransferFault | None = None


class Endless(Exception):
    """A call plays one prompt after the other for ever."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A call at which nothing happens any more by itself, but for the end of someone's patience."""

    session: Session
    at: int
    effects: tuple[Effect, ...] = field(default=(), repr=False)
    """What was asked for since the moment before."""


def speaking(text: str, language: str) -> int:
    """Milliseconds that a caller takes to say something."""
    return duration(Speech(text, text, language, Voice(), static=True))


def perform(flow: Flow, before: Moment, deed: Deed) -> Moment:
    """The call after a deed, once all prompts that follow have been heard.

    Raises:
        Endless: they never end.
    """
    line = _Line(flow, before)
    match deed.cause:
        case "begin":
            line.tell(Answered(line.at))
        case "hangup":
            line.tell(HungUp(line.at))
        case "handed_over" | "not_handed_over":
            line.tell(Transferred(line.at, deed.fault))
        case "found" | "failed":
            for reply in deed.replies:
                line.reply(reply)
        case _:
            line.input(deed)
    line.hear_out()
    return Moment(line.session, line.at, tuple(line.effects))


class _Line:
    """A call under way."""

    def __init__(self, flow: Flow, before: Moment) -> None:
        self._flow = flow
        self.session = before.session
        self.at = before.at
        self.effects: list[Effect] = []
        self._audio = 0

    def tell(self, event: Event) -> None:
        self.session, effects = step(self._flow, self.session, event)
        self.effects.extend(effects)
        self._audio = queued(effects, self._audio)

    def input(self, deed: Deed) -> None:
        swallow = self.session.swallow
        if swallow is not None and deed.keys[:1] and deed.keys[0] in swallow.keys:
            # It would only end the field before.
            self.at = max(self.at, swallow.until + 1)
        self._press(deed.keys)
        if deed.says:
            self.tell(SpeechBegan(self.at))
            self.at += speaking(deed.says, self.session.language)
            self.tell(SpeechEnded(self.at, deed.says, 1.0))
        self._press(deed.ends)
        if deed.waits:
            self._wait()

    def _press(self, keys: str) -> None:
        for place, key in enumerate(keys):
            self.at += BETWEEN_KEYS_MS if place else 0
            self.tell(KeyPressed(self.at, key))

    def reply(self, reply: Reply) -> None:
        while self.session.fetching is None and self.session.deadline is not None:
            self._wait()
        lookup = self.session.fetching
        if lookup is None:
            return
        if reply.error == "timeout":
            node = node_of(self._flow, self.session)
            patience = node.timeout if isinstance(node, Http) else 0
            self.at += patience
            self.tell(LookupFailed(self.at, lookup, "timeout", too_late(patience)))
        elif reply.error == "connect":
            self.tell(LookupFailed(self.at, lookup, "connect", BROKEN))
        else:
            self.tell(LookupAnswered(self.at, lookup, reply.status, reply.headers, reply.body))

    def _wait(self) -> None:
        self.at = max(self.at, self.session.deadline or self.at)
        self.tell(DeadlinePassed(self.at))

    def hear_out(self) -> None:
        for _ in range(MOST_PLAYBACKS):
            if not self.session.playing:
                return
            self.at += self._audio
            self._audio = 0
            self.tell(PlaybackEnded(self.at, self.session.playing[-1]))
        raise Endless
