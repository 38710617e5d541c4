"""The way out of a connection: in order, without waiting, and bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from ivr.server.stream import AsgiWire

PATIENCE_S = 60
MOST_WAITING = 1000


class Peer:
    """The other end, which takes messages only while it is willing."""

    def __init__(self) -> None:
        self.took: list[object] = []
        self.willing = asyncio.Event()
        self.willing.set()
        self.closings = 0
        self.wire = AsgiWire(self.send, self.closed, MOST_WAITING)

    async def send(self, message: Mapping[str, Any]) -> None:
        await self.willing.wait()
        self.took.append(message["text"] if message["type"] == "websocket.send" else message["code"])

    def closed(self) -> None:
        self.closings += 1

    async def written(self) -> list[object]:
        """All that went out, once the connection is closed."""
        async with asyncio.timeout(PATIENCE_S):
            await self.wire.write()
        return self.took


async def test_messages_leave_in_order_and_the_close_is_the_last() -> None:
    peer = Peer()
    for text in ("a", "b"):
        peer.wire.send(text)
        peer.wire.send_audio(text.upper())
    peer.wire.close(1000)
    assert await peer.written() == ["a", "A", "b", "B", 1000]


async def test_only_the_first_close_counts_and_nothing_follows_it() -> None:
    peer = Peer()
    peer.wire.close(1008)
    peer.wire.close(1000)
    peer.wire.send("late")
    peer.wire.send_audio("late")
    assert await peer.written() == [1008]
    assert peer.closings == 1


async def test_audio_that_is_taken_back_never_leaves_but_all_else_does() -> None:
    peer = Peer()
    peer.willing.clear()
    writing = asyncio.create_task(peer.written())
    peer.wire.send_audio("on its way")
    await asyncio.sleep(0)
    for number in range(3):
        peer.wire.send_audio(f"audio {number}")
        peer.wire.send(f"text {number}")
    peer.wire.take_back()
    peer.wire.send("clear")
    peer.wire.send_audio("new")
    peer.wire.close(1000)
    peer.willing.set()
    assert await writing == ["on its way", "text 0", "text 1", "text 2", "clear", "new", 1000]


async def test_messages_sent_later_leave_too() -> None:
    peer = Peer()
    writing = asyncio.create_task(peer.written())
    for number in range(3):
        peer.wire.send(str(number))
        await asyncio.sleep(0)
    peer.wire.close(1000)
    assert await writing == ["0", "1", "2", 1000]


async def test_a_peer_that_leaves_too_much_unread_is_closed() -> None:
    peer = Peer()
    for number in range(MOST_WAITING + 10):
        peer.wire.send(str(number))
    assert peer.closings == 1
    assert await peer.written() == [1008]
