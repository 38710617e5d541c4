"""Tells the application with which code a peer closed its WebSocket, which Hypercorn keeps to itself."""

from __future__ import annotations

from typing import Any

from hypercorn.protocol import h11
from hypercorn.protocol.events import Event, StreamClosed
from hypercorn.protocol.ws_stream import ASGIWebsocketState, WSStream
from wsproto.events import CloseConnection


class CodedStream(WSStream):
    """A WebSocket whose `websocket.disconnect` has the peer's own code, as ASGI wants it.

    Hypercorn says 1006 for all ends that are not ours, so that nobody could tell a carrier that hangs up from a
    connection that breaks.
    """

    _code: int | None = None

    async def _send_wsproto_event(self, event: Any) -> None:
        # A close frame that leaves while the application has not closed is the echo of the peer's (RFC 6455, 5.5.1).
        if isinstance(event, CloseConnection) and self.state is ASGIWebsocketState.CONNECTED:
            self._code = event.code
        await super()._send_wsproto_event(event)

    async def handle(self, event: Event) -> None:
        """Take what happens on the connection."""
        if isinstance(event, StreamClosed) and self._code is not None and self.app_put is not None:
            self.closed = True
            await self.app_put({"type": "websocket.disconnect", "code": self._code})
        else:
            await super().handle(event)


def tell_close_codes() -> None:
    """Let Hypercorn use such streams from now on; it offers no setting for that."""
    h11.WSStream = CodedStream  # type: ignore[attr-defined]  # it is looked up by this name for every connection
