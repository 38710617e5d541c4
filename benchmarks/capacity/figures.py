"""What all measurements of a run come to: medians, spreads and ratios."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from benchmarks.capacity.measuring import Sample


@dataclass(frozen=True, slots=True)
class Figures:
    """One server with so many calls, over all rounds."""

    server: str
    calls: int
    costs_ms: Sequence[float]
    """By round: processor time of the server for one second of one call."""
    beginning_ms: float
    """Median of the rounds: processor time for the beginning of a call."""
    p50_ms: float
    """From a key to `clearAudio`, of all keys of all rounds."""
    p99_ms: float
    keys: int
    errors: Mapping[str, int]
    heard: float
    """Messages with audio in a second of a call."""
    heard_bytes: float
    """Of such a message."""
    carriers: float
    """Cores that the carriers took."""

    @property
    def cost_ms(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.costs_ms)

    def times(self, other: Figures) -> float:
        """Tell how many times as much a call costs as by another server.

        It is the median of the ratios of each round: a machine may be slower for some minutes, but for both.
        """
        return statistics.median(mine / its for mine, its in zip(self.costs_ms, other.costs_ms, strict=True))


def summed(samples: Sequence[Sample]) -> dict[tuple[str, int], Figures]:
    """Sum measurements up, by server and number of calls, in the order in which these were measured first."""
    order = {key: place for place, key in reversed(list(enumerate(map(_key, samples))))}
    grouped = groupby(sorted(samples, key=lambda sample: order[_key(sample)]), _key)
    return {key: _figures(list(group)) for key, group in grouped}


def memory_kb(samples: Sequence[Sample], server: str) -> float | None:
    """Tell by how much one more call lets a server grow, median of the rounds; None where this was not measured.

    It is the slope between the fewest and the most calls of the same process: what is there without calls does not
    count.
    """
    mine = [sample for sample in samples if sample.server == server]
    loads = {sample.calls for sample in mine}
    if len(loads) < 2:
        return None
    few, many = ([sample.memory for sample in mine if sample.calls == calls] for calls in (min(loads), max(loads)))
    slopes = [(most - least) / (max(loads) - min(loads)) / 1000 for least, most in zip(few, many, strict=True)]
    return statistics.median(slopes)


def _key(sample: Sample) -> tuple[str, int]:
    return sample.server, sample.calls


def _figures(group: Sequence[Sample]) -> Figures:
    latencies = sorted(latency for sample in group for latency in sample.latencies) or [float("nan")]
    errors: Counter[str] = Counter()
    for sample in group:
        errors.update(sample.errors)
    return Figures(
        server=group[0].server,
        calls=group[0].calls,
        costs_ms=[sample.cost_ms for sample in group],
        beginning_ms=statistics.median(sample.beginning_ms for sample in group),
        p50_ms=of_hundred(latencies, 50),
        p99_ms=of_hundred(latencies, 99),
        keys=sum(len(sample.latencies) for sample in group),
        errors=errors,
        heard=statistics.median(sample.heard for sample in group),
        heard_bytes=statistics.median(sample.heard_bytes for sample in group),
        carriers=statistics.median(sample.own_cores for sample in group),
    )


def of_hundred(ordered: Sequence[float], share: int) -> float:
    """Tell what so many of a hundred are below."""
    return ordered[min(len(ordered) - 1, share * len(ordered) // 100)]
