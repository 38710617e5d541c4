"""Nodes that lead to each other without ever asking the caller anything."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.step import MAX_CHAIN
from ivr.document.finding import Severity
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.checks.trapped_caller import CALLERS, FAILURES, round_trip


def _find(subject: Subject) -> Iterator[Mistake]:
    told_of: set[object] = set()
    for explored, trap in subject.traps:
        mine = trap.causes.isdisjoint((*CALLERS, *FAILURES))
        if mine and trap.way not in told_of:
            told_of.add(trap.way)
            where = round_trip(trap.nodes, explored)
            certain = trap.causes.isdisjoint(("decided", "found"))
            what = f"{where} is a circle in which nobody is asked anything"
            then = f"whoever calls {'is' if certain else 'may be'} kept in it for ever"
            if certain and "heard" not in trap.causes:
                then = f"the engine gives up after {MAX_CHAIN} nodes"
            message = f"{what}, so {then}; lead to a menu, or to a node that ends the call or hands it on"
            call = trap.call if len(trap.call) > 1 else ()
            severity: Severity = "error" if certain else "warning"
            yield Mistake(trap.way.path, message, call, severity=severity, about=frozenset(trap.nodes))


CYCLE_WITHOUT_CALLER = Check("cycle-without-caller", "error", _find)
