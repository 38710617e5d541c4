"""Callers are listened to: by language, by so many processes, within their limits, and through their crashes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import assert_never
from weakref import WeakSet

from ivr.core.effects import Listen
from ivr.media.frame import SAMPLE_RATE
from ivr.speech.ear_messages import Taken
from ivr.speech.ear_process import HANG_SECONDS, LAG_SECONDS, EarError, EarProcess, Place, Stream
from ivr.speech.nursery_process import Nursery
from ivr.speech.pool import Pool
from ivr.speech.reports import Began, Deaf, Ended, Heard, Report

BUSY = "all recognisers are busy"
LOST = "the recogniser ended"

_WAIT_SECONDS = 4.0
"""How long a caller whose recogniser ended waits for another one before there are only keys: longer than a small
model takes to load."""
_REST_BYTES = SAMPLE_RATE
"""1 s: the rest of a phrase that was cut off, which must not be taken for a phrase."""
_DEATHS = 2
"""So many processes in a row may die of one caller."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Load:
    """How busy the processes of a language are."""

    listening: int
    limit: int
    """Calls that its living processes may listen to at a time."""


class Ears:
    """All recogniser processes of a server."""

    def __init__(self, pools: Mapping[str, Pool], nurseries: Mapping[Pool, Nursery] | None = None) -> None:
        """Prepare pools by language, none of them started.

        A caller's language is looked up by its tag, then by its primary language: "en-US", then "en". Languages
        with equal pools share one. Nurseries that are there already fork the processes of their pools.
        """
        shared: dict[Pool, _Pool] = {}
        there = nurseries or {}
        self._pools = {
            language.casefold(): shared.setdefault(pool, _Pool(language, pool, there.get(pool) or pool.nursery()))
            for language, pool in pools.items()
        }
        self._all = tuple(shared.values())
        self._open: WeakSet[Ear] = WeakSet()

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the processes that are ready."""
        return tuple(process.pid for pool in self._all for process in pool.living)

    @property
    def loads(self) -> Mapping[str, Load]:
        """How busy each language is."""
        return {pool.language: pool.load for pool in self._all}

    async def start(self) -> None:
        """Start all processes, so that no caller waits for one; what can't be started is logged and left out."""
        await asyncio.gather(*(pool.start() for pool in self._all))

    def listen(self, wanted: Listen, tell: Callable[[Report], None]) -> Ear:
        """Listen to a caller; each report is told by the event loop, after this has returned.

        Where that can't be done `Deaf` is told; what is returned can be used nevertheless, and may be able to
        listen to something else or later.
        """
        ear = Ear(self._pool, tell)
        self._open.add(ear)
        ear.listen(wanted)
        return ear

    async def aclose(self) -> None:
        """End all processes; nothing more is told."""
        for ear in tuple(self._open):
            ear.close()
        await asyncio.gather(*(pool.aclose() for pool in self._all))

    def _pool(self, language: str) -> _Pool | None:
        tag = language.casefold()
        return self._pools.get(tag) or self._pools.get(tag.split("-")[0])


