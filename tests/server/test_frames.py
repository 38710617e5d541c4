"""What a WebSocket's peer sends and is sent, by each library that reads frames."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import pytest
from hypercorn.config import Config
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from ivr.server.connections import Connections, connection_of_request
from ivr.server.frames import Frames
from ivr.server.sockets import listening_socket
from ivr.server.stream import opener

Media = Literal["plain", "fast"]
MOST_BYTES = 1000
PATIENCE_S = 30


@dataclass
class Told:
    """What is told of a WebSocket, in order; messages are answered with themselves."""

    happened: list[object] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    frames: Frames = field(init=False)
    blocked: bool = False
    lose: Callable[[], None] = field(init=False)

    def message(self, message: str | bytes) -> None:
        self.happened.append(message)
        if message == "close":
            self.frames.close(4000)
        elif message == "cut":
            self.frames.cut()
        elif isinstance(message, str):
            self.frames.send(message)

    def closed(self, code: int) -> None:
        if self.happened[-1:] != [("closed", code)]:
            self.happened.append(("closed", code))

    def lost(self) -> None:
        self.ended.set()
        self.lose()

    def is_free(self) -> bool:
        return not self.blocked

    def pause_writing(self) -> None:
        self.blocked = True

    def resume_writing(self) -> None:
        self.blocked = False


@asynccontextmanager
async def _served(media: Media) -> AsyncIterator[tuple[Told, str]]:
    told = Told()

    async def application(scope: Any, receive: Callable[[], Awaitable[Any]], _: object) -> None:
        await receive()
        connection = connection_of_request()
        told.lose = connection.lost
        told.frames = opener(media)(scope, told, connection.adopt, MOST_BYTES)
        assert (await receive())["type"] == "websocket.disconnect"

    listener = listening_socket("127.0.0.1", 0)
    connections = await Connections.listen(application, Config(), listener)
    try:
        yield told, f"ws://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        await connections.aclose()


@pytest.fixture(params=get_args(Media))
def media(request: pytest.FixtureRequest) -> Media:
    kind: Media = request.param
    return kind


async def _code(peer: ClientConnection) -> int | None:
    """The code with which the server closes."""
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(PATIENCE_S):
            while True:
                await peer.recv()
    return peer.close_code


async def test_texts_go_both_ways_whole_or_in_parts(media: Media) -> None:
    async with _served(media) as (told, url), connect(url, proxy=None) as peer:
        assert peer.response is not None
        assert "Sec-WebSocket-Extensions" not in peer.response.headers  # It asked for compression.
        for said in ("one", ["two", " and ", "a half"], "", "drei äöü", b"bytes", [b"more", b" bytes"]):
            await peer.send(said)
        await peer.ping()
        answers = [await peer.recv() for _ in range(4)]
        assert answers == ["one", "two and a half", "", "drei äöü"]
        await peer.send("last")
        assert await peer.recv() == "last"
    assert told.happened[4:7] == [b"bytes", b"more bytes", "last"]


async def test_the_peers_own_code_is_told_after_all_that_it_sent(media: Media) -> None:
    for code in (1000, 1001, 4321):
        async with _served(media) as (told, url), connect(url, proxy=None) as peer:
            await peer.send("bye")
            await peer.close(code)
            await told.ended.wait()
        assert told.happened == ["bye", ("closed", code), ("closed", 1006)]


async def test_a_close_without_a_code_and_an_end_without_a_close_are_told(media: Media) -> None:
    async with _served(media) as (told, url), connect(url, proxy=None) as peer:
        peer.protocol.send_close()
        peer.transport.write(b"".join(peer.protocol.data_to_send()))
        await told.ended.wait()
    assert told.happened[0] == ("closed", 1005)
    async with _served(media) as (told, url), connect(url, proxy=None) as peer:
        peer.transport.abort()
        await told.ended.wait()
    assert told.happened == [("closed", 1006)]


async def test_we_close_with_any_code_or_cut_off(media: Media) -> None:
    async with _served(media) as (told, url), connect(url, proxy=None) as peer:
        await peer.send("close")
        assert await _code(peer) == 4000
        await told.ended.wait()
    assert ("closed", 4000) in told.happened
    async with _served(media) as (told, url), connect(url, proxy=None) as peer:
        await peer.send("cut")
        assert await _code(peer) == 1006


@pytest.mark.parametrize("parts", [1, 3])
async def test_a_message_that_is_too_large_is_refused(media: Media, parts: int) -> None:
    async with _served(media) as (told, url), connect(url, proxy=None, close_timeout=0.1) as peer:
        await peer.send(["x" * MOST_BYTES] * parts if parts > 1 else "x" * (MOST_BYTES + 1))
        assert await _code(peer) == 1009
    assert not any(isinstance(each, str) for each in told.happened)


async def test_what_is_no_text_is_refused(media: Media) -> None:
    async with _served(media) as (told, url), connect(url, proxy=None, close_timeout=0.1) as peer:
        peer.protocol.send_text(b"\xff")
        peer.transport.write(b"".join(peer.protocol.data_to_send()))
        assert await _code(peer) == 1007
    assert not any(isinstance(each, str) for each in told.happened)


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param(b"\x83\x80\0\0\0\0", id="a reserved opcode"),
        pytest.param(b"\x80\x80\0\0\0\0", id="a continuation of nothing"),
        pytest.param(b"\x01\x80\0\0\0\0\x81\x80\0\0\0\0", id="a message within another"),
        pytest.param(b"\x81\x00", id="without a mask"),
    ],
)
async def test_a_frame_that_breaks_the_rules_is_refused(media: Media, frames: bytes) -> None:
    """RFC 6455, 5.1 to 5.4."""
    async with _served(media) as (told, url), connect(url, proxy=None, close_timeout=0.1) as peer:
        peer.transport.write(frames)
        assert await _code(peer) == 1002
    assert not any(isinstance(each, str) for each in told.happened)


async def test_a_peer_that_does_not_read_is_told_of(media: Media) -> None:
    async with _served(media) as (told, url), connect(url, proxy=None, max_queue=1, close_timeout=0.1) as peer:
        await peer.send("hello")
        async with asyncio.timeout(PATIENCE_S):
            while told.is_free():
                told.frames.send("x" * 100_000)
                await asyncio.sleep(0)
            while not told.is_free():
                await peer.recv()
        told.frames.cut()


async def test_nothing_is_sent_after_the_end(media: Media) -> None:
    async with _served(media) as (told, url):
        async with connect(url, proxy=None):
            pass
        await told.ended.wait()
        told.frames.send("late")
        told.frames.close(1000)
        told.frames.cut()
