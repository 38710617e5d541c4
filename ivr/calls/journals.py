"""Keeps a journal of each call in the data directory, written by one thread so that no call ever waits for a disk."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ivr.calls.kept_flows import remove
from ivr.core.effects import Effect
from ivr.core.events import Event
from ivr.core.flow import Flow
from ivr.core.session import Session
from ivr.document.journal import CALLS, FLOWS, SUFFIX
from ivr.document.recorder import Recorder
from ivr.logs import log

FLUSH_S = 0.5
"""What is lost at most if the process dies."""
PRUNE_S = 3_600
COMPLAIN_S = 60
"""How often it is logged that nothing can be written."""
MOST_WAITING = 20_000
"""Steps that wait to be written; a call whose step finds so many goes on without its journal."""
PATIENCE_S = 10.0
"""How long the end of the server waits for a disk that hangs."""

logger = logging.getLogger(__name__)

Step = tuple[Session, Event, Session, tuple[Effect, ...]]
"""What a step was given, and what it gave."""


@dataclass(slots=True)
class _File:
    """One journal as the writing thread sees it."""

    token: str
    recorder: Recorder
    path: Path | None = None
    """None until it was begun."""
    lines: list[str] = field(default_factory=list)
    """What is still to be written."""
    broken: bool = False
    """Something of it could not be written, so what follows is not written either."""


class Journal:
    """The journal of one call, as the call sees it; nothing here takes time or raises."""

    def __init__(self, journals: Journals, file: _File) -> None:
        self._journals = journals
        self._file = file
        self._closed = False
        """Whether nothing more is to be noted."""

    def step(self, before: Session, event: Event, after: Session, effects: tuple[Effect, ...]) -> None:
        """Note a step."""
        if not self._closed and not self._journals.put(self._file, (before, event, after, effects)):
            self._closed = True

    def end(self, session: Session) -> None:
        """Note how the call ended."""
        if not self._closed:
            self._closed = True
            self._journals.put(self._file, session)


class Journals:
    """All journals of a process.

    Theory of operation. What happens in calls goes into one queue; one thread makes lines of it and appends them,
    twice a second, opening each file only for that. What can't be written is counted and complained of now and then,
    and its journal ends where it is: a gap in it would be worse.
    """

    def __init__(
        self,
        data: Path,
        keep: int,
        secrets: Mapping[str, str],
        flows: Iterable[Flow] = (),
        *,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        """Keep journals under a data directory for so many milliseconds; `flows` are served now."""
        self.unwritten = 0
        """Journals that miss something."""
        self._folder = data / CALLS
        self._flows = data / FLOWS
        self._keep_s = keep / 1000
        self._most_waiting = most_waiting
        self._secrets = tuple(secrets.values())
        self._served = frozenset(flow.fingerprint for flow in flows)
        self._queue: queue.SimpleQueue[tuple[_File, Step | Session | None] | None] = queue.SimpleQueue()
        self._pending: dict[int, _File] = {}
        self._complained: float | None = None
        self._thread = threading.Thread(target=self._run, name="journals", daemon=True)
        self._thread.start()

    # What calls do

    def begin(self, flow: Flow, session: Session) -> Journal:
        """The journal of a call that is about to start."""
        file = _File(session.call.token, Recorder(flow, self._secrets))
        file.lines.append(file.recorder.begin(session))
        self._queue.put((file, None))
        return Journal(self, file)

    def put(self, file: _File, told: Step | Session) -> bool:
        """Take a step or the end of a call; False if too much waits already."""
        if self._queue.qsize() >= self._most_waiting:
            self._give_up(file)
            return False
        self._queue.put((file, told))
        return True

    async def aclose(self) -> None:
        """Write all that is known, and end."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join, PATIENCE_S)

    # What the thread does

    def _run(self) -> None:
        prune_at, flush_at = 0.0, math.inf
        going_on = True
        while going_on:
            now = time.monotonic()
            if now >= prune_at:
                self._guarded(self._prune)
                prune_at = now + PRUNE_S
            if now >= flush_at:
                self._flush()
                flush_at = math.inf
            try:
                item = self._queue.get(timeout=max(0.0, min(flush_at, prune_at) - now))
            except queue.Empty:
                continue
            going_on = item is not None
            if item is not None:
                self._take(*item)
                flush_at = min(flush_at, now + FLUSH_S)
        self._flush()

    def _take(self, file: _File, told: Step | Session | None) -> None:
        if file.broken:
            return
        self._pending[id(file)] = file
        try:
            match told:
                case None:
                    pass
                case Session():
                    file.lines.extend(file.recorder.end(told))
                case _:
                    file.lines.extend(file.recorder.step(*told))
        except Exception:
            # A bug of ours costs this journal, and never the call.
            logger.exception("a bug of ours ended the journal of the call %s", file.token)
            self._give_up(file)

    def _flush(self) -> None:
        for file in self._pending.values():
            if file.lines and not file.broken:
                self._guarded(lambda file=file: self._write(file), file)  # type: ignore[misc]  # a default binds it
        self._pending.clear()

    def _write(self, file: _File) -> None:
        data = "".join(file.lines).encode("utf-8", "replace")
        file.lines.clear()
        if file.path is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.path, descriptor = _created(self._folder, file.token)
        else:
            descriptor = os.open(file.path, os.O_WRONLY | os.O_APPEND)
        try:
            while data:
                data = data[os.write(descriptor, data) :]
        finally:
            os.close(descriptor)

    def _guarded(self, deed: Callable[[], None], file: _File | None = None) -> None:
        """Do something with files; where that can't be done, say so now and then."""
        try:
            deed()
        except OSError as error:
            if file is not None:
                self._give_up(file)
            now = time.monotonic()
            if self._complained is None or now - self._complained >= COMPLAIN_S:
                self._complained = now
                why = f"{error.filename or self._folder}: {error.strerror}"
                log(logger, logging.ERROR, "journals can't be written", why=why, unwritten=self.unwritten)

    def _give_up(self, file: _File) -> None:
        if not file.broken:
            file.broken = True
            self.unwritten += 1

    def _prune(self) -> None:
        """Delete what is older than it may be; a flow is as young as the last hour in which it was served."""
        for fingerprint in self._served:
            if (kept := self._flows / fingerprint).is_dir():
                os.utime(kept)
        oldest = time.time() - self._keep_s
        for path in _older(self._folder, f"*{SUFFIX}", oldest):
            path.unlink(missing_ok=True)
        for path in _older(self._flows, "*", oldest):
            remove(path)


def _created(folder: Path, token: str) -> tuple[Path, int]:
    """A new file for a call; one of an earlier call with the same id is left alone."""
    number = 1
    while True:
        path = folder / (f"{token}{SUFFIX}" if number == 1 else f"{token}.{number}{SUFFIX}")
        try:
            return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            number += 1


def _older(folder: Path, pattern: str, than: float) -> list[Path]:
    return [path for path in folder.glob(pattern) if path.stat().st_mtime < than] if folder.is_dir() else []
