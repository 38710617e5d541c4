"""Flows that call each other in a circle, so that none of them ever returns but for luck."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.states.moves import Place
from ivr.lint.ways import backwards, entrances, reached
from ivr.nodes.subflow import MAX_DEPTH, Subflow


def _find(subject: Subject) -> Iterator[Mistake]:
    live = reached(entrances(subject.flow), subject.ways)
    back = backwards(subject.ways)
    for id, node in subject.flow.nodes.items():
        if isinstance(node, Subflow) and id in live:
            circle = _way_back(subject, node.flow)
            if circle is not None:
                about = frozenset(Place(subject.flow.id, each) for each in reached([id], back) & live)
                yield Mistake(("nodes", id, "flow"), _message(subject.flow.id, circle), about=about)


def _way_back(subject: Subject, called: str) -> tuple[str, ...] | None:
    """The flows of the shortest way from one that is called to this one, both included; None if there is none."""
    came: dict[str, str | None] = {called: None}
    waiting = [called]
    for flow in waiting:
        if flow == subject.flow.id:
            back = [flow]
            while (before := came[back[-1]]) is not None:
                back.append(before)
            return tuple(reversed(back))
        for other in _calls(subject, flow):
            if other not in came:
                came[other] = flow
                waiting.append(other)
    return None


def _calls(subject: Subject, flow: str) -> Iterator[str]:
    reading = subject.loaded.readings.get(flow)
    yield from (each.name for each in (reading.references if reading else ()) if each.kind == "flow")


def _message(own: str, circle: tuple[str, ...]) -> str:
    what = f"the flow {quoted(own)} calls itself"
    if len(circle) > 1:
        what += " through " + " and ".join(map(quoted, circle[:-1]))
    return f"{what}, and the engine gives up after {MAX_DEPTH} calls inside each other: end it by a return instead"


SUBFLOW_RECURSION = Check("subflow-recursion", "error", _find)
