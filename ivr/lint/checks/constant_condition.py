"""Conditions that are the same in every call: what they guard is always, or never, reached."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.nodes.branch import Branch, Case


def _find(subject: Subject) -> Iterator[Mistake]:
    explorations = subject.passing
    if not all(each.complete for each in explorations):
        return
    given = subject.given  # What another flow gives may be something else in the next one that calls.
    for id, node in subject.flow.nodes.items():
        if not isinstance(node, Branch):
            continue
        for place, case in enumerate(node.cases):
            found = {verdict for each in explorations for verdict in each.verdicts(subject.flow.id, id, place)}
            if len(found) == 1 and None not in found and given.isdisjoint(case.when.reads):
                yield Mistake(("nodes", id, "cases", place, "when"), _message(subject, case, holds=found == {True}))


def _message(subject: Subject, case: Case, *, holds: bool) -> str:
    often = "always" if holds else "never"
    what = f"{quoted(case.when.source)} is {often} true when a call comes here"
    then = "what comes after it is never taken" if holds else f"the way to {quoted(case.next)} is never taken"
    known = [quoted(name) for name in case.when.reads if name in subject.flow.variables]
    mend = f"give {' or '.join(known)} another value on some way here, or leave" if known else "leave"
    return f"{what}, so {then}; {mend} the condition out"


CONSTANT_CONDITION = Check("constant-condition", "warning", _find)
