"""The WebSocket of a stream from the carrier's side: how it is opened, and how it breaks."""

from __future__ import annotations

import contextlib
import socket
import struct

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from ivr.desk.errors import Refused

_OPEN_S = 10
_CLOSE_S = 5
_SHOWN = 300


async def connected(url: str) -> ClientConnection:
    """Open a connection.

    Raises:
        Refused: the server does not want it, or there is none.
    """
    try:
        return await connect(
            url,
            compression=None,
            proxy=None,
            ping_interval=None,
            open_timeout=_OPEN_S,
            close_timeout=_CLOSE_S,
        )
    except InvalidStatus as refusal:
        why = (refusal.response.body or b"").decode(errors="replace")[:_SHOWN]
        raise Refused(f"the server refuses the stream with status {refusal.response.status_code}: {why}") from None
    except (OSError, WebSocketException) as error:
        raise Refused(f"there is no stream at the address that the server gave: {error}") from None


def reset(connection: ClientConnection) -> None:
    """Break a connection at once; without a linger time the kernel sends a reset (ABORT in RFC 9293, 3.10.5)."""
    transport = connection.transport
    with contextlib.suppress(OSError):  # It may be closed by now.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if not transport.is_closing():
        transport.abort()
