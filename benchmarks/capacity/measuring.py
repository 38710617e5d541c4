"""One measurement: so many calls on one server for some seconds."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.capacity.processes import Running, running

PATIENCE_S = 60.0
"""Carriers who take longer than this beyond their time are at their end."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one measurement gave."""

    server: str
    calls: int
    cost_ms: float
    """Processor time of the server for one second of one call."""
    p50_ms: float
    """From a key to `clearAudio`."""
    p99_ms: float
    slowest_ms: float
    keys: int
    errors: Mapping[str, int]
    """Calls that were lost, by what was said."""
    own_cores: float
    """What the carriers took."""
    own_late_ms: float
    """How late the carriers sent, but for one message of a hundred."""
    pace: float
    """Media messages that were sent, of those that should have been."""
    memory: int
    """Bytes of the server at the end of it (PSS)."""


async def measure(server: str, process: Running, address: str, calls: int, seconds: float, log: Path) -> Sample:
    """Let callers come, settle and be measured, and then leave.

    Raises:
        ChildProcessError: the carriers can't go on.
    """
    what = ("--calls", str(calls), "--seconds", str(seconds))
    async with running((sys.executable, "-m", "benchmarks.capacity.load", address, *what), log) as carriers:
        await carriers.line(PATIENCE_S)
        busy, began = process.seconds(), time.monotonic()
        report = json.loads(await carriers.line(seconds + PATIENCE_S))
        lasted = time.monotonic() - began
        busy = process.seconds() - busy
        memory = process.memory()
    slow = sorted(report["latencies"]) or [0.0]
    return Sample(
        server,
        calls,
        busy * 1000 / lasted / calls,
        _of_hundred(slow, 50),
        _of_hundred(slow, 99),
        slow[-1],
        len(report["latencies"]),
        Counter(report["errors"]),
        report["cores"],
        report["late_ms"],
        report["sent"] / (calls * lasted * 50),
        memory,
    )


def _of_hundred(ordered: Sequence[float], share: int) -> float:
    return ordered[min(len(ordered) - 1, share * len(ordered) // 100)]
