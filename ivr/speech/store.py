"""The store of rendered prompts: from memory, else from disk, else made by a worker."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self, assert_never

from ivr.core.durations import BEEP_MS, duration
from ivr.core.segments import Beep, Recording, Segment, Silence, Speech
from ivr.media import frame, tone
from ivr.speech import disk, sounds
from ivr.speech.jobs import Job, key
from ivr.speech.sounds import Name, Sound, is_shared, name
from ivr.speech.text import plain
from ivr.speech.workers import RenderError, Workers

_BEEP = tone.beep(BEEP_MS)

_LEAST_SHARE, _TOLERANCE_MS = 0.25, 300
"""Speech of less than this share of its estimated length, less the tolerance, was cut short by the engine."""
_MOST_A_CHARACTER_MS, _LONGEST_SIGN_MS = 3000, 5000
"""No text takes longer than that for each character, and once more: a letter of a script that is foreign to
the voice is read as `Cyrillic letter …`, a sign by its name. What does is speech of more than the text."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A piece of a prompt that could not be rendered ahead of time, and why."""

    segment: Speech | Recording
    message: str


@dataclass(slots=True)
class Made:
    """What workers made of prompts since the store began."""

    rendered: int = 0
    failed: int = 0
    seconds: float = 0.0
    """How long both took together, with the wait for a worker."""


