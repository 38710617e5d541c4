"""Branches that decide nothing, because all their cases lead where `otherwise` leads."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.nodes.branch import Branch


def _find(subject: Subject) -> Iterator[Mistake]:
    for id, node in subject.flow.nodes.items():
        if isinstance(node, Branch) and all(case.next == node.otherwise for case in node.cases):
            first = quoted(node.cases[0].when.source)
            whatever = f"{first} holds" if len(node.cases) == 1 else "its cases hold"
            message = f"{quoted(id)} leads to {quoted(node.otherwise)} whether {whatever} or not"
            yield Mistake(("nodes", id, "otherwise"), f"{message}; lead one of the two elsewhere, or leave it out")


IDLE_BRANCH = Check("idle-branch", "warning", _find)
