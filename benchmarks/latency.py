"""How soon a caller notices: from `start` to the first audio, and from a key to `clearAudio`."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import websockets
from websockets.asyncio.client import ClientConnection

from benchmarks.capacity.servers import connects, free_port
from benchmarks.line import SILENCE

CALLS = 40
FLOW = """
start: menu
nodes:
  menu:
    type: menu
    prompt: Welcome to Acme. For your balance press 1. For our opening hours press 2. For everything else press 3.
    choices:
      - {press: 1, next: bye}
  bye: {type: hangup, prompt: Thank you for calling.}
"""
START = json.dumps({"event": "start", "streamId": "S", "callId": "C"})
KEY = json.dumps({"event": "dtmf", "streamId": "S", "dtmf": {"digit": "1"}})


def main() -> None:
    asyncio.run(_main())


async def _main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        (directory / "bench.yaml").write_text(FLOW)
        rows = {"bare echo": await _measure_echo(), "ivr serve": await _measure_ours(directory)}
    floor = statistics.median(rows["bare echo"]["key"])
    print(f"{CALLS} calls, one at a time, 50 media messages a second; milliseconds")
    print(f"{'':<12}{'what':<24}{'median':>8}{'p95':>8}{'max':>8}{'/ floor':>9}")
    names = {"key": "key to clearAudio", "start": "start to first audio"}
    for variant, times in rows.items():
        for what, values in times.items():
            ordered = sorted(values)
            median, p95 = statistics.median(ordered), ordered[int(0.95 * len(ordered))]
            label = "key to echo" if variant == "bare echo" else names[what]
            print(f"{variant:<12}{label:<24}{median:8.2f}{p95:8.2f}{ordered[-1]:8.2f}{median / floor:9.1f}")


async def _measure_echo() -> dict[str, list[float]]:
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.echo", str(port)])
    try:
        while not await connects(port):
            pass
        times = []
        for _ in range(CALLS):
            async with _stream(f"ws://127.0.0.1:{port}/") as stream:
                await asyncio.sleep(random.uniform(0.1, 0.3))
                times.append(await _until(stream, KEY, '"dtmf"'))
        return {"key": times}
    finally:
        server.terminate()
        server.wait()


async def _measure_ours(directory: Path) -> dict[str, list[float]]:
    command = [sys.executable, "-m", "ivr", "serve", str(directory), "--port", "0", "--data-dir", str(directory)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout is not None
    try:
        base = server.stdout.readline().split()[1]
        times: dict[str, list[float]] = {"start": [], "key": []}
        for _ in range(CALLS):
            async with _stream(await asyncio.to_thread(_answer, base)) as stream:
                times["start"].append(await _until(stream, START, '"playAudio"'))
                await asyncio.sleep(random.uniform(0.3, 0.9))
                times["key"].append(await _until(stream, KEY, '"clearAudio"'))
                await _nothing_old_follows(stream)
        return times
    finally:
        server.terminate()
        server.wait()


async def _nothing_old_follows(stream: ClientConnection) -> None:
    """After the clear come the audio and the mark of the new prompt, never the mark of the old one."""
    async for message in stream:
        event = json.loads(message)
        if event["event"] == "checkpoint":
            assert event["name"] == "playback-2", event
            return


def _answer(base: str) -> str:
    body = {"call_uuid": str(uuid.uuid4()), "from": "+91", "to": "+92", "direction": "INBOUND"}
    request = urllib.request.Request(  # noqa: S310 - our own server on this machine
        f"{base}/answer", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as reply:  # noqa: S310 - the same
        return str(json.load(reply)["stream"]["url"])


@asynccontextmanager
async def _stream(url: str) -> AsyncIterator[ClientConnection]:
    """A connection on which the caller is silent, 50 messages a second."""
    async with websockets.connect(url, compression=None, proxy=None) as stream:

        async def silence() -> None:
            while True:
                await stream.send(SILENCE)
                await asyncio.sleep(0.02)

        task = asyncio.create_task(silence())
        try:
            yield stream
        finally:
            task.cancel()


async def _until(stream: ClientConnection, message: str, wanted: str) -> float:
    """Milliseconds from a message of ours to the first one of the server that holds `wanted`."""
    began = time.perf_counter()
    await stream.send(message)
    async for answer in stream:
        if wanted in str(answer):
            return (time.perf_counter() - began) * 1000
    raise AssertionError(f"the server never sent {wanted}")


if __name__ == "__main__":
    main()
