"""One call as its driver sees the store."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ivr.calls.clock import wall_clock
from ivr.calls.store.page import Page, Step
from ivr.core.effects import Effect
from ivr.core.events import Event, LookupAnswered, LookupFailed, Reconnected
from ivr.core.session import Session
from ivr.logs import log

PATIENCE_S = 1.0
"""How long a deed waits for the store; then it is done although it is not durable."""

TICK_S = 0.05
"""From one transaction to the next: what happened meanwhile is lost with the process.

At 75 steps a second one costs the writing thread half of what it costs with 20 ms; 100 ms would save another quarter,
and lose twice as much.
"""
HURRIED_TICK_S = 0.02
"""The same where somebody waits for it."""

EARLY_S = 0.01
"""A timer may come a little before its time."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class News:
    """Something that a call tells the writing thread."""

    kept: Kept
    number: int
    """How much the call has told by then."""
    session: Session | None = None
    """Its newest one."""
    at: int = 0
    step: Step | None = None
    """What is to be noted on its trail and in its journal."""
    interrupted: bool = False
    ended: int | None = None
    """When the call ended, in milliseconds since 1970."""
    done: bool = False
    freed: bool = False
    cut: bool = False
    """Too many steps waited, so that the journal misses this one."""
    answer: LookupAnswered | LookupFailed | None = None


class Kept:
    """What is kept of one call.

    Its methods take no time and never raise. They run on the event loop, and leave news for the writing thread, which
    sets `durable`.
    """

    def __init__(self, ties: Ties, page: Page, at: int = 0, session: Session | None = None) -> None:
        """Keep a call from now on; with a session it is a new one."""
        self.lost = False
        """Whether another process has the call: nothing is written any more."""
        self.on_lost: Callable[[], None] | None = None
        self.page = page
        self._noted = page.recorder is not None or page.unwritten is not None
        self.told = 0
        """How often something was told that is to be durable."""
        self.durable = 0
        """How much of that is."""
        self.closed = False
        """Whether nothing more is to come, but answers that belong to another process."""
        self._ties = ties
        self._at = at
        self._ended = False
        self._deeds: list[tuple[int, float, Callable[[], None], asyncio.TimerHandle]] = []
        if session is not None:
            self._tell(session)

    # What the driver tells

    def step(self, before: Session, event: Event, after: Session, effects: tuple[Effect, ...]) -> None:
        """Keep what a step led to, and note it in the journal."""
        if not self.closed:
            self._at = event.at
            self._tell(after, (before, event, after, effects))

    def end(self, session: Session) -> None:
        """The call is done: only its record and journal stay."""
        if not self.closed:
            self.closed = True
            self._tell(session, done=True)

    def let_go(self) -> None:
        """Give the call away: once all so far is written nobody owns it."""
        if not self.closed:
            self.closed = True
            self.told += 1
            self._ties.tell(News(self, self.told, freed=True))

    def answered(self, event: LookupAnswered | LookupFailed) -> None:
        """Put an answer into the store for whoever has the call now."""
        self._ties.tell(News(self, self.told, answer=event))

    def _tell(self, session: Session, step: Step | None = None, *, done: bool = False) -> None:
        self.told += 1
        news = News(self, self.told, session, self._at)
        if step is not None:
            news.interrupted = isinstance(step[1], Reconnected)
            if self._ties.room_for_step():
                news.step = step
            elif self._noted:
                self._noted, news.cut = False, True
        if done or session.over:
            news.done = done
            if not self._ended:
                self._ended, news.ended = True, wall_clock()
        self._ties.tell(news)

    # What waits until it is durable

    def when_durable(self, deed: Callable[[], None]) -> None:
        """Do something once all that was told so far is durable, or after a second; never once the call is lost.

        What was asked for first is done first.
        """
        if self.lost:
            return
        if not self._deeds and self.durable >= self.told:
            _do(deed)
            return
        loop = self._ties.loop
        timer = loop.call_later(PATIENCE_S, self._overdue)
        self._deeds.append((self.told, loop.time() + PATIENCE_S, deed, timer))
        self._ties.hurry()
        self.settle()  # The thread may have written it before it could see that somebody waits.

    @property
    def in_work(self) -> bool:
        """Whether this process still has something to tell or to write of the call."""
        return not self.lost and (not self.closed or self.durable < self.told)

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for something to become durable."""
        return bool(self._deeds)

    def settle(self) -> None:
        """Do what has waited for what is durable now."""
        while self._deeds and self._deeds[0][0] <= self.durable:
            *_, deed, timer = self._deeds.pop(0)
            timer.cancel()
            _do(deed)

    def _overdue(self) -> None:
        now = self._ties.loop.time() + EARLY_S
        while self._deeds and self._deeds[0][1] <= now:
            _, _, deed, timer = self._deeds.pop(0)
            timer.cancel()
            self._ties.undurable += 1
            log(logger, logging.WARNING, "not durable, and done nevertheless", call=self.page.call.id)
            _do(deed)

    def lose(self) -> None:
        """Another process has the call."""
        if self.lost:
            return
        self.lost = self.closed = True
        for *_, timer in self._deeds:
            timer.cancel()
        self._deeds.clear()
        log(logger, logging.WARNING, "another process has the call", call=self.page.call.id)
        if self.on_lost is not None:
            _do(self.on_lost)


def _do(deed: Callable[[], None]) -> None:
    try:
        deed()
    except Exception:
        logger.exception("a bug of ours in what waited for the store")


class Bell:
    """Wakes a thread that waits for it; only the event loop rings it."""

    def __init__(self) -> None:
        self._silence = threading.Lock()
        self._silence.acquire()

    def ring(self) -> None:
        """Wake the thread, or let it not even begin to wait."""
        if self._silence.locked():
            self._silence.release()

    def wait(self, seconds: float) -> None:
        """Wait until it has rung since the last time, or for so long."""
        self._silence.acquire(timeout=max(0.0, seconds))

    def hush(self) -> None:
        """Forget that it has rung."""
        self._silence.acquire(blocking=False)


class Ties:
    """What all calls share with the writing thread."""

    def __init__(self, most_waiting: int) -> None:
        self.undurable = 0
        """Deeds that were done although they were not durable."""
        self.loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self.written_steps = 0
        """Steps that are in a journal, or never will be: set by the thread."""
        self._told_steps = 0
        self._most_waiting = most_waiting
        self._news: deque[News] = deque()
        self._bell, self._hurry = Bell(), Bell()

    def room_for_step(self) -> bool:
        """Whether one more step may wait, which then does."""
        if self._told_steps - self.written_steps >= self._most_waiting:
            return False
        self._told_steps += 1
        return True

    def tell(self, news: News) -> None:
        """Leave news for the thread."""
        self._news.append(news)
        self._bell.ring()

    def ring(self) -> None:
        """Let the thread look at what there is to do."""
        self._bell.ring()

    def hurry(self) -> None:
        """Tell the thread that somebody waits for what it has been told."""
        self._hurry.ring()

    def rest(self, since: float, until: float) -> None:
        """In the thread: let news gather for a tick, and wait for some if there are none, both by the monotonic clock.

        Args:
            since: when it looked at the news last.
            until: when there is something to do although there are none.
        """
        self._hurry.wait(since + TICK_S - time.monotonic())
        if (early := since + HURRIED_TICK_S - time.monotonic()) > 0:
            time.sleep(early)
        self._bell.wait(until - time.monotonic())

    def take(self) -> Iterator[News]:
        """In the thread: all news so far."""
        self._hurry.hush()
        for _ in range(len(self._news)):
            yield self._news.popleft()
