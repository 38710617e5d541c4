"""The calls that go on, asked of the store once for all who look at them."""

from __future__ import annotations

import asyncio
import time

from ivr.calls.store.errors import StoreAway
from ivr.calls.store.going import Going
from ivr.calls.store.store import Store

FRESH_S = 0.75
"""What was asked so short a time ago is not asked again: each session of each call has to be opened for it."""


class GoingCalls:
    """The calls of all processes, as of a moment ago."""

    def __init__(self, store: Store | None) -> None:
        """Ask a store; None where nothing is kept of calls."""
        self._store = store
        self._asked: asyncio.Task[list[Going]] | None = None
        self._at = 0.0

    async def now(self) -> list[Going]:
        """All of them, the one that began first first.

        Raises:
            StoreAway: that can't be known now.
        """
        if self._store is None:
            raise StoreAway("this server keeps nothing of calls")
        asked, now = self._asked, time.monotonic()
        if asked is None or (asked.done() and now - self._at >= FRESH_S):
            self._at = now
            asked = self._asked = asyncio.create_task(self._store.going())
            asked.add_done_callback(_mute)
        return sorted(await asyncio.shield(asked), key=lambda each: (each.began, each.record))


def _mute(asked: asyncio.Task[list[Going]]) -> None:
    """Take note of an error: who asked may be gone."""
    if not asked.cancelled():
        asked.exception()
