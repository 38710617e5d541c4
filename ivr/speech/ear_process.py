"""One recogniser process as its parent sees it: its streams, its load, its end and its successors."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ivr.core.effects import Listen
from ivr.media.frame import SAMPLE_RATE
from ivr.speech.ear_messages import Attend, Broken, Gone, Leave, Ready, Request, Sound, Taken
from ivr.speech.nursery_process import Forked, Nursery

CHUNK_BYTES = SAMPLE_RATE // 10
"""Audio is sent 100 ms at a time or more: each message costs a turn of the interpreter lock on both sides."""
BACKLOG_SECONDS = 2.0
"""Where the audio of a stream has to wait for so long, its process can't keep up."""
LAG_SECONDS = 0.5
"""While an answer takes longer, nobody else is listened to by that process."""
HANG_SECONDS = 10.0
"""After so long without an answer a process will not give one any more."""

_START_SECONDS = 120.0
"""For a process to become ready: the largest models take half of it."""
_QUICK_SECONDS = 60.0
"""A process that lived shorter is started again after a pause: 1 s, then twice as long each time."""
_LONGEST_PAUSE = 60.0

_log = logging.getLogger(__name__)


class EarError(Exception):
    """A recogniser process could not be started; the message says why."""


class Hearer(Protocol):
    """On whose behalf a stream is listened to."""

    def answered(self, taken: Taken) -> None:
        """A piece of audio, or a listening, has been dealt with."""

    def lost(self, suspect: bool) -> None:
        """The process has ended, and the stream with it; `suspect` if it was busy with this stream."""


