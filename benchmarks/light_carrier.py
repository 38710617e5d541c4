"""A carrier that costs little: WebSockets by hand (RFC 6455), and the silence of all callers sent from one timer."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
from collections import deque
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

FRAME_MS = 20
PHASES = 10
"""Callers send at so many different moments of 20 ms."""
LAST_ROUNDS = 20_000
"""Of so many it is remembered how late they were."""
NORMAL = 1000
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_FIN, _MASKED = 0x80, 0x80
_NO_MASK = bytes(4)
"""A key of zeros is a key, and leaves the text as it is."""
_SHORT, _LONG = 126, 127


def framed(payload: bytes, opcode: int = _TEXT) -> bytes:
    """A whole message from a client."""
    head = bytes((_FIN | opcode,))
    if len(payload) < _SHORT:
        return head + bytes((_MASKED | len(payload),)) + _NO_MASK + payload
    return head + bytes((_MASKED | _SHORT,)) + struct.pack("!H", len(payload)) + _NO_MASK + payload


class Stream(asyncio.Protocol):
    """The carrier's end of one WebSocket."""

    def __init__(self, address: str, told: Callable[[bytes], None]) -> None:
        """Connect for a `ws://` address; `told` is given each text message."""
        self._host, self._path = urlsplit(address).netloc, urlsplit(address).path
        self._told = told
        self._buffer = bytearray()
        self._open = False
        self._transport: asyncio.Transport
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """The close code; 1006 if there was none."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        key = base64.b64encode(os.urandom(16)).decode()
        rows = ("Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13")
        head = "\r\n".join((f"GET {self._path} HTTP/1.1", f"Host: {self._host}", *rows, "", ""))
        self._transport.write(head.encode())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open:
            head, end, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self._end(0)
                return
            self._buffer, self._open = bytearray(rest), True
            self.opened.set_result(None)
        while self._message():
            pass

    def _message(self) -> bool:
        """Take one message out of the buffer, if it is there whole."""
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        opcode, length, start = buffer[0] & 0x0F, buffer[1], 2
        if length in (_SHORT, _LONG):
            start = 4 if length == _SHORT else 10
            if len(buffer) < start:
                return False
            length = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start + length:
            return False
        payload = bytes(buffer[start : start + length])
        del buffer[: start + length]
        if opcode == _TEXT:
            self._told(payload)
        elif opcode == _PING:
            self._transport.write(framed(payload, _PONG))
        elif opcode == _CLOSE:
            self._transport.write(framed(payload, _CLOSE))
            self._end(int.from_bytes(payload[:2], "big"))
        return True

    def connection_lost(self, _: Exception | None) -> None:
        self._end(1006)

    def _end(self, code: int) -> None:
        if not self.closed.done():
            self.closed.set_result(code)
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("the stream was refused"))
        self._transport.close()

    def write(self, message: bytes) -> None:
        """Send what `framed` made."""
        if not self.closed.done():
            self._transport.write(message)

    def close(self) -> None:
        """Hang up."""
        self.write(framed(struct.pack("!H", NORMAL), _CLOSE))


class Silences:
    """Sends the silence of callers, 50 times a second each."""

    def __init__(self, phases: int = PHASES) -> None:
        """Send at so many different moments of 20 ms."""
        self._phases: list[dict[Stream, bytes]] = [{} for _ in range(phases)]
        self.sent = 0
        """Messages so far."""
        self.late: deque[float] = deque(maxlen=LAST_ROUNDS)
        """By how many seconds each round was late."""

    def add(self, stream: Stream, message: bytes) -> None:
        """Send a message every 20 ms from now on."""
        min(self._phases, key=len)[stream] = message

    def remove(self, stream: Stream) -> None:
        """Send nothing more."""
        for phase in self._phases:
            phase.pop(stream, None)

    async def run(self) -> None:
        """Send until cancelled."""
        loop = asyncio.get_running_loop()
        between = FRAME_MS / len(self._phases) / 1000
        turn, began = 0, loop.time()
        while True:
            phase = self._phases[turn % len(self._phases)]
            for stream, message in phase.items():
                stream.write(message)
            self.sent += len(phase)
            turn += 1
            due = began + turn * between
            await asyncio.sleep(max(0.0, due - loop.time()))
            self.late.append(loop.time() - due)


async def post(url: str, fields: dict[str, object]) -> dict[str, object]:
    """Send a webhook, and give the JSON of its answer.

    Raises:
        ConnectionError: nobody answers, or not with 200.
    """
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        body = json.dumps(fields).encode()
        rows = ("Content-Type: application/json", f"Content-Length: {len(body)}", "Connection: close")
        writer.write(
            "\r\n".join((f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}", *rows, "", "")).encode() + body
        )
        head, _, content = (await reader.read()).partition(b"\r\n\r\n")
        if b" 200" not in head.partition(b"\r\n")[0]:
            raise ConnectionError(f"{parts.path} was answered {head[:40]!r}")
        return cast("dict[str, object]", json.loads(content))
    finally:
        writer.close()
