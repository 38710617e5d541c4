"""The tries of one lookup: when each is given up, when the next one leaves, and when the caller needs company."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import Literal

WAITING_MS = 1_000
"""How long a lookup may take in silence; then the waiting prompt is heard."""
GRACE_MS = 1_000
"""How much later than its time-out a try may be reported before it is given up."""
BACKOFF_MS = 200
"""The pause before the second try; it doubles for each further one, up to `MAX_BACKOFF_MS`."""
MAX_BACKOFF_MS = 2_000
RETRIED = ("connect", "timeout", "interrupted")
"""Faults after which a further try may help; `interrupted` is a try whose answer was lost with its process."""
SERVER_ERRORS = range(500, 600)

Due = Literal["give_up", "send", "company"]


@dataclass(frozen=True, slots=True)
class Trying:
    """What a lookup remembers of the visit."""

    key: str = ""
    """The Idempotency-Key of all tries."""
    tries: int = 0
    give_up_at: int | None = None
    """When the try under way is given up; None between two tries."""
    retry_at: int | None = None
    """When the next try leaves; None while one is under way."""
    wait_at: int | None = None
    """When the waiting prompt begins; None once it has, or if there is none."""


def sent(trying: Trying, at: int, timeout: int) -> Trying:
    """A further try has left."""
    return replace(trying, tries=trying.tries + 1, give_up_at=at + timeout + GRACE_MS, retry_at=None)


def postponed(trying: Trying, at: int) -> Trying:
    """The try under way has failed, and another one is to follow."""
    return replace(trying, give_up_at=None, retry_at=at + _pause(trying))


def _pause(trying: Trying) -> int:
    """Backoff with jitter: the jitter comes from the request's own key, so that a replay waits as long."""
    longest = min(BACKOFF_MS << (trying.tries - 1), MAX_BACKOFF_MS)
    spread = zlib.crc32(f"{trying.key}/{trying.tries}".encode("utf-8", "surrogatepass")) % 1_000
    return longest // 2 + longest * spread // 2_000


def next_at(trying: Trying) -> int | None:
    """When something is due next."""
    times = (trying.give_up_at, trying.retry_at, trying.wait_at)
    return min((time for time in times if time is not None), default=None)


def due(trying: Trying, at: int) -> Due:
    """What is due now that `next_at` has come."""
    if trying.give_up_at is not None and at >= trying.give_up_at:
        return "give_up"
    if trying.retry_at is not None and at >= trying.retry_at:
        return "send"
    return "company"
