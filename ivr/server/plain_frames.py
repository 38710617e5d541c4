"""The frames of a carrier's WebSocket by `websockets`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from ivr.server.frames import NO_CLOSE, SILENT, Adopt, Listener, Patience, Scope, request

ROOM_BYTES = 64 * 1024
_ROOM = memoryview(bytearray(ROOM_BYTES))
"""Into which bytes are read, of all connections of the process: they are taken out at once."""


class PlainFrames(asyncio.BufferedProtocol):
    """The frames of one connection; the library does no input or output of its own."""

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
