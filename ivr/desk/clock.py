"""The time by which the desk sends, plays and waits."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Milliseconds that never go back; where a server is tested, its own, which may run faster than real time."""

    def now(self) -> int:
        """Milliseconds since some moment."""

    def seconds(self, milliseconds: float) -> float:
        """How long on the wall so many milliseconds of this clock are."""


class WallClock:
    """Real time."""

    def now(self) -> int:
        """Milliseconds since some moment."""
        return time.monotonic_ns() // 1_000_000

    def seconds(self, milliseconds: float) -> float:
        """As the name says."""
        return milliseconds / 1000
