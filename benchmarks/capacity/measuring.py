"""One measurement: so many calls on one server for some seconds."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.capacity.load import COMING
from benchmarks.capacity.processes import Running, running

PATIENCE_S = 90.0
"""Carriers who take longer than this beyond their time are at their end."""
MEDIA_PER_S = 50


@dataclass(frozen=True, slots=True)
class Sample:
    """What one measurement gave."""

    server: str
    calls: int
    cost_ms: float
    """Processor time of the server for one second of one call."""
    beginning_ms: float
    """The same for each call that came before the measurement, beyond what its seconds cost."""
    latencies: Sequence[float]
    """Milliseconds from each key to `clearAudio`, in order of size."""
    errors: Mapping[str, int]
    """What went wrong, and how often."""
    heard: float
    """Messages with audio that came in a second of a call."""
    heard_bytes: float
    """Their length."""
    own_cores: float
    """What the carriers took."""
    own_late_ms: float
    """How late the carriers sent, but for one message of a hundred."""
    pace: float
    """Media messages that were sent, of those that should have been."""
    memory: int
    """Bytes that the server holds at the end of it."""


async def measure(
    server: str,
    process: Running,
    address: str,
    loads: Iterable[int],
    seconds: float,
    log: Path,
    tell: Callable[[Sample], None],
) -> None:
    """Let callers come, settle and be measured, and then more of them; at the end all leave.

    Each measurement is told as soon as it is made.

    Raises:
        ChildProcessError: the carriers can't go on.
        TimeoutError: the same.
    """
    async with running((sys.executable, "-m", "benchmarks.capacity.load", address), log) as carriers:
        there = 0
        for calls in loads:
            busy, began = process.seconds(), time.monotonic()
            carriers.say(f"{calls} {seconds}")
            await carriers.line(PATIENCE_S)
            coming, busy = process.seconds() - busy, process.seconds()
            come, began = time.monotonic() - began, time.monotonic()
            await carriers.line(seconds + PATIENCE_S)
            cost = (process.seconds() - busy) / (time.monotonic() - began) / calls
            report = json.loads(await carriers.line(PATIENCE_S))
            # They come evenly, at COMING a second, and are all there for the rest of the time.
            call_seconds = calls * come - (calls - there) ** 2 / COMING / 2
            sample = Sample(
                server=server,
                calls=calls,
                cost_ms=cost * 1000,
                beginning_ms=(coming - cost * call_seconds) / max(1, calls - there) * 1000,
                latencies=sorted(report["latencies"]),
                errors=_errors(report),
                heard=report["heard"] / report["seconds"] / calls,
                heard_bytes=report["heard_bytes"] / max(1, report["heard"]),
                own_cores=report["cores"],
                own_late_ms=report["late_ms"],
                pace=report["sent"] / report["seconds"] / calls / MEDIA_PER_S,
                memory=process.memory(),
            )
            there = calls
            tell(sample)


def _errors(report: Mapping[str, Any]) -> dict[str, int]:
    counted = {"a key was not answered": report["unanswered"], "a call was lost": report["lost"]}
    return {what: count for what, count in {**Counter(report["errors"]), **counted}.items() if count}
