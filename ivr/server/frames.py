"""The frames of a carrier's WebSocket, as streams know them, whichever library makes and reads them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

CLOSING_S = 2.0
"""How long a peer may take to end a connection of which one side has said that it closes."""
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


Adopt = Callable[[asyncio.BaseProtocol], asyncio.Transport]
"""Gives a connection to a protocol, which is all that hears of it from then on."""

Open = Callable[[Scope, Listener, Adopt, int], Frames]
"""Opens the WebSocket that an ASGI scope asks for, telling a listener; with the most bytes that a message may have."""


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
