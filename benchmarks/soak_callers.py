"""Callers who call again and again for as long as a soak lasts: each presses keys into prompts, and is timed."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.light_carrier import NORMAL, Silences, post
from benchmarks.line import MEDIA, Line

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
LISTENS_S = (1.0, 4.0)
"""How long a caller hears a prompt before pressing a key into it."""
CYCLES = (4, 12)
"""How often a caller comes to the menu in one call."""
END_S = 20.0
"""A call that goes on for so long after its last key is an error."""


@dataclass(slots=True)
class Tally:
    """What callers have seen, since it was looked at last."""

    ended: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    """Milliseconds from a key to `clearAudio`."""


class Call:
    """One call: what is pressed in it."""

    def __init__(self, line: Line, chance: random.Random, tally: Tally) -> None:
        """Prepare a call whose line is connected."""
        self._line = line
        self._chance, self._tally = chance, tally

    async def lives(self, call_id: str) -> None:
        """Talk to the menu until this caller has had enough.

        Raises:
            TimeoutError: something did not come in time.
            ConnectionError: the stream broke.
        """
        self._line.start(call_id)
        for _ in range(self._chance.randint(*CYCLES)):
            key = self._chance.choice("112")
            await self._interrupt(key)
            if key == "2":
                await self._interrupt(self._chance.choice("0123456789"))
                for each in self._chance.choices("0123456789", k=5):
                    await asyncio.sleep(0.1)
                    self._line.press(each)
        await self._interrupt("9")
        async with asyncio.timeout(END_S):
            code = await self._line.stream.closed
        if code != NORMAL:
            raise ConnectionError(f"the stream was closed with {code}")

    async def _interrupt(self, key: str) -> None:
        """Hear a prompt for a while, and press a key into it."""
        await self._line.audible()
        await asyncio.sleep(self._chance.uniform(*LISTENS_S))
        self._tally.latencies.append(await self._line.interrupt(key) * 1000)


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
    line = Line(stream["url"])
    host, _, port = server.removeprefix("http://").partition(":")
    await asyncio.get_running_loop().create_connection(lambda: line.stream, host, int(port))
    try:
        await line.stream.opened
        silences.add(line.stream, MEDIA)
        await Call(line, chance, tally).lives(call_id)
    finally:
        silences.remove(line.stream)
        line.leave()
        await post(f"{server}/hangup", {**dialled, "call_status": "COMPLETED", "duration": 1})
