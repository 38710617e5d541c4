"""One call as its driver sees the store."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from ivr.calls.clock import wall_clock
from ivr.calls.store.page import Page, Step
from ivr.core.effects import Effect
from ivr.core.events import Event, LookupAnswered, LookupFailed, Reconnected
from ivr.core.session import Session
from ivr.logs import log

PATIENCE_S = 1.0
"""How long a deed waits for the store; then it is done although it is not durable."""

EARLY_S = 0.01
"""A timer may come a little before its time."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class News:
    """What a call has told and the writing thread has not taken yet."""

    session: Session | None = None
    """The newest one."""
    at: int = 0
    number: int = 0
    """How much the call had told by then."""
    steps: list[Step] = field(default_factory=list)
    answers: list[LookupAnswered | LookupFailed] = field(default_factory=list)
    ended: int | None = None
    """When the call ended, in milliseconds since 1970."""
    done: bool = False
    freed: bool = False
    interruptions: int = 0
    cut: bool = False
    """Too many steps waited, so that the journal misses some."""


class Kept:
    """What is kept of one call.

    Its methods take no time and never raise. They run on the event loop; the writing thread takes what they leave in
    `news`, under the store's lock, and sets `durable`.
    """

    def __init__(self, ties: Ties, page: Page, at: int = 0, session: Session | None = None) -> None:
        """Keep a call from now on; with a session it is a new one."""
        self.lost = False
        """Whether another process has the call: nothing is written any more."""
        self.on_lost: Callable[[], None] | None = None
        self.page = page
        self._noted = page.recorder is not None or page.unwritten is not None
        self.news = News(at=at)
        self.told = 0
        """How often something was told that is to be durable."""
        self.durable = 0
        """How much of that is."""
        self.closed = False
        """Whether nothing more is to come, but answers that belong to another process."""
        self._ties = ties
        self._deeds: deque[tuple[int, float, Callable[[], None], asyncio.TimerHandle]] = deque()
        if session is not None:
            self._tell(session, at)

    # What the driver tells

    def step(self, before: Session, event: Event, after: Session, effects: tuple[Effect, ...]) -> None:
        """Keep what a step led to, and note it in the journal."""
        if not self.closed:
            self._tell(after, event.at, (before, event, after, effects))

    def end(self, session: Session) -> None:
        """The call is done: only its record and journal stay."""
        if not self.closed:
            self.closed = True
            self._tell(session, self.news.at, done=True)

    def let_go(self) -> None:
        """Give the call away: once all so far is written nobody owns it."""
        if not self.closed:
            self.closed = True
            with self._ties.lock:
                self.news.freed = True
                self.told += 1
                self.news.number = self.told
                self._ties.touched[self] = None
            self._ties.ring()

    def answered(self, event: LookupAnswered | LookupFailed) -> None:
        """Put an answer into the store for whoever has the call now."""
        with self._ties.lock:
            self.news.answers.append(event)
            self._ties.touched[self] = None
        self._ties.ring()

    def _tell(self, session: Session, at: int, step: Step | None = None, *, done: bool = False) -> None:
        over = done or session.over
        with self._ties.lock:
            self.told += 1
            news = self.news
            news.session, news.at, news.number, news.done = session, at, self.told, done
            if over and news.ended is None:
                news.ended = wall_clock()
            if step is not None:
                if isinstance(step[1], Reconnected):
                    news.interruptions += 1
                if self._noted and self._ties.room_for_step():
                    news.steps.append(step)
                elif self._noted:
                    self._noted, news.cut = False, True
            self._ties.touched[self] = None
        self._ties.ring()

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
            *_, deed, timer = self._deeds.popleft()
            timer.cancel()
            _do(deed)

    def _overdue(self) -> None:
        now = self._ties.loop.time() + EARLY_S
        while self._deeds and self._deeds[0][1] <= now:
            _, _, deed, timer = self._deeds.popleft()
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


class Ties:
    """What all calls share with the writing thread."""

    def __init__(self, most_waiting: int) -> None:
        self.lock = threading.Lock()
        self.undurable = 0
        """Deeds that were done although they were not durable."""
        self.waiting_steps = 0
        """Steps that are in no journal yet."""
        self.loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self._most_waiting = most_waiting
        self.touched: dict[Kept, None] = {}
        """The calls that have news."""
        self._bell = threading.Event()

    def room_for_step(self) -> bool:
        """Whether one more step may wait, which then does."""
        if self.waiting_steps >= self._most_waiting:
            return False
        self.waiting_steps += 1
        return True

    def ring(self) -> None:
        """Wake the thread."""
        if not self._bell.is_set():
            self._bell.set()

    def wait(self, seconds: float) -> None:
        """Wait, in the thread, until there is something to do, or for so long."""
        self._bell.wait(seconds)

    def take(self) -> list[tuple[Kept, News]]:
        """All news, in the order of the calls."""
        self._bell.clear()
        with self.lock:
            touched, self.touched = self.touched, {}
            found = []
            for kept in touched:
                found.append((kept, kept.news))
                kept.news = News(at=kept.news.at, number=kept.news.number)
            return found
