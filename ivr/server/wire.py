"""A call's way out over its WebSocket: what the peer does not read waits, and is bounded."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from ivr.logs import log
from ivr.server.frames import CLOSING_S, Frames

POLICY = 1008
"""RFC 6455, 7.4.1: a message broke the rules of the endpoint."""

logger = logging.getLogger(__name__)


class StreamWire:
    """Texts leave at once, or in their turn once the peer reads again, so that nobody who sends has to wait."""

    def __init__(self, frames: Frames, most_waiting: int) -> None:
        """Send by the frames of a WebSocket; a peer that leaves `most_waiting` messages unread is closed."""
        self._frames = frames
        self._most_waiting = most_waiting
        self._waiting: deque[tuple[str, bool]] = deque()
        """Each with whether it is audio."""
        self._blocked = False
        self._closed = False
        self._closing: int | None = None
        """The code with which to close after what still waits."""

    def send(self, text: str) -> None:
        """Send a text message."""
        self._put(text, audio=False)

    def send_audio(self, text: str) -> None:
        """Send a text message that `take_back` may still stop."""
        self._put(text, audio=True)

    def take_back(self) -> None:
        """Drop all audio that has not left yet."""
        if self._waiting:
            self._waiting = deque(each for each in self._waiting if not each[1])

    def close(self, code: int) -> None:
        """Send what is waiting, then close; what can't be sent in time is not."""
        if self._closed:
            return
        self._closed = True
        if self._waiting:
            self._closing = code
            asyncio.get_running_loop().call_later(CLOSING_S, self._frames.cut)
        else:
            self._frames.close(code)

    def _put(self, text: str, *, audio: bool) -> None:
        if self._closed:
            return
        if not self._blocked:
            self._frames.send(text)
        elif len(self._waiting) < self._most_waiting:
            self._waiting.append((text, audio))
        else:
            log(logger, logging.WARNING, "peer does not read", waiting=len(self._waiting))
            self._waiting.clear()
            self.close(POLICY)

    def pause_writing(self) -> None:
        """Send nothing for now: the peer does not read."""
        self._blocked = True

    def resume_writing(self) -> None:
        """Go on to send."""
        self._blocked = False
        while self._waiting and not self._blocked:
            text, _ = self._waiting.popleft()
            self._frames.send(text)
        if self._closing is not None and not self._waiting:
            code, self._closing = self._closing, None
            self._frames.close(code)