class Ear:
    """One caller who is listened to, also by one process after the other; its methods neither wait nor fail."""

    def __init__(self, pool: Callable[[str], _Pool | None], tell: Callable[[Report], None]) -> None:
        """Listen to nothing yet; `pool` finds what serves a language."""
        self._find = pool
        self._tell = tell
        self._pool: _Pool | None = None
        self._wanted: Listen | None = None
        """None where nobody listens: after `Deaf`, and after `close`."""
        self._listening = 0
        """The number of what is listened for: what is still to be told of an earlier one is dropped."""
        self._stream: Stream | None = None
        self._waiting: asyncio.TimerHandle | None = None
        self._gathered = bytearray()
        """What is heard while there is no stream."""
        self._speaking = False
        self._to_drop = 0
        """Bytes of audio."""
        self._deaths = 0
        self._closed = False

    def listen(self, wanted: Listen) -> None:
        """Listen for something else; it may be in another language."""
        if self._closed:
            return
        self._listening += 1
        self._speaking = False
        self._gathered.clear()
        pool = self._find(wanted.language)
        if pool is not self._pool or self._wanted is None:
            self._leave()
        self._pool, self._wanted = pool, wanted
        if pool is None:
            self._give_up(f'there is no speech model for "{wanted.language}"')
        elif self._stream is not None:
            self._stream.attend(wanted)
        elif self._waiting is None:
            try:
                self._enter(pool, wanted)
            except Unavailable as unavailable:
                self._give_up(str(unavailable))

    def hear(self, audio: bytes) -> None:
        """Take the next A-law at 8 kHz, of any length, as it comes from the caller."""
        if self._to_drop:
            dropped = min(self._to_drop, len(audio))
            self._to_drop -= dropped
            audio = audio[dropped:]
        if self._stream is None:
            if self._waiting is not None:
                self._gathered += audio
        elif not self._stream.hear(audio):
            _log.warning("a recogniser process can't keep up: one caller less is listened to")
            self._give_up(BUSY)

    def close(self) -> None:
        """Listen no more; nothing is told any more."""
        self._closed = True
        self._wanted = None
        self._leave()

    def answered(self, taken: Taken) -> None:
        """Take an answer of the process."""
        if taken.fault:
            _log.error("a recogniser failed: %s", taken.fault)
        for report in taken.reports:
            self._report(report)
        if taken.fault and self._speaking:
            self._report(Ended())

    def lost(self, suspect: bool) -> None:
        """Go on without the process, which has died, perhaps of this stream: it was busy with it, or amid a phrase."""
        self._stream = None
        self._deaths += suspect or self._speaking
        if self._speaking:
            self._speaking = False
            self._to_drop = _REST_BYTES
            self._later(Ended())
        if self._deaths >= _DEATHS:
            self._deaths = 0
            self._give_up(LOST)
        else:
            self._waiting = asyncio.get_running_loop().call_later(_WAIT_SECONDS, self._give_up, LOST)
            self.try_again()

    def try_again(self) -> None:
        """Stop waiting if another process can be had."""
        if self._waiting is None or self._pool is None or self._wanted is None:
            return
        try:
            self._enter(self._pool, self._wanted)
        except Unavailable:
            self._pool.waiting[self] = None

    def _enter(self, pool: _Pool, wanted: Listen) -> None:
        """Be listened to; Unavailable if that can't be."""
        stream = pool.open(self)
        gathered = bytes(self._gathered)
        self._leave()
        self._stream = stream
        stream.attend(wanted)
        stream.hear(gathered)

    def _leave(self) -> None:
        """Give up the stream, or waiting for one."""
        stream, self._stream = self._stream, None
        waiting, self._waiting = self._waiting, None
        self._gathered.clear()
        if stream is not None:
            stream.leave()
        if waiting is not None:
            waiting.cancel()
        if self._pool is not None:
            self._pool.waiting.pop(self, None)

    def _give_up(self, why: str) -> None:
        self._leave()
        self._wanted = None
        self._speaking = False
        self._later(Deaf(why))

    def _report(self, report: Report) -> None:
        match report:
            case Began():
                self._speaking = True
            case Heard():
                pass
            case Ended():
                self._speaking = False
                self._deaths = 0
            case Deaf(why):
                self._give_up(why)
                return
            case _:
                assert_never(report)
        self._later(report)

    def _later(self, report: Report) -> None:
        asyncio.get_running_loop().call_soon(self._deliver, self._listening, report)

    def _deliver(self, listening: int, report: Report) -> None:
        if listening == self._listening and not self._closed:
            self._tell(report)


class Unavailable(Exception):
    """A language can't be listened to just now; the message says why."""


class _Pool:
    """The processes of one language, and the callers who wait for one."""

    def __init__(self, language: str, pool: Pool, nursery: Nursery) -> None:
        self.language = language
        self.waiting: dict[Ear, None] = {}
        self._limit = pool.listeners
        self._nursery = nursery
        self._places = tuple(Place(nursery, self._ready) for _ in range(pool.processes))
        self._started = False

    @property
    def living(self) -> tuple[EarProcess, ...]:
        return tuple(place.running for place in self._places if place.running is not None)

    @property
    def load(self) -> Load:
        living = self.living
        return Load(sum(process.load for process in living), self._limit * len(living))

    async def start(self) -> None:
        for error in await asyncio.gather(*(place.start() for place in self._places), return_exceptions=True):
            match error:
                case EarError():
                    _log.error('a recogniser process for "%s" can\'t be started: %s', self.language, error)
                case BaseException():
                    raise error
                case None:
                    self._started = True

    async def aclose(self) -> None:
        await asyncio.gather(*(place.aclose() for place in self._places))
        await self._nursery.aclose()

    def open(self, ear: Ear) -> Stream:
        """Let the least busy process listen to a caller; Unavailable if none can."""
        living = self.living
        if not living:
            raise Unavailable(LOST if self._started else f'there is no speech model for "{self.language}" that works')
        for process in living:
            if process.lag > HANG_SECONDS:
                process.kill()
        able = [process for process in living if process.load < self._limit and process.lag < LAG_SECONDS]
        if not able:
            raise Unavailable(BUSY)
        return Stream(min(able, key=lambda process: process.load), ear)

    def _ready(self) -> None:
        """Take callers in who wait for a process."""
        for ear in tuple(self.waiting):
            ear.try_again()
