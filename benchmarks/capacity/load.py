"""The carriers, in a process of their own: so many calls in real time, and how soon their keys are answered."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

from benchmarks.capacity.script import KEY_S, LOOKUP_EVERY
from benchmarks.light_carrier import Silences, post
from benchmarks.line import MEDIA, Line

PHASES = 20
"""Callers send at as many different moments of 20 ms: carriers are not in step."""
COMING = 100
"""Calls that come in a second."""
COME_S = 30.0
"""Calls that are not there after so long won't come any more."""
SETTLE_S = KEY_S
"""From the last call's coming to the measurement."""
GRACE_S = 1.0
"""Keys that are not answered so long after a measurement are unanswered."""
INTO_PROMPT_S = 0.2
"""How long a prompt is heard before a key is pressed into it that came too early or too late; less than what is sent
ahead of time."""


@dataclass(slots=True)
class Report:
    """What the carriers have seen while they were measuring."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    """Milliseconds from each key to `clearAudio`."""
    pressed: int = 0
    """Keys."""
    unanswered: int = 0
    """Keys, of those."""
    errors: list[str] = field(default_factory=list)
    """What was said of calls that were lost."""
    lost: int = 0
    """Calls that are no more."""
    sent: int = 0
    """Messages of media."""
    heard: int = 0
    """Messages with audio that came."""
    heard_bytes: int = 0
    late_ms: float = 0.0
    """How late media were sent at most, but for one in a hundred."""
    cores: float = 0.0
    """What the carriers took themselves."""


class Carriers:
    """All calls that are made to one server."""

    def __init__(self, address: str) -> None:
        """Call a server by webhooks (`http://…`), or by streams alone (`ws://…`)."""
        self._address = address
        self._silences = Silences(PHASES)
        self._media = asyncio.create_task(self._silences.run())
        self._callers: list[asyncio.Task[None]] = []
        self._lines: set[Line] = set()
        self._report = Report()

    async def come(self, calls: int) -> None:
        """Bring the calls to this number, and let them settle."""
        while len(self._callers) < calls:
            self._callers.append(asyncio.create_task(self._call(len(self._callers))))
            await asyncio.sleep(1 / COMING)
        with suppress(TimeoutError):
            async with asyncio.timeout(COME_S):
                while len(self._lines) < calls:  # noqa: ASYNC110 - nothing tells the moment
                    await asyncio.sleep(1 / COMING)
        await asyncio.sleep(SETTLE_S)

    async def measure(self, seconds: float) -> Report:
        """Watch all calls for some time."""
        self._report = report = Report()
        self._silences.late.clear()
        sent, heard, heard_bytes = self._sums()
        began, busy = time.monotonic(), time.process_time()
        await asyncio.sleep(seconds)
        report.seconds = time.monotonic() - began
        report.lost = sum(task.done() for task in self._callers)
        report.cores = (time.process_time() - busy) / report.seconds
        now_sent, now_heard, now_bytes = self._sums()
        report.sent, report.heard, report.heard_bytes = now_sent - sent, now_heard - heard, now_bytes - heard_bytes
        late = sorted(self._silences.late)
        report.late_ms = late[int(0.99 * len(late))] * 1000
        self._report = Report()
        return report

    async def wait(self, report: Report) -> None:
        """Let the answers to the last keys of a measurement come."""
        await asyncio.sleep(GRACE_S)
        report.unanswered = report.pressed - len(report.latencies)

    async def leave(self) -> None:
        """Hang all calls up."""
        for task in self._callers:
            task.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)
        self._media.cancel()

    def _sums(self) -> tuple[int, int, int]:
        return (
            self._silences.sent,
            sum(line.heard for line in self._lines),
            sum(line.heard_bytes for line in self._lines),
        )

    async def _call(self, number: int) -> None:
        """Call, and press keys until cancelled; whoever is cut off says so, and does not call again."""
        try:
            if self._address.startswith("ws://"):
                await self._talk(Line(self._address), str(number), number)
            else:
                await self._dial(number)
        except OSError as error:
            self._report.errors.append(str(error))

    async def _dial(self, number: int) -> None:
        call_id = str(uuid.uuid4())
        dialled: dict[str, object] = {"call_uuid": call_id, "from": "+91", "to": "+92", "direction": "INBOUND"}
        answer = await post(f"{self._address}/answer", dialled)
        stream = answer["stream"]
        assert isinstance(stream, dict)
        try:
            await self._talk(Line(stream["url"]), call_id, number)
        finally:
            await post(f"{self._address}/hangup", {**dialled, "call_status": "COMPLETED", "duration": 1})

    async def _talk(self, line: Line, call_id: str, number: int) -> None:
        host, _, port = urlsplit(line.address).netloc.partition(":")
        loop, chance = asyncio.get_running_loop(), random.Random(number)
        await loop.create_connection(lambda: line.stream, host, int(port))
        try:
            await line.stream.opened
            line.start(call_id)
            self._lines.add(line)
            self._silences.add(line.stream, MEDIA)
            turn, due = number, loop.time() + chance.uniform(0.0, KEY_S)
            while True:
                await asyncio.sleep(due - loop.time())
                if line.left < INTO_PROMPT_S:
                    # A key at the end of a prompt may come when the server knows it to be over, and clears nothing.
                    await asyncio.sleep(INTO_PROMPT_S)
                    await line.audible()
                    await asyncio.sleep(INTO_PROMPT_S)
                turn, due = turn + 1, loop.time() + KEY_S
                report = self._report  # What is pressed before the measurement is not told in it.
                report.pressed += 1
                with suppress(TimeoutError):
                    report.latencies.append(1000 * await line.interrupt("2" if turn % LOOKUP_EVERY == 0 else "1"))
        finally:
            self._silences.remove(line.stream)
            line.leave()


async def _main(address: str) -> None:
    """Read `CALLS SECONDS` from stdin, say `ready`, `measured` and a report as JSON; again until stdin ends."""
    carriers = Carriers(address)
    while order := await asyncio.to_thread(sys.stdin.readline):
        calls, seconds = order.split()
        await carriers.come(int(calls))
        print("ready", flush=True)
        report = await carriers.measure(float(seconds))
        print("measured", flush=True)
        await carriers.wait(report)
        print(json.dumps(asdict(report)), flush=True)
    await carriers.leave()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
