"""A small server for calls from the desk, for which each test says what it does."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from ivr.calls.clock import Clock

RATE = 10
"""How much faster than real time the calls of these tests are."""

Conversation = Callable[["Peer"], Awaitable[None]]


class Peer:
    """The server's end of one stream."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.got: list[dict[str, Any]] = []

    async def send(self, event: str, **fields: Any) -> None:
        await self.connection.send(json.dumps({"event": event, **fields}))

    async def play(self, audio: bytes, content_type: str = "audio/PCMA") -> None:
        payload = base64.b64encode(audio).decode()
        await self.send("playAudio", media={"payload": payload, "contentType": content_type, "sampleRate": 8000})

    async def say(self, text: str, who: str = "ivr", node: str = "main") -> None:
        await self.send("transcript", who=who, node=node, text=text)

    async def receive(self, event: str) -> dict[str, Any]:
        """The next message of that name; others before it are only kept."""
        while True:
            message = json.loads(await self.connection.recv())
            self.got.append(message)
            if message["event"] == event:
                return dict(message)

    async def until_closed(self) -> None:
        with suppress(ConnectionClosed):
            await self.receive("never")


class Server:
    """Answers every call with a stream, unless `status` says otherwise, and remembers what it was told."""

    def __init__(self) -> None:
        self.url = ""
        self.stream: dict[str, Any] = {"codec": "PCMA", "sample_rate": 8000, "direction": "BOTH"}
        self.status, self.body = 200, b""
        self.stream_status = 0
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.peers: list[Peer] = []
        self.conversation: Conversation = Peer.until_closed

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(line for line in head.lower().splitlines() if line.startswith("content-length:"))
        fields = json.loads(await reader.readexactly(int(length.partition(":")[2])))
        self.posts.append((head.split()[1], fields))
        body = self.body or json.dumps({"stream": self.stream}).encode()
        writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    async def converse(self, connection: ServerConnection) -> None:
        peer = Peer(connection)
        self.peers.append(peer)
        with suppress(ConnectionClosed):
            await self.conversation(peer)

    def admit(self, connection: ServerConnection, _: Request) -> Response | None:
        return connection.respond(HTTPStatus(self.stream_status), "no such call") if self.stream_status else None


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    http = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    async with http, serve(made.converse, "127.0.0.1", 0, process_request=made.admit) as streams:
        made.url = f"http://127.0.0.1:{http.sockets[0].getsockname()[1]}"
        made.stream["url"] = f"ws://127.0.0.1:{next(iter(streams.sockets)).getsockname()[1]}/stream/token"
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock(RATE)
