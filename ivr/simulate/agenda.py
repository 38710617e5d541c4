"""Virtual time: what will happen, in order, without anybody waiting for it."""

from __future__ import annotations

import heapq
import itertools

from ivr.core.events import Event


class Agenda:
    """Events to come; of those at the same time the one that was added first comes first."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Event]] = []
        self._order = itertools.count()

    def add(self, event: Event) -> None:
        """Let an event happen at its time."""
        heapq.heappush(self._heap, (event.at, next(self._order), event))

    def next_at(self) -> int | None:
        """When the next event happens, in milliseconds; None if nothing is to come."""
        return self._heap[0][0] if self._heap else None

    def take(self) -> Event:
        """The next event, which is then past.

        Raises:
            IndexError: nothing is to come.
        """
        return heapq.heappop(self._heap)[2]
