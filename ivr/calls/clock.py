"""The clock of a process: real time, or a faster one for tests and demonstrations."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from heapq import heapify, heappop, heappush
from typing import Protocol

MOST_CANCELLED = 100
"""So many cancelled timers may lie about before it is worth while to look whether they are the greater part."""


def wall_clock() -> int:
    """Now, in milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


class Timer(Protocol):
    """What will happen at some time."""

    def cancel(self) -> None:
        """Let it not happen."""


class Clock:
    """Milliseconds that pass `rate` times as fast as on the wall; it never goes back.

    All that is to happen waits in one heap, and the event loop has one timer, for the first of it.
    """

    def __init__(self, rate: float = 1.0) -> None:
        """Run at `rate`; 1 is real time."""
        self._per_second = 1000 * rate
        self._began = time.monotonic()
        self._timers: list[tuple[int, int, _Timer]] = []
        self._order = itertools.count()
        self._cancelled = 0
        """How many of the timers are."""
        self._next: asyncio.TimerHandle | None = None

    def now(self) -> int:
        """Milliseconds since the clock was made."""
        return int((time.monotonic() - self._began) * self._per_second)

    def seconds(self, milliseconds: float) -> float:
        """How long on the wall so many milliseconds of this clock are."""
        return milliseconds / self._per_second

    def call_at(self, when: int, callback: Callable[[], None]) -> Timer:
        """Call back when the clock shows `when`, or soon if that is past."""
        timer = _Timer(self, callback)
        heappush(self._timers, (when, next(self._order), timer))
        if self._timers[0][2] is timer:
            self._set()
        return timer

    def _set(self) -> None:
        """Have the event loop wake us for the first timer."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
        while self._timers and self._timers[0][2].callback is None:
            heappop(self._timers)
            self._cancelled -= 1
        if self._timers:
            # The event loop may wake us a little early; one millisecond more saves a second wake-up.
            delay = self.seconds(max(0, self._timers[0][0] - self.now() + 1))
            self._next = asyncio.get_running_loop().call_later(delay, self._ring)

    def _ring(self) -> None:
        self._next = None
        now, after = self.now(), next(self._order)
        try:
            # What is added meanwhile has its turn after the event loop has had its own.
            while self._timers and self._timers[0][0] <= now and self._timers[0][1] < after:
                _, _, timer = heappop(self._timers)
                callback, timer.callback = timer.callback, None
                if callback is None:
                    self._cancelled -= 1
                else:
                    callback()
        finally:
            self._set()

    def count_cancelled(self) -> None:
        """One more timer is cancelled; once most of them are, those are let go of before their time comes."""
        self._cancelled += 1
        if self._cancelled > MOST_CANCELLED and self._cancelled * 2 > len(self._timers):
            self._timers[:] = [entry for entry in self._timers if entry[2].callback is not None]
            heapify(self._timers)
            self._cancelled = 0

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


class _Timer:
    """What is to happen, unless it has happened or is cancelled: then there is no callback."""

    __slots__ = ("_clock", "callback")

    def __init__(self, clock: Clock, callback: Callable[[], None]) -> None:
        self._clock = clock
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Let it not happen."""
        if self.callback is not None:
            self.callback = None
            self._clock.count_cancelled()


class Alarm:
    """Goes off when it is set to, whatever it was set to before.

    Where that is put off, which is the rule in a call, the timer that runs is left as it is: so an alarm may go off too
    early, and whoever set it looks at the time, and sets it again.
    """

    def __init__(self, clock: Clock, callback: Callable[[], None]) -> None:
        """Call back by this clock, once it is set."""
        self._clock = clock
        self._callback = callback
        self._timer: Timer | None = None
        self._when = 0

    def set(self, when: int | None) -> None:
        """Go off when the clock shows `when` or before; never, if it is None."""
        if self._timer is not None and (when is None or when < self._when):
            self._timer.cancel()
            self._timer = None
        if self._timer is None and when is not None:
            self._timer, self._when = self._clock.call_at(when, self._go_off), when

    def _go_off(self) -> None:
        self._timer = None
        self._callback()
