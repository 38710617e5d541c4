"""Variables that are read before they have a value, on some way through the flow."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.states.walks import told


def _find(subject: Subject) -> Iterator[Mistake]:
    told_of: set[object] = set()
    for explored in subject.passing:
        for (flow, path, name), move in explored.unset.items():
            if flow == subject.flow.id and (path, name) not in told_of:
                told_of.add((path, name))
                call = told((*explored.way_to(move.source), move), explored.states)
                message = f"{quoted(name)} may be read here before it has a value, which is an error in the call"
                message += "; give it one in “variables”, or on every way to here"
                yield Mistake(path, message, call, about=frozenset({(path, name)}))


UNSET_VARIABLE = Check("unset-variable", "error", _find)
