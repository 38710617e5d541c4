"""What is asked of a store from outside of calls: what was kept of them, and which go on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from ivr.calls.store import asking
from ivr.calls.store.engine import Database
from ivr.calls.store.going import Going, going, order_hang_up, ordered
from ivr.calls.store.owners import Owner
from ivr.calls.store.page import read_answer, storable
from ivr.calls.store.readers import Readers
from ivr.calls.store.sealing import Seal, SealError
from ivr.core.events import LookupAnswered, LookupFailed
from ivr.logs import log

Found = TypeVar("Found")

logger = logging.getLogger(__name__)


class Asked:
    """A store that is open; whatever is asked takes 2 s at most."""

    owner: Owner
    _database: Database
    _readers: Readers
    _seal: Seal

    async def read(self, work: Callable[[Connection], Found]) -> Found:
        """What some work finds, which changes nothing; it is done in a thread.

        Raises:
            StoreAway: that can't be known now, as with the others here.
        """
        return await self._readers.ask(lambda: self._done(work, writes=False))

    async def change(self, work: Callable[[Connection], Found]) -> Found:
        """The same for work that changes something: all of it or nothing.

        Raises:
            StoreAway: nothing was changed, or that can't be known.
        """
        return await self._readers.ask(lambda: self._done(work, writes=True))

    def _done(self, work: Callable[[Connection], Found], *, writes: bool) -> Found:
        with self._database.transaction(writes=writes) as connection:
            return work(connection)

    async def has_ended(self, call_id: str) -> bool:
        """Whether a call of this id is over.

        Raises:
            StoreAway: that can't be known now.
        """
        return await self._readers.ask(lambda: asking.has_ended(self._database, storable(call_id)))

    async def answer(self, call_id: str, lookup: int) -> LookupAnswered | LookupFailed | None:
        """The answer to a lookup that came to a process which had lost the call; its `at` means nothing here.

        Raises:
            StoreAway: that can't be known now.
        """
        key = storable(call_id)
        sealed = await self._readers.ask(lambda: asking.answer(self._database, key, lookup))
        try:
            return None if sealed is None else read_answer(self._seal.opened(sealed, key))
        except (SealError, ValueError, TypeError, KeyError):
            log(logger, logging.ERROR, "an answer can't be read", call=key, lookup=lookup)
            return None

    async def going(self) -> list[Going]:
        """The calls of all processes that go on, the newest first.

        Raises:
            StoreAway: that can't be known now.
        """
        return await self.read(lambda connection: going(connection, self._seal))

    async def order_hang_up(self, record: str) -> bool:
        """Let whoever has a call hang it up, by the id of its record; False if it does not go on.

        Raises:
            StoreAway: it may not have been ordered.
        """
        return await self.change(lambda connection: order_hang_up(connection, self._database, record))

    async def hang_ups(self) -> tuple[str, ...]:
        """The ids of this process's calls that are to be hung up, sorted: asked for again and again.

        Raises:
            StoreAway: that can't be known now.
        """
        return await self.read(lambda connection: ordered(connection, self.owner.id))
