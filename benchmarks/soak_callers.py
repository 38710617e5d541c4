"""Callers who call again and again for as long as a soak lasts: each presses keys into prompts, and is timed."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.light_carrier import NORMAL, Silences, Stream, framed, post

FLOW = """
default: true
start: menu
variables: {account: "", name: ""}
defaults: {timeout: 10s, attempts: 5}
nodes:
  menu:
    type: menu
    prompt: >-
      Welcome to Acme. For your balance press 1. To change your account press 2. For our opening hours, for directions
      and for all that we could not think of stay on the line. To end this call press 9.
    choices:
      - {press: 1, next: lookup}
      - {press: 2, next: ask}
      - {press: 9, next: bye}
  lookup:
    type: http
    method: POST
    url: "{{ env.SOAK_URL }}/lookup"
    json: {call: "{{ call.id }}", account: "{{ account }}"}
    save: {name: body.name}
    on_error: sorry
    next: menu
  sorry: {type: hangup, prompt: Sorry., reason: error}
  ask:
    type: collect
    prompt: Please enter your six digit account number, and take all the time that you need for it.
    into: account
    digits: 6
    next: lookup
  bye: {type: hangup, prompt: "Goodbye {{ account[:2] }}.", reason: served}
"""
MEDIA = framed(
    json.dumps(
        {
            "event": "media",
            "streamId": "S",
            "media": {
                "payload": base64.b64encode(b"\xd5" * 160).decode(),
                "contentType": "audio/PCMA",
                "sampleRate": 8000,
            },
        }
    ).encode()
)
LISTENS_S = (1.0, 4.0)
"""How long a caller hears a prompt before pressing a key into it."""
CYCLES = (4, 12)
"""How often a caller comes to the menu in one call."""
CLEAR_S = 5.0
"""A prompt that goes on for so long after a key is an error."""
END_S = 20.0
"""So is a call that goes on for so long after its last key."""
_BYTES_PER_MS = 8
_ENVELOPE = len(json.dumps({"event": "playAudio", "media": {"payload": "", "contentType": "", "sampleRate": 8000}}))


@dataclass(slots=True)
class Tally:
    """What callers have seen, since it was looked at last."""

    ended: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    """Milliseconds from a key to `clearAudio`."""


class Call:
    """One call: what is heard of it, and what is done."""

    def __init__(self, address: str, chance: random.Random, tally: Tally) -> None:
        """Prepare a call whose stream is at an address."""
        self.stream = Stream(address, self._take)
        self._chance, self._tally = chance, tally
        self._plays_until = 0.0
        self._marks: list[asyncio.TimerHandle] = []
        self._playing = asyncio.Event()
        self._cleared: asyncio.Future[None] | None = None

    def _take(self, message: bytes) -> None:
        loop = asyncio.get_running_loop()
        if b'"playAudio"' in message[:40]:
            milliseconds = (len(message) - _ENVELOPE) * 3 / 4 / _BYTES_PER_MS
            self._plays_until = max(loop.time(), self._plays_until) + milliseconds / 1000
            self._playing.set()
        elif b'"clearAudio"' in message:
            self._plays_until = 0.0
            self._playing.clear()
            for mark in self._marks:
                mark.cancel()
            self._marks.clear()
            self._write({"event": "clearedAudio", "streamId": "S"})
            if self._cleared is not None and not self._cleared.done():
                self._cleared.set_result(None)
        elif b'"checkpoint"' in message:
            played = {"event": "playedStream", "streamId": "S", "name": json.loads(message)["name"]}
            self._marks = [each for each in self._marks if each.when() > loop.time()]
            self._marks.append(loop.call_at(self._plays_until, self._write, played))

    def _write(self, message: dict[str, object]) -> None:
        self.stream.write(framed(json.dumps(message).encode()))

    async def lives(self, call_id: str) -> None:
        """Talk to the menu until this caller has had enough.

        Raises:
            TimeoutError: something did not come in time.
            ConnectionError: the stream broke.
        """
        self._write({"event": "start", "streamId": "S", "callId": call_id})
        for _ in range(self._chance.randint(*CYCLES)):
            key = self._chance.choice("112")
            await self._interrupt(key)
            if key == "2":
                await self._interrupt(self._chance.choice("0123456789"))
                for each in self._chance.choices("0123456789", k=5):
                    await asyncio.sleep(0.1)
                    self._press(each)
        await self._interrupt("9")
        async with asyncio.timeout(END_S):
            code = await self.stream.closed
        if code != NORMAL:
            raise ConnectionError(f"the stream was closed with {code}")

    async def _interrupt(self, key: str) -> None:
        """Hear a prompt for a while, and press a key into it."""
        async with asyncio.timeout(CLEAR_S):
            await self._playing.wait()
        await asyncio.sleep(self._chance.uniform(*LISTENS_S))
        self._cleared = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        self._press(key)
        async with asyncio.timeout(CLEAR_S):
            await self._cleared
        self._tally.latencies.append((time.perf_counter() - began) * 1000)

    def _press(self, key: str) -> None:
        if self.stream.closed.done():
            raise ConnectionError(f"the stream was closed with {self.stream.closed.result()}")
        self._write({"event": "dtmf", "streamId": "S", "dtmf": {"digit": key}})

    def leave(self) -> None:
        """Have nothing more to do with it."""
        self.stream.close()
        for mark in self._marks:
            mark.cancel()


async def keep_calling(server: str, number: int, silences: Silences, tally: Tally, until: float) -> None:
    """Make one call after the other until some time of the event loop."""
    loop, chance = asyncio.get_running_loop(), random.Random(number)
    while loop.time() < until:
        try:
            await _one_call(server, str(uuid.uuid4()), chance, silences, tally)
        except (TimeoutError, OSError) as error:
            tally.errors[str(error) or "something did not come in time"] += 1
            await asyncio.sleep(1)
        else:
            tally.ended += 1


async def _one_call(server: str, call_id: str, chance: random.Random, silences: Silences, tally: Tally) -> None:
    dialled: dict[str, object] = {"call_uuid": call_id, "from": "+91", "to": "+92", "direction": "INBOUND"}
    answer = await post(f"{server}/answer", dialled)
    stream = answer["stream"]
    assert isinstance(stream, dict)
    call = Call(stream["url"], chance, tally)
    host, _, port = server.removeprefix("http://").partition(":")
    await asyncio.get_running_loop().create_connection(lambda: call.stream, host, int(port))
    try:
        await call.stream.opened
        silences.add(call.stream, MEDIA)
        await call.lives(call_id)
    finally:
        silences.remove(call.stream)
        call.leave()
        await post(f"{server}/hangup", {**dialled, "call_status": "COMPLETED", "duration": 1})
