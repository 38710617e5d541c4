"""What may happen to calls and to those who serve them, and the messages that no carrier should send."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

from ivr.desk.carrier import DeskCarrier
from tests.chaos.callers import Caller
from tests.chaos.machines import Machine, milliseconds
from tests.postgresql import PostgreSQL

Kind = Literal["cut", "vanish", "babble", "flood", "kill a worker", "kill everything", "stop the store"]
"""cut: a TCP reset. vanish: the server can't see that the stream is gone. babble: doubled, late, halved and senseless
messages. flood: a message of 10 MB. The rest is what it says."""
SHARE = 0.3
"""The share of the calls that go on to which something happens at a time."""
FLOOD_BYTES = 10_000_000

SENSELESS: tuple[str | bytes, ...] = (
    "",
    "{",
    "[" * 5_000,
    "null",
    b"\x00\xff",
    '{"event": "clearedAudio"}',
    '{"event": "playedStream", "name": "playback-999"}',
    '{"event": "media", "media": {"payload": "!", "contentType": "audio/PCMA", "sampleRate": 8000}}',
    '{"event": "dtmf", "dtmf": {"digit": "x"}}',
    '{"event": "dtmf", "dtmf": {"di',
    '{"event": "unheard of", "of": {}}',
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that happens once."""

    at: float
    """Seconds after the first call."""
    kind: Kind
    lasting: float = 0.0
    """Seconds, of what lasts."""


@dataclass(slots=True)
class Mischief:
    """Lets troubles happen."""

    callers: Sequence[Caller]
    machines: Sequence[Machine]
    store: str | PostgreSQL
    chance: random.Random
    happened: dict[Kind, int]
    """How often each kind hit something: calls, processes or the store."""

    async def happens(self, troubles: Sequence[Trouble]) -> None:
        """Let all of them happen, each at its time."""
        began = milliseconds()
        async with asyncio.TaskGroup() as group:
            for each in sorted(troubles, key=lambda trouble: trouble.at):
                await asyncio.sleep(max(0.0, each.at - (milliseconds() - began) / 1000))
                group.create_task(self._happens(each))

    async def _happens(self, trouble: Trouble) -> None:
        match trouble.kind:
            case "cut":
                self._hurt("cut", lambda call: call.cut())
            case "vanish":
                self._hurt("vanish", lambda call: call.cut(unnoticed=True))
            case "flood":
                for caller, call in self._some():
                    caller.hurt.append(milliseconds())
                    self._count("flood")
                    await call.send_raw("x" * FLOOD_BYTES)
            case "babble":
                for _, call in self._some():
                    self._count("babble")
                    await self._babble(call)
            case "kill a worker":
                if self.chance.choice(self.machines).kill_worker(self.chance):
                    self._count("kill a worker")
            case "kill everything":
                machine = self.chance.choice(self.machines)
                await machine.kill()
                self._count("kill everything")
                await machine.start()
            case "stop the store":
                self._count("stop the store")
                await stopped(self.store, trouble.lasting)
            case other:
                assert_never(other)

    def _some(self) -> list[tuple[Caller, DeskCarrier]]:
        """Some of the calls that go on and have a stream."""
        found = [
            (each, each.call)
            for each in self.callers
            if each.call is not None and each.call.ending is None and not each.call.away
        ]
        return self.chance.sample(found, min(len(found), max(1, round(SHARE * len(found)))))

    def _hurt(self, kind: Kind, how: Callable[[DeskCarrier], None]) -> None:
        for caller, call in self._some():
            caller.hurt.append(milliseconds())
            self._count(kind)
            how(call)

    async def _babble(self, call: DeskCarrier) -> None:
        """Say nonsense, and repeat what was said before, but no key: two equal ones are two keys."""
        said = [message.raw for message in call.sent if message.event in ("start", "playedStream", "clearedAudio")]
        media = json.dumps({"event": "media", "streamId": call.stream_id, "media": {}})
        half = str(said[-1])[: len(str(said[-1])) // 2]
        for message in (*SENSELESS, media, media, *said, *said[-2:], half):
            await call.send_raw(message)

    def _count(self, kind: Kind) -> None:
        self.happened[kind] = self.happened.get(kind, 0) + 1


async def stopped(store: str | PostgreSQL, seconds: float) -> None:
    """Let nobody write to a store for a while: processes that don't answer, or a lock that somebody else holds."""
    if isinstance(store, PostgreSQL):
        store.suspend()
        try:
            await asyncio.sleep(seconds)
        finally:
            store.resume()
        return
    connection = sqlite3.connect(store, isolation_level=None, timeout=30)
    try:
        connection.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(seconds)
    finally:
        connection.close()
