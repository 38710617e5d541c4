"""The worker processes of a server: started when first needed, one job at a time, replaced when they fail."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass

from ivr.core.segments import Engine
from ivr.speech.jobs import REPLY, Job, Say, Status, encode

_END_SECONDS = 2.0
"""How long a process may take to end after it has closed its pipe."""
_PIPER_PATIENCE = 6
"""How many times as long Piper may take: it needs a fifth of a second for a second of speech, and more to load."""
_START_SECONDS = 60.0
"""For a worker to become ready: it takes under a second, but on a busy machine many may start at once."""


class RenderError(Exception):
    """A piece of a prompt could not be made into audio; the message says why, and holds none of its text."""


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
        return tuple(worker.line.process.pid for worker in self._all if worker.line)

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


@dataclass(frozen=True, slots=True)
class _Line:
    """A running process, and the two ends of its pipes."""

    process: Process
    requests: asyncio.StreamWriter
    replies: asyncio.StreamReader


class _Worker:
    """One process, or the place where one will be."""

    def __init__(self, engine: Engine, seconds: float) -> None:
        self.line: _Line | None = None
        self._engine = engine
        self._seconds = seconds

    async def start(self) -> None:
        """Start the process if it isn't running, and wait until it is ready."""
        await self._running()

    async def render(self, job: Job) -> bytes:
        """Do one job."""
        return await self._exchange(await self._running(), encode(job), self._seconds)

    async def stop(self) -> None:
        """End the process if there is one, at once: it holds nothing that could be lost."""
        line, self.line = self.line, None
        if line is not None:
            line.requests.close()
            with contextlib.suppress(ProcessLookupError):
                line.process.kill()
            await line.process.communicate()

    async def _running(self) -> _Line:
        if self.line is not None and self.line.process.returncode is None and not self.line.replies.at_eof():
            return self.line
        await self.stop()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ivr.speech.worker", self._engine),
            stdin=PIPE,
            stdout=PIPE,
            # With one job at a time there is nothing to do for the threads that NumPy starts for each core.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a process started with pipes has none")
        self.line = _Line(process, process.stdin, process.stdout)
        await self._exchange(self.line, b"", _START_SECONDS)
        return self.line

    async def _exchange(self, line: _Line, request: bytes, seconds: float) -> bytes:
        """Send a request and read its reply; whatever goes wrong on the way ends the process."""
        try:
            async with asyncio.timeout(seconds):
                line.requests.write(request)
                await line.requests.drain()
                status, length = REPLY.unpack(await line.replies.readexactly(REPLY.size))
                body = await line.replies.readexactly(length)
        except TimeoutError:
            await self.stop()
            raise RenderError(f"the speech worker took longer than {seconds:g} s") from None
        except (asyncio.IncompleteReadError, ConnectionError):
            # To kill a process that has just ended would take its exit code away from who waits for it.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(line.process.wait(), _END_SECONDS)
            await self.stop()
            raise RenderError(f"the speech worker ended by itself, with {_end(line.process)}") from None
        except BaseException:
            # Cancelled in the middle: the reply is still to come, and would be taken for the next job's.
            await self.stop()
            raise
        if status == Status.DONE:
            return body
        if status == Status.BROKEN:
            await self.stop()
        raise RenderError(body.decode())


def _end(process: Process) -> str:
    """Say how a process ended."""
    code = process.returncode or 0
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
