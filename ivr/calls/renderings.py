"""The audio of one call's prompts: from the cache that all calls share, or rendered for this call alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ivr.core.segments import Segment
from ivr.media.sound import Sound, cut, shared
from ivr.speech.store import PromptStore
from ivr.speech.workers import RenderError

MOST_KEPT = 50
"""Segments of one call whose audio is kept: more than a prompt has; a call may last for hours."""


class Renderings:
    """What is being rendered for a call, and what was."""

    def __init__(self, prompts: PromptStore) -> None:
        """Render by `prompts`, on the running event loop."""
        self._prompts = prompts
        self._tasks: dict[Segment, asyncio.Task[bytes]] = {}

    def ready(self, segment: Segment) -> Sound | None:
        """The audio of a segment, if it is there already."""
        audio = self._prompts.cached(segment)
        if audio is not None:
            return shared(audio)
        task = self._tasks.get(segment)
        return cut(task.result()) if task is not None and task.done() and task.exception() is None else None

    def begin(self, segment: Segment) -> asyncio.Task[bytes]:
        """The task that renders a segment, begun once."""
        if segment not in self._tasks:
            task = asyncio.create_task(self._prompts.render(segment))
            # Whoever plays it learns of a failure; what is never played may fail unnoticed.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            while len(self._tasks) >= MOST_KEPT and self._tasks[oldest := next(iter(self._tasks))].done():
                del self._tasks[oldest]
            self._tasks[segment] = task
        return self._tasks[segment]

    async def all_of(self, segments: Sequence[Segment]) -> list[Sound]:
        """The audio of segments, in order; after a failure they may be begun anew.

        Raises:
            RenderError: one of them can't be rendered.
        """
        tasks = [self.begin(segment) for segment in segments]
        try:
            own = [await task for task in tasks]
        except RenderError:
            for segment in segments:
                self._tasks.pop(segment, None)
            raise
        return [self.ready(segment) or cut(audio) for segment, audio in zip(segments, own, strict=True)]

    def cancel(self) -> None:
        """Nobody will hear any of it."""
        for task in self._tasks.values():
            task.cancel()
