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
from typing import Literal
from weakref import WeakValueDictionary

from ivr.calls.clock import wall_clock
from ivr.calls.store import asking
from ivr.calls.store.asked import Asked
from ivr.calls.store.chores import Chores, Keep
from ivr.calls.store.engine import Database
from ivr.calls.store.errors import CatchingUp, StoreAway, StoreError
from ivr.calls.store.flows import Flows
from ivr.calls.store.kept import Kept, Ties
from ivr.calls.store.orphans import Orphans
from ivr.calls.store.owners import NOBODY, Owner, Watch, this_process
from ivr.calls.store.page import Page, storable
from ivr.calls.store.readers import Readers
from ivr.calls.store.sealing import Seal
from ivr.calls.store.writer import Writer
from ivr.core.flow import Flow
from ivr.core.session import Session
from ivr.document.load import Loaded
from ivr.document.recorder import Recorder
from ivr.logs import log

MOST_WAITING = 20_000
"""Steps that wait for a store that is away; a call whose step finds so many goes on without its journal."""
OPENING_S = 8.0
CLOSING_S = 7.0
LATE_S = 2.0
"""A store that takes longer for a transaction counts as away."""
CATCHING_UP_S = 2.0
"""So long after it is back other processes may still have to write what happened meanwhile to calls of theirs."""
HANGING_S = 5.0
"""One that takes so long is given up, and connected to anew."""

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


class Store(Asked):
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
        keep_records: int | None = None,
        keep_figures: int | None = None,
        secrets: Mapping[str, str] | None = None,
        most_waiting: int = MOST_WAITING,
        owner: Owner | None = None,
    ) -> None:
        """A store that is to be opened.

        Args:
            url: of an SQLite file or a PostgreSQL database.
            key: from which that of snapshots is derived; the same on all machines.
            keep: how many milliseconds journals are kept; with 0 none are written.
            keep_records: the same for records, which are kept with or without journals; None keeps all.
            keep_figures: the same for what calls came to.
            secrets: values that no journal may tell, by name.
            most_waiting: how many steps may wait for a store that is away.
            owner: as whom it keeps calls; by default as this process.

        Raises:
            StoreError: there can't be such a store.
        """
        self.owner = owner or this_process()
        self._database = Database(url)
        self._seal = Seal(key)
        self._keep = Keep(keep, keep_records, keep_figures)
        self._secrets = tuple((secrets or {}).values())
        self._most_waiting = most_waiting
        self._watch = Watch(self.owner)
        self._flows = Flows()
        self._kept: WeakValueDictionary[str, Kept] = WeakValueDictionary()
        """The calls that this process has or had, by their record."""
        self._orphans = Orphans(self.owner, self._watch, self._kept)
        self._hanging: asyncio.TimerHandle | None = None
        self._away_at = -CATCHING_UP_S
        """When the store was last seen to be away by who wanted a call, in seconds of the monotonic clock."""

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
            self._database.close()
            raise
        chores = Chores(self._database, self.owner, self._watch, self._keep, self._flows.served)
        self._writer = Writer(
            self._database, self._ties, self._seal, self.owner.id, self._flows, chores, self._secrets, prepared=prepared
        )
        self._writer.thread.start()
        self._look()

    def _look(self) -> None:
        """Give up a connection that hangs."""
        busy = self._writer.busy_since
        if busy is not None and time.monotonic() - busy >= HANGING_S:
            self._writer.interrupt()
        self._hanging = self._ties.loop.call_later(LATE_S, self._look)

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
            await self._readers.ask(lambda: asking.leave(self._database, self.owner), 1)
        self._readers.close()
        self._database.close()

    @property
    def health(self) -> Health:
        """How the store is now."""
        waiting = sum(kept.durable < kept.told and not kept.lost for kept in self._kept.values())
        since, busy = self._writer.away_since, self._writer.busy_since
        now = time.monotonic()
        if since is None and busy is not None and now - busy >= LATE_S:
            since = busy
        wall = None if since is None else wall_clock() - round((now - since) * 1000)
        state: Literal["ok", "away"] = "ok" if since is None else "away"
        return Health(state, wall, waiting, self._ties.undurable, self._writer.unwritten)

    # Calls

    def begin(self, flow: Flow, session: Session) -> Kept:
        """Keep a new call."""
        self._flows.known[flow.fingerprint] = flow
        page = Page(session, randomness.token_hex(8), flow.id, flow.fingerprint)
        if self._keep.journals:
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
        key, own = storable(call_id), self.owner.id
        catching_up = time.monotonic() < max(self._away_at, self._writer.trouble_at) + CATCHING_UP_S
        try:
            found = await self._readers.ask(
                lambda: asking.taken(self._database, self._seal, key, own, self._watch, catching_up=catching_up)
            )
        except CatchingUp:
            raise
        except StoreAway:
            self._away_at = time.monotonic()
            raise
        if found is None:
            return None
        page, owner = found
        kept = self._known(Kept(self._ties, page, at=page.at))
        return Stored(page.session, page.at, page.flow, page.fingerprint, kept, owner)

    async def owns(self, kept: Kept) -> bool:
        """Whether this process still is the newest owner of a call.

        Raises:
            StoreAway: that can't be known now.
        """
        if not kept.lost and not await self._readers.ask(lambda: asking.is_owned(self._database, kept.page)):
            kept.lose()
        return not kept.lost

    # Other processes

    async def owner_gone(self, stored: Stored) -> bool:
        """Whether the process that had a call is dead, as far as can be known, or has let go of it.

        Raises:
            StoreAway: that can't be known now.
        """
        if stored.owner.id == NOBODY.id:
            return True
        await self._readers.ask(lambda: asking.look_around(self._database, self._watch))
        return self._watch.gone_since(stored.owner.id) is not None

    async def orphans(self, window: int) -> tuple[str, ...]:
        """The calls whose owner has been gone for so many milliseconds: to be asked again and again.

        Raises:
            StoreAway: that can't be known now.
        """
        living = await self._readers.ask(lambda: asking.living(self._database, self._watch))
        return self._orphans.among(living, window)

    # Flows

    async def keep_flows(self, *served: Loaded) -> None:
        """Keep all flows that are served, for calls that outlive them and for journals.

        There are several where older versions of some flows still are.
        """
        self._flows.serve(served)
        self._ties.ring()

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
        if (known := self._flows.known.get(fingerprint)) is not None:
            return known
        kept = await self._readers.ask(lambda: asking.kept(self._database, fingerprint))
        return None if kept is None else await asyncio.to_thread(self._flows.again, kept, folder, year)
