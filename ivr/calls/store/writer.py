"""The thread that writes what calls tell: all of them in one transaction, some twenty times a second."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.exc import SQLAlchemyError

from ivr.calls.meters import METERS
from ivr.calls.store.chores import Chores
from ivr.calls.store.engine import Database
from ivr.calls.store.errors import StoreError, is_away, why
from ivr.calls.store.flows import Flows
from ivr.calls.store.kept import Kept, Ties
from ivr.calls.store.page import Page
from ivr.calls.store.sealing import Seal
from ivr.calls.store.waiting import Waiting
from ivr.calls.store.writing import Batch, batch, write
from ivr.logs import log

RETRY_S = 0.5
"""How long a store that failed is left alone."""
COMPLAIN_S = 60
"""How often it is logged that a store is away."""

logger = logging.getLogger(__name__)


class Writer:
    """One thread, which does all the writing of a process.

    Theory of operation. Calls leave what they tell at their `Kept`, and ring. The thread takes everything that is
    there, makes rows of it, and writes them in one transaction. What could not be written stays in the pages, of which
    only the newest session counts, and is tried again until the store is back.
    """

    def __init__(
        self,
        database: Database,
        ties: Ties,
        seal: Seal,
        owner: str,
        flows: Flows,
        chores: Chores,
        secrets: Sequence[str],
        *,
        prepared: bool,
    ) -> None:
        """Write for an owner.

        Args:
            database: where to.
            ties: the calls of the process.
            seal: what seals snapshots.
            owner: the id of the process.
            flows: those of the process.
            chores: what else is done with the database.
            secrets: what no journal may tell.
            prepared: whether the tables are there.
        """
        self.away_since: float | None = None if prepared else time.monotonic()
        """Since when the store is away, in seconds of the monotonic clock."""
        self.trouble_at = float("-inf")
        """When the store was last away, by the same clock."""
        self.busy_since: float | None = None
        """Since when the thread is at work with the database."""
        self._database, self._ties, self._seal, self._owner = database, ties, seal, owner
        self._driven = database.driven()
        self._flows, self._chores = flows, chores
        self._waiting = Waiting(ties, flows, secrets)
        self._prepared = prepared
        self._complained = self.away_since
        self._end_by: float | None = None
        self.thread = threading.Thread(target=self._run, name="store", daemon=True)

    @property
    def unwritten(self) -> int:
        """Journals that miss something."""
        return self._waiting.unwritten

    def end(self, seconds: float) -> None:
        """Write all that waits, if the store lets us within so many seconds, and end."""
        self._end_by = time.monotonic() + seconds
        self._ties.ring()
        self._ties.hurry()

    def interrupt(self) -> None:
        """Let what the thread waits for fail."""
        self._database.interrupt(self.thread.ident)

    # The thread

    def _run(self) -> None:
        beat_at = 0.0
        while True:
            end_by, now = self._end_by, time.monotonic()
            if end_by is None and now >= beat_at:
                self._attempt(self._chores)
                beat_at = now + self._chores.pause
            self._waiting.take()
            if self._waiting.calls or self._flows.unwritten:
                self._attempt(self._write_all)
            left = bool(self._waiting.calls or self._flows.unwritten)
            if end_by is not None and (not left or time.monotonic() >= end_by):
                break
            if end_by is None and self._end_by is not None:
                continue  # The bell may have rung for it before the news were taken.
            if left:
                time.sleep(max(0.0, now + RETRY_S - time.monotonic()))
            else:
                self._ties.rest(now, beat_at)
        self._driven.close()

    def _attempt(self, deed: Callable[[], None]) -> None:
        """Do something with the database, or take note that it is away."""
        self.busy_since = time.monotonic()
        try:
            if not self._prepared:
                self._database.prepare()
                self._prepared = True
            deed()
        except (SQLAlchemyError, OSError, StoreError) as error:
            self._prepared = False  # It may be another database by the time that it is back.
            self._complain(error)
            return
        except Exception:
            logger.exception("a bug of ours in the store")
            return
        finally:
            self.busy_since = None
        if self.away_since is not None:
            self.away_since, self.trouble_at = None, time.monotonic()
            log(logger, logging.INFO, "store is back", store=self._database.name)

    def _complain(self, error: Exception) -> None:
        self.trouble_at = now = time.monotonic()
        if self.away_since is None:
            self.away_since = self.busy_since or now
        if self._complained is None or now - self._complained >= COMPLAIN_S:
            self._complained = now
            calls, told = len(self._waiting.calls), why(error)
            log(logger, logging.ERROR, "store is away", store=self._database.name, why=told, calls=calls)

    # Writing

    def _write_all(self) -> None:
        if self._flows.unwritten:
            self._write_flows()
        made = [found for kept in tuple(self._waiting.calls) if (found := self._batch(kept)) is not None]
        pages = {id(kept.page): kept for kept in self._waiting.calls}
        try:
            self._written(pages, made, self._write(made))
        except Exception as error:
            if is_away(error):
                raise
            self._one_by_one(pages, made)

    def _write_flows(self) -> None:
        try:
            self._flows.write(self._database)
        except Exception as error:
            if is_away(error):
                raise
            log(logger, logging.ERROR, "flows can't be kept", why=type(error).__name__)
            self._flows.unwritten.clear()

    def _one_by_one(self, pages: Mapping[int, Kept], made: Sequence[Batch]) -> None:
        """One of the calls has something that the database refuses; the others are to be written nevertheless."""
        for each in made:
            kept = pages[id(each.page)]
            if self._alone(pages, each):
                continue
            self._waiting.cut(each.page)  # It is the journal, perhaps.
            each.page.answers.clear()
            if (rest := self._batch(kept)) is not None and not self._alone(pages, rest):
                self._waiting.calls.pop(kept, None)

    def _alone(self, pages: Mapping[int, Kept], each: Batch) -> bool:
        """Write one call; False if the database refuses it."""
        try:
            lost = self._write([each])
        except Exception as error:
            if is_away(error):
                raise
            log(logger, logging.ERROR, "a call can't be written", call=each.page.call.id, why=type(error).__name__)
            return False
        self._written(pages, [each], lost)
        return True

    def _write(self, made: Sequence[Batch]) -> list[Page]:
        began = time.perf_counter()
        lost = write(self._database, self._driven, made)
        METERS.write_seconds.add(time.perf_counter() - began)
        return lost

    def _batch(self, kept: Kept) -> Batch | None:
        try:
            return batch(kept.page, self._owner, self._seal)
        except Exception:
            logger.exception("a bug of ours: the call %s can't be stored", kept.page.call.token)
            del self._waiting.calls[kept]
            kept.page.answers.clear()  # It may be one of these.
            return None

    def _written(self, pages: Mapping[int, Kept], made: Sequence[Batch], lost: Sequence[Page]) -> None:
        """Take note of what is durable now, and tell those who wait for it."""
        told: list[Kept] = []
        gone: list[Kept] = []
        for each in made:
            page = each.page
            kept = pages[id(page)]
            self._waiting.calls.pop(kept, None)
            page.answers.clear()
            if each.journal is not None:
                page.number += 1
            self._waiting.forget_steps(page)
            page.dirty = False
            if page in lost:
                gone.append(kept)
                page.recorder = page.unwritten = None
                continue
            page.stored = True
            page.recorded = True
            if page.emptied:
                self._waiting.cut(page)
            kept.durable = page.told
            if kept.awaited:
                told.append(kept)
        if told or gone:
            self._on_loop(told, gone)

    def _on_loop(self, told: Sequence[Kept], gone: Sequence[Kept]) -> None:
        def tell() -> None:
            for kept in told:
                kept.settle()
            for kept in gone:
                kept.lose()

        with contextlib.suppress(RuntimeError):  # The process is about to end.
            self._ties.loop.call_soon_threadsafe(tell)