class PromptStore:
    """The audio of all prompts, as whole frames of A-law.

    Static speech and recordings are kept, in memory and on disk, and shared by all calls. Speech that holds
    values of a call is returned to whoever asks for it, and kept nowhere.
    """

    def __init__(
        self, cache: Path, *, jobs: int = 2, seconds: float = 10.0, known: Mapping[Name, Sound] | None = None
    ) -> None:
        """Keep prompts in the directory `cache`; render with `jobs` processes, so many seconds a piece.

        What is `known` need not be read again: it is in memory that several processes share. Nothing is started or
        written yet.
        """
        self._cache = cache
        self._jobs = jobs
        self._workers = Workers(jobs, seconds)
        self._sounds: dict[Name, Sound] = dict(known or {})
        self._running: dict[tuple[str, bool], asyncio.Task[bytes]] = {}
        self.static, self.dynamic = Made(), Made()
        """What was made of prompts that are kept, and of those that hold values of a call."""

    async def __aenter__(self) -> Self:
        """Enter; nothing is started."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        await self.aclose()

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the workers that have been started."""
        return self._workers.pids

    async def start(self) -> None:
        """Start the worker processes now, so that no caller waits for that; RenderError if they can't be."""
        await self._workers.start()

    async def aclose(self) -> None:
        """End the worker processes; what is being rendered is cancelled."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._workers.aclose()

    def cached(self, segment: Segment) -> bytes | None:
        """Give the audio of a segment if that needs no waiting."""
        match segment:
            case Speech() | Recording():
                sound = self._sounds.get(name(segment))
                return None if sound is None else sound.audio
            case Silence() | Beep():
                return _generated(segment)
            case _:
                assert_never(segment)

    async def render(self, segment: Segment) -> bytes:
        """Give the audio of a segment, from wherever it is had soonest; RenderError if it can't be had.

        Who asks for what is being rendered already waits for the same result. A caller who waits no longer
        does not stop it.
        """
        match segment:
            case Speech() | Recording():
                sound = self._sounds.get(name(segment))
                return await self._load(segment) if sound is None else sound.audio
            case Silence() | Beep():
                return _generated(segment)
            case _:
                assert_never(segment)

    async def build(
        self, segments: Iterable[Segment], progress: Callable[[int, int], None] | None = None
    ) -> list[Failure]:
        """Bring all that is static into memory, rendering what is not on disk; return what failed, in order.

        The file of a recording is looked at again even if the recording is in memory, because it may have
        changed. `progress` is told how many segments are done, of how many. RenderError if Piper is to speak
        and is not installed.
        """
        wanted = tuple({name(segment): segment for segment in segments if is_shared(segment)}.values())
        kept = await asyncio.to_thread(sounds.kept, self._cache, wanted, dict(self._sounds))
        self._sounds.update(kept)
        remaining = ((position, segment) for position, segment in enumerate(wanted) if name(segment) not in kept)
        failures: dict[int, Failure] = {}
        done = len(kept)
        if progress is not None and kept:
            progress(done, len(wanted))

        async def work() -> None:
            nonlocal done
            for position, segment in remaining:
                try:
                    await self._load(segment)
                except RenderError as error:
                    failures[position] = Failure(segment, str(error))
                done += 1
                if progress is not None:
                    progress(done, len(wanted))

        # As many as there are workers, so that the prompt of a call is at most one job away from its turn.
        async with asyncio.TaskGroup() as group:
            for _ in range(self._jobs):
                group.create_task(work())
        return [failures[position] for position in sorted(failures)]

    async def _load(self, segment: Speech | Recording) -> bytes:
        """Give the audio of a segment as it is now, and keep it if it is shared."""
        job = await _job(segment)
        sound = self._sounds.get(name(segment))
        if sound is not None and sound.key == key(job):
            return sound.audio
        audio = await asyncio.shield(self._task(segment, job))
        if is_shared(segment):
            self._sounds[name(segment)] = Sound(key(job), audio)
        return audio

    def _task(self, segment: Speech | Recording, job: Job) -> asyncio.Task[bytes]:
        """Give the task that renders a job: the one that is running, or a new one."""
        which = key(job), is_shared(segment)
        if which not in self._running:
            task = asyncio.create_task(self._make(segment, job))
            task.add_done_callback(functools.partial(self._finished, which))
            self._running[which] = task
        return self._running[which]

    def _finished(self, which: tuple[str, bool], task: asyncio.Task[bytes]) -> None:
        del self._running[which]
        if not task.cancelled():
            task.exception()  # looked at, or asyncio complains of it where nobody waits any more

    async def _make(self, segment: Speech | Recording, job: Job) -> bytes:
        """Read from disk, else render."""
        shared = is_shared(segment)
        if shared:
            kept = await asyncio.to_thread(disk.load, self._cache, key(job))
            if kept is not None:
                return kept
        audio = await self._rendered(segment, job, self.static if shared else self.dynamic)
        if shared:
            await asyncio.to_thread(disk.save, self._cache, key(job), audio)
        return audio

    async def _rendered(self, segment: Speech | Recording, job: Job, made: Made) -> bytes:
        """Let a worker make the audio, and count that."""
        began = time.perf_counter()
        try:
            audio = await self._workers.render(job)
            if isinstance(segment, Speech):
                _check(segment, audio)
        except RenderError:
            made.failed += 1
            raise
        finally:
            made.seconds += time.perf_counter() - began
        made.rendered += 1
        return audio


async def _job(segment: Speech | Recording) -> Job:
    """Say what a worker must do, as `sounds.job` does, which may read files."""
    reads = isinstance(segment, Recording) or segment.voice.engine == "piper"
    return await asyncio.to_thread(sounds.job, segment) if reads else sounds.job(segment)


def _generated(segment: Silence | Beep) -> bytes:
    match segment:
        case Silence(milliseconds):
            return frame.silence(milliseconds)
        case Beep():
            return _BEEP
        case _:
            assert_never(segment)


def _check(speech: Speech, audio: bytes) -> None:
    """Refuse audio that can't be the whole of a text, or holds more than that; RenderError."""
    text = plain(speech.text)
    expected, found = duration(replace(speech, text=text)), frame.milliseconds(audio)
    least = expected * _LEAST_SHARE - _TOLERANCE_MS
    most = _LONGEST_SIGN_MS + len(text) * _MOST_A_CHARACTER_MS
    mute = not found and any(map(str.isalnum, text))
    if mute or not least <= found <= most:
        raise RenderError(f"the synthesiser gave {found} ms of speech where about {expected} ms were expected")
