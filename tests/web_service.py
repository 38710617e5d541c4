"""The web service that flows ask: real, scripted, and as slow as a test wants."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Request:
    """What the web service was asked."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(slots=True)
class Crm:
    """A web service that answers what the test says, in order; the last answer repeats."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    replies: list[tuple[int, object]] = field(default_factory=lambda: [(200, {})])
    free: asyncio.Event = field(default_factory=asyncio.Event)
    """While it is not set, requests are taken and not answered."""
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)

    def answers(self, *replies: tuple[int, object]) -> None:
        """Answer with these statuses and JSON bodies."""
        self.replies = list(replies)

    async def asked(self, times: int = 1) -> Request:
        """Wait for that many requests, and return the last of them."""
        async with asyncio.timeout(PATIENCE_S), self._came:
            await self._came.wait_for(lambda: len(self.requests) >= times)
        return self.requests[times - 1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *rows = head.strip().split("\r\n")
                headers = {name.lower(): value for name, value in (row.split(": ", 1) for row in rows)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                method, path, _ = first.split(" ")
                status, answer = self.replies[min(len(self.requests), len(self.replies) - 1)]
                self.requests.append(Request(method, path, headers, body))
                async with self._came:
                    self._came.notify_all()
                await self.free.wait()
                content = json.dumps(answer).encode()
                kind = "Content-Type: application/json"
                writer.write(f"HTTP/1.1 {status} X\r\n{kind}\r\nContent-Length: {len(content)}\r\n\r\n".encode())
                writer.write(content)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving() -> AsyncIterator[Crm]:
    """A web service that runs, and answers at once until it is told otherwise."""
    service = Crm()
    service.free.set()
    connections: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.ensure_future(service.serve(reader, writer)))

    listening = await asyncio.start_server(connected, "127.0.0.1", 0)
    service.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield service
    listening.close()
    for connection in connections:
        connection.cancel()
    await asyncio.gather(*connections, return_exceptions=True)
