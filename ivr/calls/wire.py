"""The port between a call and the connection that carries it."""

from __future__ import annotations

from typing import Protocol

NORMAL_CLOSURE = 1000
"""RFC 6455, 7.4.1: the purpose of the connection is fulfilled."""
GOING_AWAY = 1001
"""As above: the endpoint is going away; no carrier takes this for the end of the call."""


class Wire(Protocol):
    """One connection to a carrier: texts go out in order, and never block the call."""

    def send(self, text: str) -> None:
        """Send a text message."""

    def send_audio(self, text: str) -> None:
        """Send a text message that `take_back` may still stop."""

    def take_back(self) -> None:
        """Drop all audio that has not left yet."""

    def close(self, code: int) -> None:
        """Send what is waiting, then close with a WebSocket close code (RFC 6455, 7.4)."""
