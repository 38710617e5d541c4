"""Flows with more states than are looked at, about which nothing is proved."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.lint.check import Check, Mistake, Subject


def _find(subject: Subject) -> Iterator[Mistake]:
    explored = subject.explored
    if explored is not None and not explored.complete:
        message = f"calls of this flow can be in more than {len(explored.states):,} states, and no more are looked at"
        yield Mistake(("start",), f"{message}, so nothing is proved of the rest; branch on fewer variables")


UNPROVED = Check("unproved", "warning", _find)
