"""How many calls all workers of a machine have, and how the workers are, in memory that they share by fork."""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import mmap
import os
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

SPARE = 64
"""Seats beyond twice the limit: calls that come back from elsewhere are never refused, and are counted."""
_FREE = 0
_HUNG_UP = (1 << 64) - 1
"""Until when the seat of a call is kept whose end another worker was told of: until its own worker ends it."""
_WORD = 8
"""Bytes of an entry of each array."""


def monotonic() -> int:
    """Milliseconds of a clock that all processes of a machine share."""
    return time.monotonic_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Workers:
    """How the workers are."""

    wanted: int
    ready: int
    deaths: int
    """Those that died although nobody told them to, since the start."""


class Places:
    """The seats of all workers, to be made before they are forked.

    Theory of operation. Three arrays of 64-bit words have an entry for each seat: the hash of its call's id, who has
    it (0 for nobody, else the worker's number + 1), and until when it is kept for a call whose stream has not begun
    (0 once it has). The lock on an unnamed file keeps processes from each other; the kernel takes it from one that
    dies. Whoever takes a seat writes its owner last, so that a death between leaves no seat taken for ever.
    """

    def __init__(
        self, workers: int = 1, limit: int = 1, *, patience: int = 10_000, now: Callable[[], int] = monotonic
    ) -> None:
        """Make room for `limit` calls of all workers; a seat is kept `patience` milliseconds for a stream to begin."""
        self.limit = limit
        self.patience = patience
        self.now = now
        with tempfile.TemporaryFile() as unnamed:
            self._lock = os.dup(unnamed.fileno())
        weakref.finalize(self, os.close, self._lock)
        seats = 2 * self.limit + SPARE
        header = 2 + 2 * workers
        words = memoryview(mmap.mmap(-1, (header + 3 * seats) * _WORD)).cast("Q")
        self._flags = words[:2]
        self._ready = words[2 : 2 + workers]
        self._beats = words[2 + workers : header]
        self.calls = words[header : header + seats]
        self.owners = words[header + seats : header + 2 * seats]
        self.until = words[header + 2 * seats :]

    def mine(self, worker: int = 0) -> Seats:
        """The seats as one worker sees them."""
        return Seats(self, worker + 1)

    @property
    def total(self) -> int:
        """Calls that have a seat now, of all workers."""
        now, owners = self.now(), self.owners.tolist()
        given_up = sum(0 < until <= now and owners[seat] != _FREE for seat, until in enumerate(self.until.tolist()))
        return len(owners) - owners.count(_FREE) - given_up

    @property
    def failing(self) -> bool:
        """Whether workers die so often that the machine should get no new calls."""
        return bool(self._flags[0])

    @failing.setter
    def failing(self, failing: bool) -> None:
        self._flags[0] = failing

    @property
    def workers(self) -> Workers:
        """How the workers are."""
        return Workers(len(self._ready), sum(self._ready), self._flags[1])

    def ready(self, worker: int) -> None:
        """Tell that a worker serves."""
        self._ready[worker] = 1

    def is_ready(self, worker: int) -> bool:
        """Whether a worker serves."""
        return bool(self._ready[worker])

    def beats(self, worker: int) -> int:
        """How often a worker has given a sign of life."""
        return self._beats[worker]

    def beat(self, worker: int) -> None:
        """Give a sign of life."""
        self._beats[worker] += 1

    def ended(self, worker: int, *, died: bool) -> None:
        """Tell that a worker has ended: its calls have no seat any more."""
        self._ready[worker] = 0
        self._flags[1] += died
        with self.locked():
            for seat, (owner, until) in enumerate(zip(self.owners.tolist(), self.until.tolist(), strict=True)):
                if owner == worker + 1 and until in (0, _HUNG_UP):
                    self.owners[seat] = _FREE

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep all other processes from the seats."""
        fcntl.lockf(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN)


class Seats:
    """The seats of a machine, for one of its workers; nothing here waits or fails."""

    def __init__(self, places: Places, owner: int) -> None:
        """Take and free seats for a worker."""
        self._places = places
        self._owner = owner

    def answered(self, call_id: str) -> bool:
        """Keep a seat for a call whose stream is about to begin; False if the limit is reached."""
        places, call = self._places, _hash(call_id)
        with places.locked():
            seat = self._find(call)
            if seat is not None:
                if 0 < places.until[seat] < _HUNG_UP:  # The carrier asks again.
                    places.until[seat] = places.now() + places.patience
                return True
            if places.total >= places.limit:
                return False
            return self._take(call, places.now() + places.patience)

    def began(self, call_id: str) -> bool:
        """The stream of a call is here: whether it is the first one of a call that was answered on this machine.

        One that was not is not refused, and counts from now on.
        """
        places, call = self._places, _hash(call_id)
        with places.locked():
            seat = self._find(call)
            if seat is None:
                self._take(call, 0)
                return False
            is_first = 0 < places.until[seat] < _HUNG_UP
            places.until[seat] = 0
            places.owners[seat] = self._owner
            return is_first

    def ended(self, call_id: str) -> None:
        """A call is over, or another worker's affair, which then keeps its seat."""
        with self._places.locked():
            seat = self._find(_hash(call_id))
            if seat is not None and self._places.owners[seat] == self._owner:
                self._places.owners[seat] = _FREE

    def hang_up(self, call_id: str) -> None:
        """A call is over, as the carrier says: whoever has it finds that by `hung_up`."""
        places = self._places
        with places.locked():
            seat = self._find(_hash(call_id))
            if seat is not None:
                if places.until[seat] in (0, _HUNG_UP):
                    places.until[seat] = _HUNG_UP
                else:
                    places.owners[seat] = _FREE

    def hung_up(self, call_ids: Iterable[str]) -> list[str]:
        """Which of our calls are over, as another worker was told."""
        places = self._places
        over = {places.calls[seat] for seat in _having(places.until, _HUNG_UP) if places.owners[seat] == self._owner}
        return [each for each in call_ids if _hash(each) in over] if over else []

    def beat(self) -> None:
        """Tell that this worker does not hang."""
        self._places.beat(self._owner - 1)

    @property
    def total(self) -> int:
        """Calls that have a seat now, of all workers."""
        return self._places.total

    @property
    def promised(self) -> int:
        """Those of them whose streams have not begun."""
        now = self._places.now()
        kept = zip(self._places.owners.tolist(), self._places.until.tolist(), strict=True)
        return sum(owner != _FREE and now < until < _HUNG_UP for owner, until in kept)

    @property
    def limit(self) -> int:
        """How many may have one."""
        return self._places.limit

    @property
    def failing(self) -> bool:
        """Whether workers die so often that the machine should get no new calls."""
        return self._places.failing

    @property
    def workers(self) -> Workers:
        """How the workers are."""
        return self._places.workers

    def _find(self, call: int) -> int | None:
        """The seat that a call has; one whose time is up is not its any more."""
        places, now = self._places, self._places.now()
        for seat in _having(places.calls, call):
            if places.owners[seat] != _FREE and not 0 < places.until[seat] <= now:
                return seat
        return None

    def _take(self, call: int, until: int) -> bool:
        """Take a seat that nobody has, if there is one."""
        places, now = self._places, self._places.now()
        given_up = (seat for seat, kept in enumerate(places.until.tolist()) if 0 < kept <= now)
        seat = next(itertools.chain(_having(places.owners, _FREE), given_up), None)
        if seat is None:
            return False
        places.owners[seat] = _FREE
        places.calls[seat] = call
        places.until[seat] = until
        places.owners[seat] = self._owner
        return True


def _having(words: memoryview, value: int) -> Iterator[int]:
    """The seats that have a value in an array: far sooner found than by a look at each."""
    searched, wanted = words.tobytes(), value.to_bytes(_WORD, sys.byteorder)
    at = searched.find(wanted)
    while at >= 0:
        if at % _WORD == 0:
            yield at // _WORD
        at = searched.find(wanted, at + 1)


def _hash(call_id: str) -> int:
    return int.from_bytes(hashlib.blake2b(call_id.encode(errors="surrogatepass"), digest_size=_WORD).digest(), "big")
