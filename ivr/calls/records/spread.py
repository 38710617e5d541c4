"""How long things took, in buckets: what is counted so can be added up, and still tells what most took at most."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

GOAL_MS = (10_000, 20_000, 30_000, 45_000, 60_000, 90_000, 120_000, 180_000, 300_000, 600_000)
"""The upper ends of the buckets for times to a goal; what takes longer is in a last one."""
LOOKUP_MS = (50, 100, 200, 300, 500, 750, 1_000, 2_000, 3_000, 5_000, 10_000, 20_000, 30_000)
"""The same for lookups."""
LONGER = "longer"
"""The name of the last bucket; others have their upper ends."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a quantile is known to be: at most this, or longer than that."""

    milliseconds: int
    longer: bool = False
    """More than that: it is in the last bucket, which has no upper end."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How many times are in each bucket."""

    limits: tuple[int, ...]
    """The upper ends of the buckets, in milliseconds; each bucket holds what is more than the one before."""
    counts: tuple[int, ...]
    """One more than there are limits: the last one counts what is longer than all of them."""

    def quantile(self, share: float) -> Bound | None:
        """The end of the first bucket up to which there is at least this share (0 to 1) of all; None of none."""
        total = sum(self.counts)
        if not total:
            return None
        so_far = 0
        for limit, count in zip(self.limits, self.counts, strict=False):
            so_far += count
            if so_far >= share * total:
                return Bound(limit)
        return Bound(self.limits[-1], longer=True)


def bucket(milliseconds: int, limits: Sequence[int]) -> str:
    """The name of the bucket of a time."""
    place = bisect_left(limits, milliseconds)
    return str(limits[place]) if place < len(limits) else LONGER


def spread(limits: tuple[int, ...], counts: Mapping[str, int]) -> Spread:
    """Counts by the names of their buckets, as a spread."""
    return Spread(limits, tuple(counts.get(name, 0) for name in (*map(str, limits), LONGER)))


def share(part: float, whole: int) -> float | None:
    """A part of the whole, or a mean; None where there is no whole."""
    return part / whole if whole else None
