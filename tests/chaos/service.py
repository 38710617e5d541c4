"""The web service that calls in trouble ask: it fails, stalls and is slow on order, and counts what it is sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

Mood = Literal["well", "slow", "fails", "stalls"]
"""How one request is answered: at once, after a while, with status 500, or never."""
SLOW_S = 1.1
"""Long enough for a waiting prompt, and short enough for the time-out of the lookup."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked."""

    path: str
    key: str
    """The Idempotency-Key."""
    body: Mapping[str, Any]

    @property
    def call(self) -> str:
        """The id of the call that asks."""
        return str(self.body.get("call"))


@dataclass(slots=True)
class Service:
    """A web service with a mood for each request of a call; further ones are answered well."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    moods: dict[tuple[str, str], Sequence[Mood]] = field(default_factory=dict)
    """By call and path, one for each request in turn."""
    _connections: set[asyncio.Task[None]] = field(default_factory=set)

    def of(self, call: str, path: str) -> list[Request]:
        """What one call has sent to a path."""
        return [each for each in self.requests if each.call == call and each.path == path]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *rows = head.strip().split("\r\n")
                headers = {name.lower(): value for name, value in (row.split(": ", 1) for row in rows)}
                body = json.loads(await reader.readexactly(int(headers.get("content-length", "0"))))
                request = Request(first.split(" ")[1], headers["idempotency-key"], body)
                self.requests.append(request)
                await self._answer(request, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        moods = self.moods.get((request.call, request.path), ())
        turn = len(self.of(request.call, request.path)) - 1
        mood = moods[turn] if turn < len(moods) else "well"
        if mood == "stalls":
            return  # The next line to come is the end of the connection.
        if mood == "slow":
            await asyncio.sleep(SLOW_S)
        status, content = (500, b"{}") if mood == "fails" else (200, b'{"owner": "Asha"}')
        kind = "Content-Type: application/json"
        writer.write(f"HTTP/1.1 {status} X\r\n{kind}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
        await writer.drain()

    async def aclose(self) -> None:
        """End all connections."""
        for each in tuple(self._connections):
            each.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)


@asynccontextmanager
async def serving() -> AsyncIterator[Service]:
    """Serve as long as the block lasts."""
    service = Service()
    server = await asyncio.start_server(service._serve, "127.0.0.1", 0)
    service.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield service
    finally:
        server.close()
        await service.aclose()
