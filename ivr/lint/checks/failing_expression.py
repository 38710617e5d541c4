"""Expressions that can't be evaluated in any call, with the values that the flow itself gives them."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.states.walks import told


def _find(subject: Subject) -> Iterator[Mistake]:
    told_of: set[object] = set()
    for explored in subject.passing:
        for (flow, path), (why, move) in explored.failing.items():
            if flow == subject.flow.id and path and path not in told_of:
                told_of.add(path)
                call = told((*explored.way_to(move.source), move), explored.states)
                message = f"this is an error in every call that comes here: {why}"
                yield Mistake(path, f"{message}; look at what the variables in it hold", call)


FAILING_EXPRESSION = Check("failing-expression", "error", _find)
