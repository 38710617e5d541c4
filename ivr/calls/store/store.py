"""Keeps calls, so that they survive the socket, the process and the machine."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets as randomness
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar
from weakref import WeakValueDictionary

from sqlalchemy import delete, select, update

from ivr.calls.store.chores import Chores
from ivr.calls.store.engine import Database
from ivr.calls.store.errors import StoreAway, StoreError
from ivr.calls.store.flows import flow_row, kept_flow
from ivr.calls.store.kept import Kept, Ties
from ivr.calls.store.owners import NOBODY, Owner, Watch, this_process
from ivr.calls.store.page import Page, opened, read_answer, storable
from ivr.calls.store.readers import Readers
from ivr.calls.store.schema import answers, calls, owners, sessions
from ivr.calls.store.sealing import Seal, SealError
from ivr.calls.store.writer import Writer
from ivr.core.events import LookupAnswered, LookupFailed
from ivr.core.flow import Flow
from ivr.core.session import Session
from ivr.core.snapshot import SnapshotError
from ivr.document.kept import KeptFlow, kept_flows
from ivr.document.load import Loaded
from ivr.document.recorder import Recorder
from ivr.document.recordings import replaced
from ivr.logs import log

MOST_WAITING = 20_000
"""Steps that wait for a store that is away; a call whose step finds so many goes on without its journal."""
OPENING_S = 8.0
CLOSING_S = 7.0
LATE_S = 2.0
"""A store that takes longer for a transaction counts as away."""
HANGING_S = 8.0
"""One that takes so long is given up, and connected to anew."""

Found = TypeVar("Found")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """How the store is."""

    state: Literal["ok", "away"]
    since: int | None
    """Since when it is away, in milliseconds since 1970-01-01 UTC."""
    waiting: int
    """Calls of which something is not durable."""
    undurable: int
    """What was done although it was not durable, since the process began."""
    unwritten: int
    """Journals that miss something, since then."""


@dataclass(slots=True)
class Stored:
    """A call that was taken over."""

    session: Session
    at: int
    """Milliseconds since the call began, of its last step."""
    flow: str
    fingerprint: str
    kept: Kept
    owner: Owner
    """Who had it before; without an id nobody."""


class Store:
    """The store of one process.

    What takes time is done by threads: one writes, a few others read. The event loop leaves at each call's `Kept` what
    is to be written, and never waits for a question longer than it wants to.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        keep: int,
        secrets: Mapping[str, str] | None = None,
        most_waiting: int = MOST_WAITING,
        owner: Owner | None = None,
    ) -> None:
        """A store that is to be opened.

        Args:
            url: of an SQLite file or a PostgreSQL database.
            key: from which that of snapshots is derived; the same on all machines.
            keep: how many milliseconds journals and records are kept; with 0 no journals are written.
            secrets: values that no journal may tell, by name.
            most_waiting: how many steps may wait for a store that is away.
            owner: as whom it keeps calls; by default as this process.

        Raises:
            StoreError: there can't be such a store.
        """
        self.owner = owner or this_process()
        self._database = Database(url)
        self._seal = Seal(key)
        self._keep = keep
        self._secrets = tuple((secrets or {}).values())
        self._most_waiting = most_waiting
        self._watch = Watch(self.owner)
        self._served: tuple[KeptFlow, ...] = ()
        self._kept: WeakValueDictionary[str, Kept] = WeakValueDictionary()
        """The calls that this process has or had, by their record."""
        self._loose: dict[tuple[str, int], float] = {}
        """Since when sessions are seen to have no owner."""
        self._hanging: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Make the tables and begin to write.

        Raises:
            StoreError: the store can't be used; one that is only away is no error.
        """
        self._ties = Ties(self._most_waiting)
        self._readers = Readers(self._database)
        prepared = True
        try:
            await self._readers.ask(self._database.prepare, OPENING_S)
        except StoreAway as error:
            prepared = False
            log(logger, logging.ERROR, "store is away", store=self._database.name, why=str(error))
        except StoreError:
            self._readers.close()
            raise
        chores = Chores(self._database, self.owner, self._watch, self._keep, self._fingerprints)
        self._writer = Writer(
            self._database, self._ties, self._seal, self.owner.id, chores, self._secrets, prepared=prepared
        )
        self._writer.thread.start()
        self._look()

    def _look(self) -> None:
        """Give up a connection that hangs."""
        busy = self._writer.busy_since
        if busy is not None and time.monotonic() - busy >= HANGING_S:
            self._writer.interrupt()
        self._hanging = self._ties.loop.call_later(HANGING_S, self._look)

    async def aclose(self, seconds: float = CLOSING_S) -> None:
        """Write all that waits, if that can be done in so many seconds, and leave all calls to others."""
        if self._hanging is None:
            return
        self._hanging.cancel()
        self._hanging = None
        self._writer.end(seconds)
        await asyncio.to_thread(self._writer.thread.join, seconds + 1)
        if self._writer.thread.is_alive():
            self._writer.interrupt()
        with contextlib.suppress(StoreAway):  # Then others see that the heart does not beat any more.
            await self._readers.ask(self._leave, 1)
        self._readers.close()
        self._database.close()

    def _leave(self) -> None:
        with self._database.transaction() as connection:
            connection.execute(delete(owners).where(owners.c.id == self.owner.id))

    @property
    def health(self) -> Health:
        """How the store is now."""
        waiting = sum(kept.durable < kept.told and not kept.lost for kept in self._kept.values())
        since, busy = self._writer.away_since, self._writer.busy_since
        now = time.monotonic()
        if since is None and busy is not None and now - busy >= LATE_S:
            since = busy
        wall = None if since is None else time.time_ns() // 1_000_000 - round((now - since) * 1000)
        state: Literal["ok", "away"] = "ok" if since is None else "away"
        return Health(state, wall, waiting, self._ties.undurable, self._writer.unwritten)

    # Calls

    def begin(self, flow: Flow, session: Session) -> Kept:
        """Keep a new call."""
        self._writer.flows[flow.fingerprint] = flow
        page = Page(session, randomness.token_hex(8), flow.id, flow.fingerprint)
        if self._keep:
            page.recorder = Recorder(flow, self._secrets)
            page.lines.append(page.recorder.begin(session))
        return self._known(Kept(self._ties, page, session=session))

    def _known(self, kept: Kept) -> Kept:
        self._kept[kept.page.record] = kept
        return kept

    async def take(self, call_id: str) -> Stored | None:
        """Become the owner of a call; None if none of this id goes on.

        Raises:
            StoreAway: that can't be known now; it may be asked again.
        """
        found = await self._readers.ask(lambda: self._taken(storable(call_id)))
        if found is None:
            return None
        page, owner = found
        kept = self._known(Kept(self._ties, page, at=page.at))
        return Stored(page.session, page.at, page.flow, page.fingerprint, kept, owner)

    def _taken(self, key: str) -> tuple[Page, Owner] | None:
        with self._database.transaction() as connection:
            row = connection.execute(select(sessions).where(sessions.c.call == key).with_for_update()).first()
            if row is None:
                return None
            try:
                page = opened(row._asdict(), self._seal)
            except (SealError, SnapshotError, ValueError, TypeError, KeyError) as error:
                told = str(error) if isinstance(error, SealError | SnapshotError) else type(error).__name__
                log(logger, logging.ERROR, "a call can't be gone on with", call=key, why=told)
                return None
            page.fence += 1
            mine = update(sessions).where(sessions.c.call == key)
            connection.execute(mine.values(fence=page.fence, owner=self.owner.id))
            before = connection.execute(select(owners).where(owners.c.id == row.owner)).first()
            if before is None:
                return page, Owner(row.owner, "", 0)
            return page, Owner(before.id, before.host, before.pid, before.started)

    async def has_ended(self, call_id: str) -> bool:
        """Whether a call of this id is over.

        Raises:
            StoreAway: that can't be known now.
        """
        asked = select(calls.c.record).where(calls.c.call == storable(call_id), calls.c.ended.is_not(None)).limit(1)

        def work() -> bool:
            with self._database.transaction(writes=False) as connection:
                return connection.execute(asked).first() is not None

        return await self._readers.ask(work)

    async def owns(self, kept: Kept) -> bool:
        """Whether this process still is the newest owner of a call.

        Raises:
            StoreAway: that can't be known now.
        """
        page = kept.page
        if kept.lost:
            return False

        def work() -> bool:
            asked = select(sessions.c.record, sessions.c.fence).where(sessions.c.call == page.key)
            ended = select(calls.c.fence).where(calls.c.record == page.record)
            with self._database.transaction(writes=False) as connection:
                row = connection.execute(asked).first()
                if row is not None:
                    return (row.record, row.fence) == (page.record, page.fence)
                fence = connection.scalar(ended)
                return fence is None or fence == page.fence  # Not written yet, or ended by this process.

        owned = await self._readers.ask(work)
        if not owned:
            kept.lose()
        return owned

    # Lookups of processes that have lost their calls

    async def answer(self, call_id: str, lookup: int) -> LookupAnswered | LookupFailed | None:
        """The answer that another process received; its `at` means nothing here.

        Raises:
            StoreAway: that can't be known now.
        """
        key = storable(call_id)
        of_call = sessions.c.record == answers.c.record
        asked = select(answers.c.document).join(sessions, of_call).where(sessions.c.call == key)

        def work() -> bytes | None:
            with self._database.transaction(writes=False) as connection:
                return connection.scalar(asked.where(answers.c.lookup == lookup))

        sealed = await self._readers.ask(work)
        if sealed is None:
            return None
        try:
            return read_answer(self._seal.opened(sealed, key))
        except (SealError, ValueError, TypeError, KeyError):
            return None

    # Other processes

    async def owner_gone(self, stored: Stored) -> bool:
        """Whether the process that had a call is certainly dead, or has let go of it.

        Raises:
            StoreAway: that can't be known now.
        """
        if stored.owner.id == NOBODY.id:
            return True
        await self._readers.ask(self._look_around)
        return self._watch.gone_since(stored.owner.id, time.monotonic()) is not None

    def _look_around(self) -> None:
        with self._database.transaction(writes=False) as connection:
            found = connection.execute(select(owners)).all()
        seen = ((Owner(row.id, row.host, row.pid, row.started), row.beats) for row in found)
        self._watch.look(seen, time.monotonic())

    async def orphans(self, window: int) -> tuple[str, ...]:
        """The calls whose owner has been gone for so many milliseconds: to be asked again and again.

        Raises:
            StoreAway: that can't be known now.
        """
        columns = (sessions.c.call, sessions.c.record, sessions.c.fence, sessions.c.owner)

        def work() -> list[tuple[str, str, int, str]]:
            self._look_around()
            with self._database.transaction(writes=False) as connection:
                return [tuple(row) for row in connection.execute(select(*columns).order_by(sessions.c.call))]

        rows = await self._readers.ask(work)
        now = time.monotonic()
        loose: dict[tuple[str, int], float] = {}
        found: list[str] = []
        for call, record, fence, owner in rows:
            since = self._gone_since(record, owner, now)
            if since is not None:
                since = loose[record, fence] = self._loose.get((record, fence), since)
                if (now - since) * 1000 >= window:
                    found.append(call)
        self._loose = loose
        return tuple(found)

    def _gone_since(self, record: str, owner: str, now: float) -> float | None:
        """Since when nobody looks after a session; None if somebody does."""
        if owner == self.owner.id:
            kept = self._kept.get(record)
            return now if kept is None or kept.closed else None
        return now if owner == NOBODY.id else self._watch.gone_since(owner, now)

    # Flows

    async def keep_flows(self, *served: Loaded) -> None:
        """Keep the flows that are served, for calls that outlive them and for journals.

        There are several where older versions of some flows still are.
        """
        found = [(each, loaded.flows[each.flow]) for loaded in served for each in kept_flows(loaded)]
        self._served = tuple(each for each, _ in found)
        now = time.time_ns() // 1_000_000
        for each, flow in found:
            self._writer.flows[each.fingerprint] = flow
            self._writer.flow_rows[each.fingerprint] = flow_row(each, now)
        self._ties.ring()

    def _fingerprints(self) -> list[str]:
        return [each.fingerprint for each in self._served]

    async def flow(self, fingerprint: str, folder: Path, year: int | None = None) -> Flow | None:
        """A flow as it was, for a call that goes on with it; None if it is not kept.

        Its recordings are those of today: one that is gone is spoken if it has text, and else silent.

        Args:
            fingerprint: that of the flow.
            folder: the flows that are served, beside which recordings are.
            year: the first year whose holidays are needed; this year by default.

        Raises:
            StoreAway: that can't be known now.
        """
        if (known := self._writer.flows.get(fingerprint)) is not None:
            return known

        def work() -> KeptFlow | None:
            with self._database.transaction(writes=False) as connection:
                return kept_flow(connection, fingerprint)

        kept = await self._readers.ask(work)
        if kept is None:
            return None
        recordings = replaced(kept.lengths, folder / f"{kept.flow}.yaml")
        found = await asyncio.to_thread(kept.loaded, year or time.gmtime().tm_year, recordings)
        if found is not None:
            self._writer.flows[fingerprint] = found
        return found
