"""What a process that takes a call over can still learn of the lookup that the process before it had sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ivr.calls.store.errors import StoreAway
from ivr.calls.store.store import Store, Stored
from ivr.core.events import LookupAnswered, LookupFailed

LOOK_S = 0.2
"""How often the store is looked into for the answer."""
INTERRUPTED = "the process that had sent the request is gone, and its answer with it"


async def answer_elsewhere(
    store: Store, stored: Stored, lookup: int, awaited: Callable[[], bool]
) -> LookupAnswered | LookupFailed | None:
    """The answer that the other process puts into the store; `interrupted` if that process is gone without one.

    None as soon as the call does not wait for it any more, because it took too long.
    """
    call_id = stored.session.call.id
    while awaited():
        try:
            gone = await store.owner_gone(stored)
            answer = await store.answer(call_id, lookup)  # Asked second: what it told before it went is there by now.
        except StoreAway:
            gone, answer = False, None
        if answer is not None:
            return answer
        if gone:
            return LookupFailed(0, lookup, "interrupted", INTERRUPTED)
        await asyncio.sleep(LOOK_S)
    return None
