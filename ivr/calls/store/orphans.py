"""Which calls nobody looks after: their process is gone, or let them go, or took them without learning that it had."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping

from ivr.calls.store.asking import Living
from ivr.calls.store.kept import Kept
from ivr.calls.store.owners import NOBODY, Owner, Watch


class Orphans:
    """What one process sees of them, each time that it looks."""

    def __init__(self, own: Owner, watch: Watch, kept: Mapping[str, Kept]) -> None:
        """Begin to look.

        Args:
            own: this process.
            watch: what it sees of the others.
            kept: its own calls, by their record.
        """
        self._own, self._watch, self._kept = own, watch, kept
        self._since: dict[tuple[str, int], float] = {}

    def among(self, living: Iterable[Living], window: int) -> tuple[str, ...]:
        """Those of the calls which have been orphans for so many milliseconds."""
        rows = tuple(living)
        now = time.monotonic()
        since: dict[tuple[str, int], float] = {}
        for each in rows:
            if (gone := self._gone_since(each, now)) is not None:
                key = each.record, each.fence
                # While the store was away nobody could take a call: only what was seen since then counts.
                since[key] = max(self._since.get(key, gone), self._watch.steady_since)
        self._since = since
        latest = now - window / 1000
        return tuple(each.call for each in rows if since.get((each.record, each.fence), math.inf) <= latest)

    def _gone_since(self, each: Living, now: float) -> float | None:
        """Since when nobody looks after a call; None if somebody does."""
        if each.owner == self._own.id:
            kept = self._kept.get(each.record)
            return None if kept is not None and kept.in_work else now
        return now if each.owner == NOBODY.id else self._watch.gone_since(each.owner)
