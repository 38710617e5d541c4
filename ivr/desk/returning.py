"""How a carrier comes back to a stream that broke: three attempts, after 1, 2 and 4 s."""

from __future__ import annotations

import contextlib

from websockets.asyncio.client import ClientConnection

from ivr.desk.clock import Clock
from ivr.desk.connection import connected
from ivr.desk.errors import Refused
from ivr.desk.waiting import Waiting

WAITS_MS = (1_000, 2_000, 4_000)
"""From the break, or from the attempt before, to each attempt (SFVoPI's overview of audio streaming)."""


async def connected_again(url: str, clock: Clock) -> ClientConnection | None:
    """Open a connection anew; None once all attempts were refused, or found nobody."""
    for wait in WAITS_MS:
        await Waiting(clock).until(lambda: False, wait)
        with contextlib.suppress(Refused):
            return await connected(url)
    return None
