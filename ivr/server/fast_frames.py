"""The frames of a carrier's WebSocket by picows, which is compiled."""

from __future__ import annotations

import asyncio

from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSProtocolError,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # its stub leaves out what its own server is made of

from ivr.calls.wire import NORMAL_CLOSURE
from ivr.server.frames import CLOSING_S, NO_CLOSE, NO_STATUS, SILENT, Adopt, Listener, Patience, Scope, request

BUFFER_BYTES = 2048
"""That of a connection to begin with: several messages of 20 ms."""
COPIED_BYTES = 8192
"""More than that in one frame picows 2.3 does not copy: it gives the transport a view of its header, which the next one
overwrites. That is wrong where the transport keeps it, as uvloop's does, and asyncio's from Python 3.12 on."""
TEXT, BINARY, CONTINUATION, CLOSE = WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION, WSMsgType.CLOSE


class FastFrames(WSListener):
    """The frames of one connection."""

    def __init__(self, scope: Scope, listener: Listener, adopt: Adopt, most_bytes: int) -> None:
        """Open a WebSocket."""
        self._listener = listener
        self._most_bytes = most_bytes
        self._begun = bytearray()
        self._kind: WSMsgType | None = None
        """What the message is that has begun, and is not yet whole."""
        self._patience = Patience(self.cut)
        self._transport: WSTransport
        protocol = WSProtocol(
            host_port=None,
            ws_path=None,
            is_client_side=False,
            ws_listener_factory=self._response,
            logger=SILENT,
            disconnect_on_exception=True,
            websocket_handshake_timeout=CLOSING_S,
            enable_auto_ping=False,
            auto_ping_idle_timeout=CLOSING_S,
            auto_ping_reply_timeout=CLOSING_S,
            auto_ping_strategy=WSAutoPingStrategy.PING_WHEN_IDLE,
            enable_auto_pong=True,
            max_frame_size=most_bytes,
            extra_headers=None,
            read_buffer_init_size=BUFFER_BYTES,
        )
        transport = adopt(protocol)
        transport.set_write_buffer_limits(high=0)  # What the network does not take may still be taken back.
        protocol.connection_made(transport)
        _feed(protocol, request(scope))

    def _response(self, asked: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        offered = asked.headers.get("Sec-WebSocket-Protocol", "").partition(",")[0].strip()
        headers = {"Sec-WebSocket-Protocol": offered} if offered else None
        return WSUpgradeResponseWithListener(WSUpgradeResponse.create_101_response(headers), self)

    # Out

    def send(self, text: str) -> None:
        """Send a text message now."""
        if self._transport.is_close_frame_sent:
            return
        data, kind = text.encode(), TEXT
        while len(data) > COPIED_BYTES:
            self._transport.send(kind, data[:COPIED_BYTES], fin=False)
            data, kind = data[COPIED_BYTES:], CONTINUATION
        self._transport.send(kind, data)

    def close(self, code: int) -> None:
        """Say that we close."""
        if not self._transport.is_close_frame_sent:
            self._transport.send_close(code)  # type: ignore[arg-type]  # any code may be sent, also of 3000 to 4999
        self._patience.begin()

    def cut(self) -> None:
        """End the connection."""
        if not self._transport.is_disconnected:
            self._transport.disconnect(graceful=False)

    def pause_writing(self) -> None:
        """Take note that the peer does not read."""
        self._listener.pause_writing()

    def resume_writing(self) -> None:
        """Take note that it does."""
        self._listener.resume_writing()

    # In

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Take note that the WebSocket is open."""
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take a frame."""
        kind = frame.msg_type
        if kind == CLOSE:
            self._closed_by_peer(transport, frame.get_close_code().value)
        elif transport.is_close_frame_sent:
            pass  # A frame that is too large is told nevertheless, behind the close that it caused.
        else:
            try:
                if kind == TEXT and frame.fin and self._kind is None:
                    self._listener.message(frame.get_payload_as_utf8_text())
                elif kind in (TEXT, BINARY, CONTINUATION):
                    self._take_part(kind, frame.get_payload_as_bytes(), is_last=frame.fin)
            except UnicodeDecodeError:
                raise WSProtocolError(WSCloseCode.INVALID_TEXT, "") from None

    def _take_part(self, kind: WSMsgType, payload: bytes, *, is_last: bool) -> None:
        if (kind == CONTINUATION) == (self._kind is None):
            raise WSProtocolError(WSCloseCode.PROTOCOL_ERROR, "")
        if self._kind is None:
            self._kind = kind
        self._begun += payload
        if len(self._begun) > self._most_bytes:
            raise WSProtocolError(WSCloseCode.MESSAGE_TOO_BIG, "")
        if is_last:
            message = self._begun.decode() if self._kind == TEXT else bytes(self._begun)
            self._begun, self._kind = bytearray(), None
            self._listener.message(message)

    def _closed_by_peer(self, transport: WSTransport, code: int) -> None:
        self._listener.closed(code or NO_STATUS)
        if not transport.is_close_frame_sent:
            self.close(code or NORMAL_CLOSURE)
        transport.disconnect()

    def on_ws_disconnected(self, _: WSTransport) -> None:
        """Take note of the end."""
        self._patience.end()
        self._listener.closed(NO_CLOSE)
        self._listener.lost()


def _feed(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    """Let a protocol read what has been read for it."""
    while data:
        room = memoryview(protocol.get_buffer(len(data)))
        count = min(len(room), len(data))
        room[:count] = data[:count]
        protocol.buffer_updated(count)
        data = data[count:]
