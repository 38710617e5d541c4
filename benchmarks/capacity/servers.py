"""The servers that are compared, and how each is started."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.capacity.packages import Packages, has_picows
from benchmarks.capacity.processes import READY_S, Running, running
from benchmarks.capacity.script import as_json, write_flow

NAMES = (
    *("ivr", "ivr-fast", "asgi", "picows", "picows-asyncio", "node"),
    *("pipecat", "pipecat-40ms", "pipecat-lean", "ivr-two", "ivr-fast-two"),
)
"""Of all that there may be."""
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server is to be, and what is there for it."""

    folder: Path
    """It is there, and empty; what the server writes goes there."""
    port: int


@dataclass(frozen=True, slots=True)
class Server:
    """One of those that are compared."""

    name: str
    title: str
    command: Callable[[Place], Sequence[str]]
    loads: tuple[int, ...]
    """Calls at a time, if nothing else is asked for."""
    webhooks: bool = False
    """Whether calls are announced, as carriers do; and it prints a line when it is ready."""
    floor: str = ""
    """The name of the least that could answer by the same means."""
    alone: str = ""
    """Of a server with two workers, the name of the same with one."""


def ours(*flags: str) -> Callable[[Place], Sequence[str]]:
    """Give the command of `ivr serve` with its logs, journals and store."""

    def command(place: Place) -> Sequence[str]:
        write_flow(place.folder / "flows")
        where = ("--host", "127.0.0.1", "--port", str(place.port), "--data-dir", str(place.folder / "data"))
        allowed = ("--allow-private", "--allow-env", "LOOKUP_URL", "--max-calls", "1000", "--drain", "0s")
        return (sys.executable, "-m", "ivr", "serve", str(place.folder / "flows"), *where, *allowed, *flags)

    return command


def module(name: str, *how: str) -> Callable[[Place], Sequence[str]]:
    """Give the command of a server that is a module of ours, and takes its port."""
    return lambda place: (sys.executable, "-m", name, str(place.port), *how)


def known(packages: Packages) -> tuple[Server, ...]:
    """Give all servers that can be had here."""

    def node(place: Place) -> Sequence[str]:
        return ("env", f"NODE_PATH={packages.node}", "node", str(HERE / "bare_ws.js"), str(place.port), _script(place))

    def pipecat(*how: str) -> Callable[[Place], Sequence[str]]:
        program = str(HERE / "pipecat_server.py")
        return lambda place: (str(packages.pipecat), program, str(place.port), _script(place), *how)

    servers = [Server("ivr", "`ivr serve`", ours(), (40, 100, 120), True, floor="asgi")]
    if has_picows():
        fast = ours("--media", "fast")
        servers.append(Server("ivr-fast", "`ivr serve --media fast`", fast, (40, 100, 450), True, floor="picows"))
    servers.append(Server("asgi", "bare ASGI on Hypercorn", module("benchmarks.capacity.bare_asgi"), (40, 100)))
    if has_picows():
        bare = "benchmarks.capacity.bare_picows"
        servers.append(Server("picows", "bare picows on uvloop", module(bare, "uvloop"), (40, 100, 450)))
        servers.append(Server("picows-asyncio", "bare picows on asyncio", module(bare), (100,)))
    if packages.node:
        servers.append(Server("node", "bare `ws` on Node", node, (100,)))
    if packages.pipecat:
        servers.append(Server("pipecat", "Pipecat", pipecat(), (40, 100)))
        servers.append(Server("pipecat-40ms", "Pipecat with its own messages of 40 ms", pipecat("40ms"), (40,)))
        servers.append(Server("pipecat-lean", "Pipecat without what keys don't need", pipecat("lean"), (40, 100)))
    two = ours("--workers", "2")
    servers.append(Server("ivr-two", "`ivr serve --workers 2`", two, (200,), True, alone="ivr"))
    if has_picows():
        two = ours("--workers", "2", "--media", "fast")
        servers.append(
            Server("ivr-fast-two", "`ivr serve --workers 2 --media fast`", two, (200,), True, alone="ivr-fast")
        )
    return tuple(servers)


def _script(place: Place) -> str:
    script = place.folder / "script.json"
    script.write_text(as_json())
    return str(script)


@asynccontextmanager
async def serving(server: Server, folder: Path, lookups: str) -> AsyncIterator[tuple[Running, str]]:
    """Run a server while the block lasts; gives it with the address that carriers are to take.

    Raises:
        ChildProcessError: it ends at once.
        TimeoutError: it does not listen in time.
    """
    place = Place(folder, free_port())
    async with running(server.command(place), folder / "log", {"LOOKUP_URL": lookups}) as process:
        if server.webhooks:
            await process.line(READY_S)
        else:
            async with asyncio.timeout(READY_S):
                await _listening(process, place.port)
        await process.calm()
        yield process, f"http://127.0.0.1:{place.port}" if server.webhooks else f"ws://127.0.0.1:{place.port}/"


def free_port() -> int:
    """Find a port of this machine that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def connects(port: int) -> bool:
    """Tell whether somebody listens there; wait a moment if not."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        await asyncio.sleep(0.05)
        return False
    writer.close()
    return True


async def _listening(process: Running, port: int) -> None:
    while not await connects(port):
        if process.process.returncode is not None:
            raise ChildProcessError(f"the server has ended: {process.log.read_text(errors='replace')[-2000:]}")
