"""Waiting until something holds of a call, or time has passed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ivr.desk.clock import Clock
from ivr.desk.errors import ProtocolFault


class Waiting:
    """Those who wait, and look again whenever something has happened."""

    def __init__(self, clock: Clock) -> None:
        """Let nobody wait yet; the clock tells how long it takes."""
        self.fault: ProtocolFault | None = None
        """What ended the call, if the server sent what can't be understood."""
        self._clock = clock
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Something has happened."""
        self._news.set()

    def check(self) -> None:
        """Raise the ProtocolFault that ended the call, if one did."""
        if self.fault is not None:
            raise self.fault

    async def until(self, holds: Callable[[], bool], within: int | None) -> bool:
        """Wait until something holds, at most so many milliseconds, and tell whether it does.

        Raises:
            ProtocolFault: the server has sent what can't be understood.
        """
        too_late = False

        def give_up() -> None:
            nonlocal too_late
            too_late = True
            self._news.set()

        timer = None if within is None else self._clock.call_at(self._clock.now() + within, give_up)
        try:
            self.check()
            while not (too_late or holds()):
                self._news.clear()
                await self._news.wait()
                self.check()
        finally:
            if timer is not None:
                timer.cancel()
        return holds()
