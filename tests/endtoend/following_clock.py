"""A clock that waits for those who live by it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import selectors
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ivr.calls.clock import Clock, Timer

_NAP_S = 0.001
_MOST_AT_ONCE_MS = 1_000
"""What the clock may catch up on after the event loop was busy."""


@dataclass(slots=True)
class _Alarm:
    callback: Callable[[], None] | None

    def cancel(self) -> None:
        self.callback = None


class FollowingClock(Clock):
    """At most `rate` times as fast as on the wall, and it stands still as long as its event loop has anything to do.

    It goes on from alarm to alarm, and only once all that the one before led to has been done, messages to and fro
    over sockets included. So nobody in its event loop is ever late, however busy the machine is; and nobody elsewhere
    for whom it waits.
    """

    def __init__(self, rate: float) -> None:
        """Show 0, and stand still until it runs."""
        super().__init__(rate)
        self._per_s = 1000 * rate
        self.waits_for: set[object] = set()
        """What threads and other processes are at work on: while there is anything the clock stands still."""
        self._now = 0
        self._alarms: list[tuple[int, int, _Alarm]] = []
        self._order = itertools.count()
        self._looked: float | None = None
        """When it was last looked at whether it may go on, on the wall; None while it stands still."""
        self._left = 0.0
        """Milliseconds by which it may go on."""

    def loop(self) -> asyncio.AbstractEventLoop:
        """Make the event loop of those who live by this clock."""
        return asyncio.SelectorEventLoop(_Selector(self._go_on))

    def now(self) -> int:
        """Milliseconds for which it has been running."""
        return self._now

    def call_at(self, when: int, callback: Callable[[], None]) -> Timer:
        """Call back when the clock shows `when`, or soon if that is past."""
        alarm = _Alarm(callback)
        heapq.heappush(self._alarms, (when, next(self._order), alarm))
        return alarm

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let time pass within the block."""
        self._looked = time.monotonic()
        try:
            yield
        finally:
            self._looked = None

    def _go_on(self) -> bool:
        """Go on, at most to the next alarm, and tell whether that went off: then there may be something to do."""
        if self._looked is None:
            return False
        now = time.monotonic()
        self._left = min(self._left + (now - self._looked) * self._per_s, _MOST_AT_ONCE_MS)
        self._looked = now
        if self.waits_for:
            return False
        while self._alarms and self._alarms[0][2].callback is None:
            heapq.heappop(self._alarms)
        until = self._now + int(self._left)
        if self._alarms and (when := max(self._now, self._alarms[0][0])) <= until:
            self._forward(when)
            _, _, alarm = heapq.heappop(self._alarms)
            if alarm.callback is not None:
                alarm.callback()
            return True
        self._forward(until)
        return False

    def _forward(self, until: int) -> None:
        self._left -= until - self._now
        self._now = until


class _Selector(selectors.DefaultSelector):
    """Tells when there is nothing to do."""

    def __init__(self, idle: Callable[[], bool]) -> None:
        """Call `idle` when there is nothing to do, which tells whether there may be something now."""
        super().__init__()
        self._idle = idle

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, Any]]:
        """Wait for what is ready, a moment at most."""
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        return super().select(0 if self._idle() else _NAP_S if timeout is None else min(timeout, _NAP_S))
