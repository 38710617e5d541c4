"""The carriers, in a process of their own: so many calls in real time, and how soon their keys are answered."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
import uuid
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

from benchmarks.capacity.script import KEY_S, LOOKUP_EVERY
from benchmarks.light_carrier import Silences, post
from benchmarks.line import MEDIA, Line

PHASES = 20
"""Callers send at as many different moments of 20 ms: carriers are not in step."""
SETTLE_S = 5.0
"""From the last call's coming to the measurement: more than one key each."""
AUDIBLE_S = 8.0
"""A server that plays nothing for so long has lost the call."""
INTO_PROMPT_S = 0.3
"""How long a late prompt is heard before a key is pressed into it."""


@dataclass(slots=True)
class Report:
    """What the carriers have seen while they were measuring."""

    calls: int
    latencies: list[float] = field(default_factory=list)
    """Milliseconds from each key to `clearAudio`."""
    errors: list[str] = field(default_factory=list)
    sent: int = 0
    """Messages of media."""
    late_ms: float = 0.0
    """How late media were sent at most, but for one in a hundred."""
    cores: float = 0.0
    """What the carriers took themselves."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="http://… of a server with webhooks, or ws://… of one without")
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--ramp", type=float, default=KEY_S, help="over how many seconds the callers come")
    asyncio.run(_main(parser.parse_args()))


async def _main(options: argparse.Namespace) -> None:
    """Say `ready` when the measurement begins, give the report as JSON at its end, and go on until stdin ends."""
    silences, report = Silences(PHASES), Report(options.calls)
    media = asyncio.create_task(silences.run())
    tasks = [
        asyncio.create_task(_caller(options.address, number, options.ramp * number / options.calls, silences, report))
        for number in range(options.calls)
    ]
    await asyncio.sleep(options.ramp + SETTLE_S)
    report.latencies.clear()
    silences.late.clear()
    began, busy, sent = time.monotonic(), time.process_time(), silences.sent
    print("ready", flush=True)
    await asyncio.sleep(options.seconds)
    report.cores = (time.process_time() - busy) / (time.monotonic() - began)
    late = sorted(silences.late)
    report.sent, report.late_ms = silences.sent - sent, late[int(0.99 * len(late))] * 1000
    print(json.dumps(asdict(report)), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    media.cancel()


async def _caller(address: str, number: int, delay: float, silences: Silences, report: Report) -> None:
    """Call, and press keys until cancelled; whoever is cut off says so, and does not call again."""
    await asyncio.sleep(delay)
    try:
        if address.startswith("ws://"):
            await _talk(Line(address), str(number), number, silences, report)
        else:
            await _dial(address, number, silences, report)
    except (TimeoutError, OSError) as error:
        report.errors.append(str(error) or "something did not come in time")


async def _dial(server: str, number: int, silences: Silences, report: Report) -> None:
    call_id = str(uuid.uuid4())
    dialled: dict[str, object] = {"call_uuid": call_id, "from": "+91", "to": "+92", "direction": "INBOUND"}
    answer = await post(f"{server}/answer", dialled)
    stream = answer["stream"]
    assert isinstance(stream, dict)
    try:
        await _talk(Line(stream["url"]), call_id, number, silences, report)
    finally:
        await post(f"{server}/hangup", {**dialled, "call_status": "COMPLETED", "duration": 1})


async def _talk(line: Line, call_id: str, number: int, silences: Silences, report: Report) -> None:
    host, _, port = urlsplit(line.address).netloc.partition(":")
    loop, chance = asyncio.get_running_loop(), random.Random(number)
    await loop.create_connection(lambda: line.stream, host, int(port))
    try:
        await line.stream.opened
        line.start(call_id)
        silences.add(line.stream, MEDIA)
        began, lookup = loop.time() - chance.uniform(0.0, KEY_S), number % LOOKUP_EVERY
        turn = 0
        while True:
            turn += 1
            await asyncio.sleep(began + turn * KEY_S - loop.time())
            if not line.plays:
                async with asyncio.timeout(AUDIBLE_S):
                    await line.audible()
                await asyncio.sleep(INTO_PROMPT_S)
            key = "2" if turn % LOOKUP_EVERY == lookup else "1"
            report.latencies.append(await line.interrupt(key) * 1000)
    finally:
        silences.remove(line.stream)
        line.leave()


if __name__ == "__main__":
    main()
