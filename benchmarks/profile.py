"""Where the time of `ivr serve` goes under load: its ten largest costs, by meaning."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import nlargest
from operator import itemgetter
from pathlib import Path

from benchmarks import markers
from benchmarks.capacity.measuring import Sample, measure
from benchmarks.capacity.packages import Packages
from benchmarks.capacity.processes import READY_S, running
from benchmarks.capacity.servers import Place, Server, known, serving
from tests.chaos.machines import of_session

DOCUMENT = Path("docs/performance.md")
SHOWN = 10
PATIENCE_S = 10.0
OTHER = "the rest of Python"
THREADS, PROCESSES = "the store, in threads of its own", "synthesisers and other processes"
MEANINGS = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        # What is compiled has no frames: it is seen in the first one after it.
        (r"^(FastFrames\.on_ws_frame|Runner\.run) ", "waking up, taking bytes, frames: the kernel, uvloop and picows"),
        (r"^is_media ", "seeing that a message is media"),
        (r"/selectors\.py", "asking the kernel which sockets have something, and waking up (epoll)"),
        (r"(_read_ready|recv)\S* \S*/asyncio/selector_events", "taking bytes from sockets (recv)"),
        (r"(write|send)\S* \S*/asyncio/selector_events", "giving bytes to sockets (send)"),
        (r"/asyncio/", "the event loop: callbacks, tasks, timers"),
        (r"/websockets/", "frames of WebSockets, by websockets"),
        (r"/(wsproto|h11|hypercorn)/", "connections, by Hypercorn"),
        (r"/(quart|werkzeug|flask)/", "webhooks, by Quart"),
        (r"/ivr/server/", "streams: bytes to messages, and whose they are"),
        (r"/ivr/(media/activity|calls/hearing)", "hearing"),
        (r"/ivr/(media|carriers)/", "what is played, and the carrier's dialect"),
        (r"/(ivr/calls/store|sqlite3|sqlalchemy)/", "the store, in the thread of the calls"),
        (r"/ivr/document/|/ivr/calls/(telling|tape)", "journals"),
        (r"/ivr/logs|/logging/", "logs"),
        (r"/(ivr/core|ivr/nodes|jinja2)/", "what happens next in a flow: the core"),
        (r"/(httpx|httpcore|anyio)/|/ivr/calls/(lookups|errands)", "lookups, by httpx"),
        (r"/ivr/calls/", "calls: inbox, clock, effects"),
        (r"/ivr/", "the rest of ours"),
    )
)
"""What a file is about, the first that matches."""


Costs = defaultdict[str, float]
"""Milliseconds of CPU for a second of a call, by what it was for."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("--only", help="one of ivr, ivr-fast; by default both, one after the other")
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--functions", type=int, default=0, help="list so many functions, too")
    parser.add_argument("--write", action="store_true", help=f"write the tables into {DOCUMENT}")
    options = parser.parse_args()
    tables = []
    for server in known(Packages(None, None)):
        if server.webhooks and not server.alone and options.only in (None, server.name):
            meanings, functions = asyncio.run(_profiled(server, options.calls, options.seconds))
            tables.append("\n".join(_table(server, options.calls, meanings)))
            print(tables[-1], end="\n\n")
            for function, cost in nlargest(options.functions, functions.items(), key=itemgetter(1)):
                print(f"{cost:.3f} ms  {function}")
    if options.write:
        markers.write(DOCUMENT, "benchmarks.profile", "\n\n".join(tables))


def _table(server: Server, calls: int, meanings: Costs) -> Iterator[str]:
    whole = sum(meanings.values())
    yield f"| {server.title}, {calls} calls: {whole:.2f} ms, sampled | for a second of a call | share |"
    yield "|:---|---:|---:|"
    for meaning, cost in nlargest(SHOWN, meanings.items(), key=itemgetter(1)):
        yield f"| {meaning} | {cost:.2f} ms | {cost / whole:.0%} |"


async def _profiled(server: Server, calls: int, seconds: float) -> tuple[Costs, Costs]:
    """Sample a server at work, and tell its costs by meaning, and those of the calls' thread by function."""
    with tempfile.TemporaryDirectory() as name:
        folder, stacks, place = Path(name), Path(name) / "stacks", Path(name) / "server"
        place.mkdir()

        def command(where: Place) -> Sequence[str]:
            python, _, _, *rest = server.command(where)
            return (python, "-m", "benchmarks.sampled", str(stacks), *rest)

        looks: list[tuple[float, Counter[str]]] = []
        async with running((sys.executable, "-m", "benchmarks.capacity.service"), folder / "service.log") as service:
            lookups = (await service.line(READY_S)).split()[1]
            async with serving(replace(server, command=command), place, lookups) as (process, address):

                def tell(_: Sample) -> None:
                    looks.append((time.monotonic(), _beside(process.process.pid)))
                    os.kill(process.process.pid, signal.SIGUSR2 if len(looks) > 1 else signal.SIGUSR1)

                # Measured twice with the same calls: what is sampled is from the end of the first time to that of the
                # second.
                await measure(server.name, process, address, (calls, calls), seconds, folder / "log", tell)
                async with asyncio.timeout(PATIENCE_S):
                    while not stacks.exists():  # noqa: ASYNC110 - nothing tells the moment
                        await asyncio.sleep(0.1)
        (began, before), (ended, after) = looks
        scale = 1000 / (ended - began) / calls
        meanings, functions = _read(stacks, scale)
    for what, nanoseconds in (after - before).items():
        meanings[what] += nanoseconds / 1e9 * scale
    return meanings, functions


def _beside(pid: int) -> Counter[str]:
    """Tell how many nanoseconds of CPU all had but the thread of the calls (proc(5))."""
    found: Counter[str] = Counter()
    for each in of_session(pid):
        for task in Path(f"/proc/{each}/task").iterdir():
            if task.name != str(pid):
                what = THREADS if each == pid else PROCESSES
                found[what] += int((task / "schedstat").read_text().split()[0])
    return found


def _read(stacks: Path, scale: float) -> tuple[Costs, Costs]:
    meanings, functions = Costs(float), Costs(float)
    for row in stacks.read_text().splitlines():
        spent, _, stack = row.partition("\t")
        frames = stack.split(";")
        meanings[_meaning(frames)] += float(spent) * scale
        functions[frames[0]] += float(spent) * scale
    return meanings, functions


def _meaning(frames: Sequence[str]) -> str:
    """Tell what the innermost frame is about that is about anything that we know."""
    for frame in frames:
        for pattern, meaning in MEANINGS:
            if pattern.search(frame):
                return meaning
    return OTHER


if __name__ == "__main__":
    main()
