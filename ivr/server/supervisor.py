"""Keeps workers serving: starts them, starts another one where one dies, and passes on what it is told by signals."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ivr.logs import log
from ivr.server.orders import KEPT_BACK
from ivr.server.places import Places

DEATHS, DEATHS_S = 5, 60.0
"""A worker that dies so often in so many seconds is started again only after a pause."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
LOOK_S = 0.05
"""How often it is looked at whether a worker that has been started is ready."""
IDLE_S = 1.0
HUNG_S = 15.0
"""A worker that gives no sign of life for so long hangs: its callers have heard nothing for as long."""
MISUSED = 2
"""The exit code of a worker that says itself what is wrong, as the program does."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Worker:
    """A place for a process, and the process in it, if there is one; times are seconds of a monotonic clock."""

    number: int
    pid: int | None = None
    started: float = 0.0
    due: float | None = None
    """When a process is to be started."""
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS))
    pause: float = 0.0
    """How long to wait before the next start; 0 for one that does not die again and again."""
    beats: int = 0
    """The last sign of life."""
    quiet: float = 0.0
    """How long it was looked for another one."""
    looked: float = 0.0

    def lives(self, now: float) -> None:
        """One that has lived for a while is as good as one that never died."""
        if now - self.started >= DEATHS_S:
            self.pause = 0.0

    def hangs(self, now: float, beats: int) -> bool:
        """Whether the last sign of life was too long ago."""
        # A machine that slept has not looked for signs of life either.
        self.quiet = self.quiet + min(now - self.looked, IDLE_S) if beats == self.beats else 0.0
        self.beats, self.looked = beats, now
        return self.quiet >= HUNG_S

    def died(self, now: float) -> None:
        """Decide when it is started again."""
        self.lives(now)
        self.deaths.append(now)
        if self.pause:
            self.pause = min(2 * self.pause, LONGEST_PAUSE_S)
        elif len(self.deaths) == DEATHS and now - self.deaths[0] <= DEATHS_S:
            self.pause = FIRST_PAUSE_S
        self.due = now + self.pause


class Supervisor:
    """One process that does nothing but keep others going, without threads, tasks or connections of its own."""

    def __init__(
        self,
        places: Places,
        work: Callable[[int, int], int],
        ready: Callable[[], None],
        reload: Callable[[], None],
        stopping: Callable[[], None],
        *,
        ending: float,
        starting: Callable[[], None] = lambda: None,
        ended: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Prepare workers.

        Args:
            places: what they share; it has as many workers as there are to be.
            work: what a worker does, and its exit code; it gets its number and a pipe that closes if this process
                ends, and takes the signals `KEPT_BACK` back from being blocked.
            ready: is called once when all workers are ready.
            reload: is called before workers are told to load anew; workers that are started later know the result.
            stopping: is called before workers are told to end.
            ending: seconds that workers may take to end.
            starting: is called before a worker is started.
            ended: is called with the number of a worker that has ended, before another one takes its place.
        """
        self._places = places
        self._work = work
        self._ready = ready
        self._reload = reload
        self._stopping = stopping
        self._starting = starting
        self._has_ended = ended
        self._ending = ending
        self._workers: Sequence[Worker] = tuple(map(Worker, range(places.workers.wanted)))
        self._alive, self._own_end = os.pipe()

    def run(self) -> int:
        """Supervise until a signal to stop, and give the exit code."""
        signal.pthread_sigmask(signal.SIG_BLOCK, KEPT_BACK)
        try:
            code = self._begin()
            return self._go_on() if code is None else code
        finally:
            self._kill()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, KEPT_BACK)
            os.close(self._alive)
            os.close(self._own_end)

    def _begin(self) -> int | None:
        """Start one worker, which renders what is missing, then the others; the exit code if that can't be."""
        for together in (self._workers[:1], self._workers[1:]):
            for worker in together:
                worker.due = 0.0
            while not all(self._places.is_ready(worker.number) for worker in together):
                self._start_due()
                told = _next_signal(LOOK_S)
                if told in (signal.SIGTERM, signal.SIGINT):
                    return self._end()
                if told == signal.SIGHUP:
                    self._load_anew()
                for worker, pid, code in self._ended():
                    if code == MISUSED:
                        self._end()
                        return MISUSED
                    self._restart(worker, pid, code)
        self._ready()
        return None

    def _go_on(self) -> int:
        while True:
            self._start_due()
            told = _next_signal(self._until_due())
            if told in (signal.SIGTERM, signal.SIGINT):
                return self._end()
            if told == signal.SIGHUP:
                self._load_anew()
            for worker, pid, code in self._ended():
                self._restart(worker, pid, code)
            now = time.monotonic()
            for worker in self._workers:
                if worker.pid is not None:
                    worker.lives(now)
                    self._look_after(worker, worker.pid, now)
            self._places.failing = any(worker.pause for worker in self._workers)

    def _start_due(self) -> None:
        now = time.monotonic()
        for worker in self._workers:
            if worker.due is not None and worker.due <= now:
                worker.due, worker.started = None, now
                self._starting()
                try:
                    worker.pid = self._fork(worker.number)
                except OSError as error:  # The machine is short of something; the workers that live go on.
                    log(logger, logging.ERROR, "worker can't be started", worker=worker.number, why=str(error))
                    worker.due = now + FIRST_PAUSE_S

    def _until_due(self) -> float:
        now = time.monotonic()
        return max(0.0, min((worker.due - now for worker in self._workers if worker.due is not None), default=IDLE_S))

    def _fork(self, number: int) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            os.close(self._own_end)
            code = self._work(number, self._alive)
        except BaseException:
            logger.exception("a worker ended by an error")
        finally:
            with contextlib.suppress(BaseException):
                sys.stdout.flush()
                sys.stderr.flush()
            # Nothing of what the supervisor would do at its end is a worker's to do.
            os._exit(code)

    def _ended(self) -> Sequence[tuple[Worker, int, int]]:
        """The workers that have ended since they were last asked for, with their process ids and exit codes."""
        ended = []
        for worker in self._workers:
            if worker.pid is not None:
                pid, status = os.waitpid(worker.pid, os.WNOHANG)
                if pid:
                    worker.pid = None
                    self._has_ended(worker.number)
                    ended.append((worker, pid, os.waitstatus_to_exitcode(status)))
        return ended

    def _restart(self, worker: Worker, pid: int, code: int) -> None:
        worker.died(time.monotonic())
        self._places.ended(worker.number, died=True)
        log(logger, logging.ERROR, "worker died", worker=worker.number, pid=pid, code=code, pause=worker.pause)

    def _look_after(self, worker: Worker, pid: int, now: float) -> None:
        """Kill a worker that hangs: its calls go on in others."""
        if worker.hangs(now, self._places.beats(worker.number)) and self._places.is_ready(worker.number):
            log(logger, logging.ERROR, "worker hangs and is killed", worker=worker.number, pid=pid)
            worker.quiet = 0.0
            os.kill(pid, signal.SIGKILL)

    def _load_anew(self) -> None:
        self._reload()
        self._tell(signal.SIGHUP)

    def _tell(self, told: signal.Signals) -> None:
        for worker in self._workers:
            if worker.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker.pid, told)

    def _end(self) -> int:
        """Let workers end, and end those that don't, or all of them at a second signal."""
        self._stopping()
        self._tell(signal.SIGTERM)
        last = time.monotonic() + self._ending
        while any(worker.pid is not None for worker in self._workers):
            told = _next_signal(IDLE_S)
            for worker, _, _ in self._ended():
                self._places.ended(worker.number, died=False)
            if told in (signal.SIGTERM, signal.SIGINT):
                return 1
            if time.monotonic() >= last:
                log(logger, logging.ERROR, "workers did not end in time and are killed")
                return 1
        return 0

    def _kill(self) -> None:
        """End all workers that are left."""
        self._tell(signal.SIGKILL)
        for worker in self._workers:
            if worker.pid is not None:
                os.waitpid(worker.pid, 0)
                worker.pid = None


def _next_signal(seconds: float) -> int | None:
    """The next signal, if one comes within so many seconds."""
    told = signal.sigtimedwait(KEPT_BACK, seconds)
    return None if told is None else told.si_signo
