"""The frames of a carrier's WebSocket: texts in, texts out, close; and how `websockets` makes and reads them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

CLOSING_S = 2.0
"""How long a peer may take to end a connection of which one side has said that it closes."""
ROOM_BYTES = 64 * 1024
NO_STATUS = 1005
"""RFC 6455, 7.1.5: the close frame had no code."""
NO_CLOSE = 1006
"""As above: there was no close frame."""
REQUESTED = frozenset(
    (b"host", b"connection", b"upgrade", b"sec-websocket-key", b"sec-websocket-version", b"sec-websocket-protocol")
)
"""What counts of a request to open a WebSocket. Extensions do not: to compress A-law costs more than it saves."""

SILENT = logging.Logger("frames", logging.CRITICAL + 1)
"""For libraries: what a peer does wrong is seen by the code with which it is closed."""

Scope = Mapping[str, Any]


class Listener(Protocol):
    """Who is told what happens on a WebSocket; none of it may raise or wait."""

    def message(self, message: str | bytes) -> None:
        """Take a whole message, text or binary."""

    def closed(self, code: int) -> None:
        """Take note that nothing more comes, with the peer's close code or 1006; it may be told again."""

    def lost(self) -> None:
        """Take note that there is no connection any more."""

    def pause_writing(self) -> None:
        """Send nothing for now: the peer does not read."""

    def resume_writing(self) -> None:
        """Go on to send."""


class Frames(Protocol):
    """One WebSocket; where it is not open any more nothing happens."""

    def send(self, text: str) -> None:
        """Send a text message now."""

    def close(self, code: int) -> None:
        """Say with a code (RFC 6455, 7.4) that we close; a peer that does not answer in time is cut off."""

    def cut(self) -> None:
        """End the connection, whatever is left to be sent."""


_ROOM = memoryview(bytearray(ROOM_BYTES))
"""Into which bytes are read, of all connections of the process: they are taken out at once."""

Adopt = Callable[[asyncio.BaseProtocol], asyncio.Transport]
"""Gives a connection to a protocol, which is all that hears of it from then on."""

Open = Callable[[Scope, Listener, Adopt, int], Frames]
"""Opens the WebSocket that an ASGI scope asks for, telling a listener; with the most bytes that a message may have."""


def opener(media: Literal["plain", "fast"]) -> Open:
    """What opens WebSockets; that of the fast kind is not always installed."""
    if media == "plain":
        return PlainFrames
    from ivr.server.fast_frames import FastFrames

    return FastFrames


def request(scope: Scope) -> bytes:
    """What a client sent to open a WebSocket, for who is to answer it."""
    rows = [b"GET / HTTP/1.1", *(name + b": " + value for name, value in scope["headers"] if name in REQUESTED)]
    return b"\r\n".join((*rows, b"", b""))


class Patience:
    """Cuts off a connection that is to end, and takes too long."""

    def __init__(self, cut: Callable[[], None]) -> None:
        """Have `cut` end it."""
        self._cut = cut
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Count from now on, if that has not begun."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(CLOSING_S, self._cut)

    def end(self) -> None:
        """It has ended."""
        if self._timer is not None:
            self._timer.cancel()


class PlainFrames(asyncio.BufferedProtocol):
    """The frames of one connection by `websockets`, which does no input or output of its own."""

    def __init__(self, scope: Scope, listener: Listener, adopt: Adopt, most_bytes: int) -> None:
        """Open a WebSocket."""
        self._listener = listener
        self._protocol = ServerProtocol(select_subprotocol=_first_of, max_size=most_bytes, logger=SILENT)
        self._begun = bytearray()
        self._is_text = True
        """Whether the message that has begun, and is not yet whole, is text."""
        self._patience = Patience(self.cut)
        self._lost = False
        self._transport = adopt(self)
        self._transport.set_write_buffer_limits(high=0)  # What the network does not take may still be taken back.
        self._open(scope)

    def _open(self, scope: Scope) -> None:
        protocol = self._protocol
        protocol.receive_data(request(scope))
        for asked in protocol.events_received():
            if isinstance(asked, Request):
                response = protocol.accept(asked)
                protocol.send_response(response)
        self._write()

    # Out

    def send(self, text: str) -> None:
        """Send a text message now."""
        if self._protocol.state is OPEN:
            self._protocol.send_text(text.encode())
            self._write()

    def close(self, code: int) -> None:
        """Say that we close."""
        if self._protocol.state is OPEN:
            self._protocol.send_close(code)
            self._write()
        self._patience.begin()

    def cut(self) -> None:
        """End the connection."""
        if not self._lost:
            self._transport.abort()

    def _write(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            elif self._protocol.close_rcvd is not None:
                self._transport.close()  # Who has not closed may still send, and would not read why we do.

    def pause_writing(self) -> None:
        """Take note that the peer does not read."""
        self._listener.pause_writing()

    def resume_writing(self) -> None:
        """Take note that it does."""
        self._listener.resume_writing()

    # In

    def get_buffer(self, _: int) -> memoryview:
        """Give room for what comes."""
        return _ROOM

    def buffer_updated(self, count: int) -> None:
        """Take what came."""
        protocol = self._protocol
        protocol.receive_data(bytes(_ROOM[:count]))
        for event in protocol.events_received():
            if isinstance(event, Frame):
                self._take(event)
        self._write()
        if protocol.state is not OPEN:
            if protocol.close_rcvd is not None:
                self._listener.closed(protocol.close_rcvd.code)
            if protocol.close_expected():
                self._patience.begin()

    def _take(self, frame: Frame) -> None:
        if frame.opcode is Opcode.TEXT and frame.fin:
            self._tell(frame.data, is_text=True)
        elif frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            if frame.opcode is not Opcode.CONT:
                self._is_text = frame.opcode is Opcode.TEXT
            self._begun += frame.data
            if frame.fin:
                data, self._begun = self._begun, bytearray()
                self._tell(data, is_text=self._is_text)

    def _tell(self, data: bytes | bytearray | memoryview, *, is_text: bool) -> None:
        try:
            message = str(data, "utf-8") if is_text else bytes(data)
        except UnicodeDecodeError:
            self._protocol.fail(CloseCode.INVALID_DATA)
        else:
            self._listener.message(message)

    def connection_lost(self, _: Exception | None) -> None:
        """Take note of the end."""
        self._lost = True
        self._patience.end()
        self._protocol.receive_eof()
        self._listener.closed(NO_CLOSE)
        self._listener.lost()


def _first_of(_: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """A client that asks for subprotocols must be given one of them (RFC 6455, 4.1); which one means nothing here."""
    return offered[0] if offered else None
