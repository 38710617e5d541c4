"""`ivr` with a sampler inside, which notes what the thread of the event loop is at, each time it had some CPU.

`python -m benchmarks.sampled FILE serve …` is `ivr serve …`. SIGUSR1 begins, SIGUSR2 ends and writes the file: lines of
seconds and a stack, the innermost frame first. Sampled is processor time (ITIMER_PROF), so that waiting does not count.
"""

from __future__ import annotations

import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType

from ivr.cli import main

EVERY_S = 0.002
DEPTH = 30
"""Frames further out tell nothing more."""


class Sampler:
    """Counts stacks, each with the CPU time that the thread had since the last one."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stacks: defaultdict[tuple[CodeType, ...], float] = defaultdict(float)
        self._seen = 0.0

    def begin(self, *_: object) -> None:
        self._seen = time.thread_time()
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)

    def note(self, _: int, frame: FrameType | None) -> None:
        # The timer counts all threads. What this one had since the last time is what it is asked for.
        now = time.thread_time()
        self._stacks[tuple(_codes(frame))] += now - self._seen
        self._seen = now

    def end(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        rows = (f"{spent}\t{';'.join(map(_named, stack))}\n" for stack, spent in self._stacks.items())
        self._file.with_suffix(".new").write_text("".join(rows))
        self._file.with_suffix(".new").rename(self._file)


def _codes(frame: FrameType | None) -> Iterator[CodeType]:
    depth = 0
    while frame is not None and depth < DEPTH:
        yield frame.f_code
        frame, depth = frame.f_back, depth + 1


def _named(code: CodeType) -> str:
    return f"{code.co_qualname} {code.co_filename}"


if __name__ == "__main__":
    sampler = Sampler(Path(sys.argv[1]))
    signal.signal(signal.SIGPROF, sampler.note)
    signal.signal(signal.SIGUSR1, sampler.begin)
    signal.signal(signal.SIGUSR2, sampler.end)
    sys.argv = ["ivr", *sys.argv[2:]]
    main()
