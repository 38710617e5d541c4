"""The lookups of one call: sent once, answered here, or by the process that had sent them before it lost the call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

from ivr.calls.claim import Claim
from ivr.calls.lookups import Answer, Fault
from ivr.calls.meters import METERS
from ivr.calls.services import Services
from ivr.calls.store.errors import StoreAway
from ivr.calls.store.store import Store, Stored
from ivr.core.effects import Fetch
from ivr.core.events import Event, LookupAnswered, LookupFailed

LOOK_S = 0.2
"""How often the store is looked into for an answer that another process received."""
INTERRUPTED = "the process that had sent the request is gone, and its answer with it"

Begin = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]


class Errands:
    """What is looked up for a call."""

    def __init__(
        self, services: Services, claim: Claim, at: Callable[[], int], tell: Callable[[Event], None], begin: Begin
    ) -> None:
        """Look up for one call; `at` is its time, `tell` takes answers, and `begin` starts tasks of the call."""
        self.under_way: set[asyncio.Task[None]] = set()
        """Those of the call's tasks whose results are worth something to another process."""
        self._services = services
        self._claim = claim
        self._at = at
        self._tell = tell
        self._begin = begin
        self._last: LookupAnswered | LookupFailed | None = None

    def send(self, fetch: Fetch) -> None:
        """Send a request, once it is durable that it was sent: so no crash has it sent twice."""
        self._claim.when_durable(partial(self._send, fetch))

    def _send(self, fetch: Fetch) -> None:
        task = self._begin(self._fetch(fetch))
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def _fetch(self, fetch: Fetch) -> None:
        answer: LookupAnswered | LookupFailed
        match await self._services.lookups.send(fetch, self._services.secrets):
            case Answer(status=status, headers=headers, body=body):
                answer = LookupAnswered(self._at(), fetch.lookup, status, headers, body)
            case Fault(fault=fault, message=message):
                answer = LookupFailed(self._at(), fetch.lookup, fault, message)
        if self._claim.lost:
            self._claim.answered(answer)
        else:
            self._last = answer
            self._tell(answer)

    async def end(self) -> None:
        """Wait until no request is on its way."""
        while self.under_way:
            await asyncio.wait(self.under_way)

    def leave(self) -> None:
        """Another process has the call: what came before that was known is put into the store for it."""
        if self._last is not None:
            self._claim.answered(self._last)

    def take_up(self, stored: Stored, awaited: Callable[[int], bool]) -> None:
        """Wait for the answer that another process may receive; `awaited` tells whether the call still does."""
        store, lookup = self._services.store, stored.session.fetching
        if store is not None and lookup is not None:
            self._begin(self._answer_elsewhere(store, stored, lookup, awaited))

    async def _answer_elsewhere(
        self, store: Store, stored: Stored, lookup: int, awaited: Callable[[int], bool]
    ) -> None:
        while awaited(lookup):
            try:
                gone = await store.owner_gone(stored)
                answer = await store.answer(stored.session.call.id, lookup)  # Second: it may be its last deed.
            except StoreAway:
                gone, answer = False, None
            if answer is None and gone:
                answer = LookupFailed(0, lookup, "interrupted", INTERRUPTED)
                METERS.lookups["interrupted"] += 1
            if answer is not None:
                self._tell(replace(answer, at=self._at()))
                return
            await asyncio.sleep(LOOK_S)