class Stream:
    """A caller whom a process listens to: one request on its way at a time, what comes meanwhile goes with the next."""

    def __init__(self, process: EarProcess, hearer: Hearer) -> None:
        """Take a place in a process; `attend` comes first."""
        self._process = process
        self._hearer: Hearer | None = hearer
        self._number = process.enter(self)
        self._listening = 0
        self._underway = 0
        self._asked_at = 0.0
        self._gathered = bytearray()

    def attend(self, wanted: Listen) -> None:
        """Listen for this in what is heard from now on; answers about anything earlier are dropped."""
        if self._gathered:
            self._send_gathered()  # it belongs to what was listened for until now
        self._listening += 1
        self._ask(Attend(self._number, wanted))

    def hear(self, audio: bytes) -> bool:
        """Take the next audio; False if it has been waiting for so long that the process is overloaded."""
        self._gathered += audio
        self._go_on()
        return not self._underway or asyncio.get_running_loop().time() - self._asked_at <= BACKLOG_SECONDS

    def leave(self) -> None:
        """Give the place up; nothing is answered any more."""
        self._hearer = None
        self._process.leave(self, self._number)

    def answered(self, listening: int, taken: Taken) -> None:
        """Take the answer to a request that was made during a listening."""
        self._underway -= 1
        if self._hearer is not None:
            self._go_on()
            if listening == self._listening:
                self._hearer.answered(taken)

    def lost(self, suspect: bool) -> None:
        """Take the end of the process."""
        hearer, self._hearer = self._hearer, None
        if hearer is not None:
            hearer.lost(suspect)

    def _go_on(self) -> None:
        if not self._underway and len(self._gathered) >= CHUNK_BYTES:
            self._send_gathered()

    def _send_gathered(self) -> None:
        audio = bytes(self._gathered)
        self._gathered.clear()
        self._ask(Sound(self._number, audio))

    def _ask(self, request: Request) -> None:
        self._underway += 1
        self._asked_at = asyncio.get_running_loop().time()
        self._process.ask(request, self, self._listening)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that is not answered yet."""

    stream: Stream
    listening: int
    at: float


class EarProcess:
    """A process that is ready, and its streams."""

    def __init__(self, forked: Forked) -> None:
        """Take over a process that has just been forked."""
        self._forked = forked
        self._asked: deque[_Asked] = deque()
        self._streams: dict[int, Stream] = {}
        self._numbers = itertools.count()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._forked.pid

    @property
    def load(self) -> int:
        """How many callers it listens to."""
        return len(self._streams)

    @property
    def lag(self) -> float:
        """For how many seconds the oldest request has been waiting for its answer."""
        return asyncio.get_running_loop().time() - self._asked[0].at if self._asked else 0.0

    def enter(self, stream: Stream) -> int:
        """Take in a stream and give it its number."""
        number = next(self._numbers)
        self._streams[number] = stream
        return number

    def leave(self, stream: Stream, number: int) -> None:
        """Let a stream go."""
        if self._streams.pop(number, None) is not None:
            self.ask(Leave(number), stream, 0)

    def ask(self, request: Request, stream: Stream, listening: int) -> None:
        """Make a request, whose answer goes to the stream."""
        if self._forked.ask(request):
            self._asked.append(_Asked(stream, listening, asyncio.get_running_loop().time()))

    async def ready(self) -> None:
        """Wait until the process can be asked; EarError if it can't be."""
        try:
            async with asyncio.timeout(_START_SECONDS):
                answer = await self._forked.answer()
        except TimeoutError:
            raise EarError(f"it was not ready after {_START_SECONDS:g} s") from None
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            raise EarError(f"it ended before it was ready, {await self.end()}") from None
        match answer:
            case Ready(pid):
                self._forked.pid = pid
            case Broken(why):
                raise EarError(why)
            case Gone():
                raise EarError(f"it ended before it was ready, {self._forked.end}")
            case other:
                raise EarError(f"it said {type(other).__name__} before it was ready")

    async def serve(self) -> None:
        """Pass the answers on until the process ends, or talks nonsense."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ValueError):
            while isinstance(answer := await self._forked.answer(), Taken) and self._asked:
                asked = self._asked.popleft()
                asked.stream.answered(asked.listening, answer)

    def abandon(self) -> None:
        """Tell all streams that the process has ended, and the one it was busy with."""
        self._forked.ask_no_more()
        busy_with = self._asked[0].stream if self._asked else None
        streams = tuple(self._streams.values())
        self._streams.clear()
        for stream in streams:
            stream.lost(suspect=stream is busy_with)

    def kill(self) -> None:
        """End it at once."""
        self._forked.kill()

    async def end(self) -> str:
        """Clean up behind the process, which is killed if it does not end by itself, and say how it ended."""
        await self._forked.stop()
        return self._forked.end


class Place:
    """Where one process is, or will be again."""

    def __init__(self, nursery: Nursery, ready: Callable[[], None]) -> None:
        """Prepare a process that is forked by another one; `ready` is called whenever one is."""
        self.running: EarProcess | None = None
        self._nursery = nursery
        self._ready = ready
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the process, and from now on another one whenever it ends; EarError if it can't be."""
        self.running = await _start(self._nursery)
        self._keeper = asyncio.create_task(self._keep(self.running))

    async def aclose(self) -> None:
        """End the process, and start no other."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        process, self.running = self.running, None
        if process is not None:  # its keeper had no time to begin
            process.kill()
            await process.end()

    async def _keep(self, process: EarProcess) -> None:
        clock, pauses = asyncio.get_running_loop().time, _pauses()
        while True:
            began = clock()
            self.running = process
            self._ready()
            await self._serve(process)
            if clock() - began > _QUICK_SECONDS:
                pauses = _pauses()
            process = await self._successor(pauses)

    async def _serve(self, process: EarProcess) -> None:
        """Serve until the process has ended and is cleaned up."""
        try:
            await process.serve()
        except BaseException:
            process.kill()
            raise
        finally:
            self.running = None
            process.abandon()
            end = await process.end()
        _log.error("the recogniser process %s ended by itself, %s; another one is started", process.pid, end)

    async def _successor(self, pauses: Iterator[float]) -> EarProcess:
        """Start a process, however often that has to be tried."""
        while True:
            await asyncio.sleep(next(pauses))
            try:
                return await _start(self._nursery)
            except EarError as error:
                _log.error("a recogniser process can't be started again: %s", error)


async def _start(nursery: Nursery) -> EarProcess:
    """Have a process forked and wait until it is ready; EarError if it can't be."""
    try:
        process = EarProcess(await nursery.forked())
    except OSError as error:
        raise EarError(str(error)) from error
    try:
        await process.ready()
    except BaseException:
        nursery.leave()  # The next one may do better.
        process.kill()
        await process.end()
        raise
    return process


def _pauses() -> Iterator[float]:
    """How long to wait before a process is started again: at first not at all."""
    yield 0.0
    pause = 1.0
    while True:
        yield pause
        pause = min(2 * pause, _LONGEST_PAUSE)
