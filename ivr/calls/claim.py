"""A process's claim to a call: what it stores of it, and whether another process has taken it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from ivr.calls.store.errors import StoreAway
from ivr.calls.store.kept import Kept
from ivr.calls.store.store import Store, Stored
from ivr.core.effects import Effect
from ivr.core.events import Event, LookupAnswered, LookupFailed
from ivr.core.flow import Flow
from ivr.core.session import Session

PATIENT_S = 60.0
"""How long a store that is away is waited for, before a call is ended that may have gone on elsewhere."""
ASK_AGAIN_S = 0.5
"""From one question to the next, where the store is away."""
SETTLING_S = 2.0
"""How long a call that is handed over waits for the store."""


class Claim:
    """A claim to one call; without a store it is never contested, and all is durable at once."""

    def __init__(self, store: Store | None, flow: Flow, session: Session, stored: Stored | None) -> None:
        """Claim a new call, or one that was `stored` by another process."""
        self._store = store
        if stored is not None:
            self._kept: Kept | None = stored.kept
        else:
            self._kept = None if store is None else store.begin(flow, session)

        self.given_up = False
        """Whether it is left to other processes."""

    @property
    def lost(self) -> bool:
        """Whether another process has the call."""
        return self._kept is not None and self._kept.lost

    def when_lost(self, deed: Callable[[], None]) -> None:
        """Do this as soon as it is known that another process has the call."""
        if self._kept is not None:
            self._kept.on_lost = deed

    async def holds(self, patience: float) -> bool:
        """Whether no other process has taken the call, as far as the store can say within so many seconds."""
        if self._kept is None or self._store is None:
            return True
        until = time.monotonic() + patience
        while True:
            try:
                return await self._store.owns(self._kept)
            except StoreAway:
                if self._kept.lost or time.monotonic() >= until:
                    return not self._kept.lost
            await asyncio.sleep(ASK_AGAIN_S)

    # What is stored

    def step(self, before: Session, event: Event, after: Session, effects: tuple[Effect, ...]) -> None:
        """Store what a step led to."""
        if self._kept is not None:
            self._kept.step(before, event, after, effects)

    def end(self, session: Session) -> None:
        """The call is done."""
        if self._kept is not None:
            self._kept.end(session)

    def let_go(self) -> None:
        """Any process may claim the call."""
        self.given_up = True
        if self._kept is not None:
            self._kept.let_go()

    def answered(self, answer: LookupAnswered | LookupFailed) -> None:
        """Store an answer for the process that has the call now."""
        if self._kept is not None:
            self._kept.answered(answer)

    # What waits for that

    def when_durable(self, deed: Callable[[], None]) -> None:
        """Do something once all so far is durable, or after a second; never if the call is lost."""
        if self._kept is None:
            deed()
        else:
            self._kept.when_durable(deed)

    async def settled(self) -> None:
        """Wait until all so far is durable, but not for long."""
        durable = asyncio.Event()
        self.when_durable(durable.set)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLING_S):
                await durable.wait()
