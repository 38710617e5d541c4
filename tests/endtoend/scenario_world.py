"""The web service that the lookups of scenarios reach over HTTP: it answers each call as its scenario says."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from ivr.calls.lookups import Answer, Fault, Lookups
from ivr.core.effects import Fetch
from ivr.core.events import LookupAnswered, LookupFailed
from ivr.document.scenarios import Scenario
from ivr.simulate.world import World
from tests.endtoend.following_clock import FollowingClock

FOREVER_MS = 24 * 3_600_000
TRANSFER = "/transfer"


class Broken(Exception):
    """The service breaks the connection."""


@dataclass(slots=True)
class ScenarioWorld:
    """One service for all calls, which it tells apart by their Idempotency-Key."""

    clock: FollowingClock
    worlds: Mapping[str, World]
    """By the id of the call."""
    scenarios: Mapping[str, Scenario]
    secrets: Mapping[str, str]
    """What is secret where a scenario does not say: each is its own name."""
    url: str = ""
    _connections: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def transfer_url(self) -> str:
        """Where calls are handed over."""
        return self.url + TRANSFER

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection."""
        task = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def aclose(self) -> None:
        """Break all connections."""
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *rows = head.strip().split("\r\n")
                headers = {name.lower(): value for name, value in (row.split(": ", 1) for row in rows)}
                sent = await reader.readexactly(int(headers.get("content-length", "0")))
                method, path, _ = first.split(" ")
                if path == TRANSFER:
                    status, told, body = self._transfer(json.loads(sent)["call_id"])
                else:
                    status, told, body = await self._answer(method, path, headers["idempotency-key"])
                writer.write(_response(status, told, body))
                await writer.drain()
        except Broken:
            reset(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _transfer(self, call_id: str) -> tuple[int, Mapping[str, str], Any]:
        return 200, {}, {"result": self.scenarios[call_id].transfer or "transferred"}

    async def _answer(self, method: Any, path: str, key: str) -> tuple[int, Mapping[str, str], Any]:
        """What a lookup gets, after the time that the scenario says.

        Raises:
            Broken: the scenario has no connection for it.
        """
        self.clock.waits_for.discard(key)
        world = self.worlds[key.rpartition("-")[0]]
        scheme, _, rest = path[1:].partition("/")
        event = world.answer(Fetch(0, key, method, f"{scheme}://{rest}", FOREVER_MS), 0)
        await self._passes(event.at)
        match event:
            case LookupAnswered(status=status, headers=headers, body=body):
                return status, headers, body
            case LookupFailed():
                raise Broken

    async def _passes(self, milliseconds: int) -> None:
        over = asyncio.Event()
        self.clock.call_at(self.clock.now() + milliseconds, over.set)
        await over.wait()


class WorldLookups(Lookups):
    """Lookups whose servers, whatever the scenarios call them, are all found in their world."""

    def __init__(self, world: ScenarioWorld) -> None:
        """Look up in `world`, by its clock."""
        super().__init__(allow_private=True, clock=world.clock)
        self._world = world

    async def send(self, fetch: Fetch, secrets: Mapping[str, str]) -> Answer | Fault:
        """Send it to where `http://crm.test/x` is found: `/http/crm.test/x`."""
        there = replace(fetch, url=f"{self._world.url}/{fetch.url.replace('://', '/', 1)}")
        # Names are looked up in a thread, so until it has arrived the clock is told to wait.
        self._world.clock.waits_for.add(fetch.key)
        try:
            return await super().send(there, secrets)
        finally:
            self._world.clock.waits_for.discard(fetch.key)


def _response(status: int, headers: Mapping[str, str], body: Any) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    told = {**headers, "Content-Length": str(len(content))}
    if body is not None:
        told["Content-Type"] = "application/json"
    rows = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {status} X\r\n{rows}\r\n".encode() + content


def reset(writer: asyncio.StreamWriter) -> None:
    """Break a connection: without a linger time the kernel sends a reset (ABORT in RFC 9293, 3.10.5)."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def scenario_world(
    scenarios: Iterable[Scenario], secrets: Iterable[str], clock: FollowingClock
) -> AsyncIterator[ScenarioWorld]:
    """Serve the world of some scenarios, each with an id of its own, whose flows know secrets by these names."""
    by_id = {scenario.id: scenario for scenario in scenarios}
    service = ScenarioWorld(
        clock, {id: World(scenario) for id, scenario in by_id.items()}, by_id, {name: name for name in secrets}
    )
    listening = await asyncio.start_server(service.connected, "127.0.0.1", 0)
    service.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield service
    finally:
        listening.close()
        await service.aclose()
