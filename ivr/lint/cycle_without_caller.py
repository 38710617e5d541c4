"""Nodes that lead to each other without ever asking the caller anything."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.trapped_caller import CALLERS, round_trip


def _find(subject: Subject) -> Iterator[Mistake]:
    told_of: set[object] = set()
    for explored, trap in subject.traps:
        mine = trap.causes.isdisjoint((*CALLERS, "failed"))
        if mine and trap.way not in told_of:
            told_of.add(trap.way)
            where = round_trip(trap.nodes, explored)
            certain = trap.causes.isdisjoint(("decided", "found"))
            what = f"{where} is a circle in which nobody is asked anything"
            message = what if certain else f"{what}: whoever calls may wait in it for ever"
            yield Mistake(trap.way.path, message, trap.call, severity=None if certain else "warning")


CYCLE_WITHOUT_CALLER = Check("cycle-without-caller", "error", _find)
