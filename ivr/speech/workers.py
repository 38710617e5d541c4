"""The worker processes of a server: started when first needed, one job at a time, replaced when they fail."""

from __future__ import annotations

import asyncio

from ivr.core.segments import Engine
from ivr.speech.child import Child, started
from ivr.speech.jobs import REPLY, Job, Say, Status, encode

_PIPER_PATIENCE = 6
"""How many times as long Piper may take: it needs a fifth of a second for a second of speech, and more to load."""
_START_SECONDS = 60.0
"""For a worker to become ready: it takes under a second, but on a busy machine many may start at once."""


class RenderError(Exception):
    """A piece of a prompt could not be made into audio; the message says why, and holds none of its text."""


class _Died(RenderError):
    """The process ended in the middle of its job."""


class Workers:
    """So many processes that make prompts into audio, and as many for Piper where it is asked for."""

    def __init__(self, count: int, seconds: float) -> None:
        """Prepare `count` workers an engine, none of them started; a job may take so many seconds."""
        self._espeak = _Pool("espeak", count, seconds)
        self._piper = _Pool("piper", count, seconds * _PIPER_PATIENCE)

    @property
    def pids(self) -> tuple[int, ...]:
        """Give the process ids of the workers that have been started."""
        return (*self._espeak.pids, *self._piper.pids)

    async def start(self) -> None:
        """Start all workers but Piper's now, so that no caller waits for one; RenderError if one can't be started."""
        await self._espeak.start()

    async def render(self, job: Job) -> bytes:
        """Do a job and return whole frames of A-law; RenderError if that fails or takes too long."""
        pool = self._piper if isinstance(job, Say) and job.model else self._espeak
        return await pool.render(job)

    async def aclose(self) -> None:
        """End all processes."""
        await asyncio.gather(self._espeak.aclose(), self._piper.aclose())


class _Pool:
    """The workers of one engine."""

    def __init__(self, engine: Engine, count: int, seconds: float) -> None:
        self._all = tuple(_Worker(engine, seconds) for _ in range(count))
        # The one that worked last comes first, so that no more are started than are needed.
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        for worker in self._all:
            self._idle.put_nowait(worker)

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(worker.child.process.pid for worker in self._all if worker.child)

    async def start(self) -> None:
        workers = [await self._idle.get() for _ in self._all]
        try:
            await asyncio.gather(*(worker.start() for worker in workers))
        finally:
            for worker in workers:
                self._idle.put_nowait(worker)

    async def render(self, job: Job) -> bytes:
        worker = await self._idle.get()
        try:
            return await worker.render(job)
        finally:
            self._idle.put_nowait(worker)

    async def aclose(self) -> None:
        await asyncio.gather(*(worker.stop() for worker in self._all))


class _Worker:
    """One process, or the place where one will be."""

    def __init__(self, engine: Engine, seconds: float) -> None:
        self.child: Child | None = None
        self._engine = engine
        self._seconds = seconds

    async def start(self) -> None:
        """Start the process if it isn't running, and wait until it is ready."""
        await self._running()

    async def render(self, job: Job) -> bytes:
        """Do one job, in another process if the first one dies of it, or of something else: a caller waits for it."""
        request = encode(job)
        try:
            return await self._exchange(await self._running(), request, self._seconds)
        except _Died:
            return await self._exchange(await self._running(), request, self._seconds)

    async def stop(self) -> None:
        """End the process if there is one, at once."""
        child, self.child = self.child, None
        if child is not None:
            await child.stop()

    async def _running(self) -> Child:
        if self.child is not None and self.child.process.returncode is None and not self.child.answers.at_eof():
            return self.child
        await self.stop()
        self.child = await started("ivr.speech.worker", self._engine)
        await self._exchange(self.child, b"", _START_SECONDS)
        return self.child

    async def _exchange(self, child: Child, request: bytes, seconds: float) -> bytes:
        """Send a request and read its reply; whatever goes wrong on the way ends the process."""
        try:
            async with asyncio.timeout(seconds):
                child.requests.write(request)
                await child.requests.drain()
                status, length = REPLY.unpack(await child.answers.readexactly(REPLY.size))
                body = await child.answers.readexactly(length)
        except TimeoutError:
            await self.stop()
            raise RenderError(f"the speech worker took longer than {seconds:g} s") from None
        except (asyncio.IncompleteReadError, ConnectionError):
            await child.let_end()
            await self.stop()
            raise _Died(f"the speech worker ended by itself, with {child.end}") from None
        except BaseException:
            # Cancelled in the middle: the reply is still to come, and would be taken for the next job's.
            await self.stop()
            raise
        if status == Status.DONE:
            return body
        if status == Status.BROKEN:
            await self.stop()
        raise RenderError(body.decode())
