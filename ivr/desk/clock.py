"""The time by which the desk sends, plays and waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """What will happen at some time."""

    def cancel(self) -> None:
        """Let it not happen."""


class Clock(Protocol):
    """Milliseconds that never go back; where a server is tested, its own, which may run faster than real time."""

    def now(self) -> int:
        """Milliseconds since some moment."""

    def call_at(self, when: int, callback: Callable[[], None]) -> Timer:
        """Call back once the clock shows `when`; soon if that is past."""


class WallClock:
    """Real time."""

    def now(self) -> int:
        """Milliseconds since some moment."""
        return time.monotonic_ns() // 1_000_000

    def call_at(self, when: int, callback: Callable[[], None]) -> Timer:
        """Call back once the clock shows `when`; soon if that is past."""
        # The millisecond that `now` shows has begun already; one more is never too early.
        return asyncio.get_running_loop().call_later(max(0, when - self.now() + 1) / 1000, callback)
