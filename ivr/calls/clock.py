"""The clock of a process: real time, or a faster one for tests and demonstrations."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol


def wall_clock() -> int:
    """Now, in milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


class Timer(Protocol):
    """What will happen at some time."""

    def cancel(self) -> None:
        """Let it not happen."""


class Clock:
    """Milliseconds that pass `rate` times as fast as on the wall; it never goes back."""

    def __init__(self, rate: float = 1.0) -> None:
        """Run at `rate`; 1 is real time."""
        self._rate = rate
        self._began = time.monotonic()

    def now(self) -> int:
        """Milliseconds since the clock was made."""
        return int((time.monotonic() - self._began) * 1000 * self._rate)

    def seconds(self, milliseconds: float) -> float:
        """How long on the wall so many milliseconds of this clock are."""
        return milliseconds / 1000 / self._rate

    def call_at(self, when: int, callback: Callable[[], None]) -> Timer:
        """Call back when the clock shows `when`, or soon if that is past."""
        # A timer may fire a little early by its own clock; one millisecond more saves a second wake-up.
        delay = self.seconds(max(0, when - self.now() + 1))
        return asyncio.get_running_loop().call_later(delay, callback)

    @asynccontextmanager
    async def limit(self, milliseconds: int) -> AsyncIterator[None]:
        """Cancel what takes longer, as `asyncio.timeout` does by the time on the wall.

        Raises:
            TimeoutError: it was cancelled.
        """
        now = asyncio.get_running_loop().time
        async with asyncio.timeout(None) as timeout:
            timer = self.call_at(self.now() + milliseconds, lambda: timeout.reschedule(now()))
            try:
                yield
            finally:
                timer.cancel()
