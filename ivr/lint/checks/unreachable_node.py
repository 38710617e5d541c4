"""Nodes that no way leads to: often the target of a way that was mistyped, or forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.document.finding import available, quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.groups import groups
from ivr.lint.ways import by_source, entrances, reached


def _find(subject: Subject) -> Iterator[Mistake]:
    flow = subject.flow
    live = reached(_begins(subject), subject.ways)
    lost = [id for id in flow.nodes if id not in live]
    if not lost:
        return
    onward = {id: [way.target for way in ways] for id, ways in by_source(subject.ways).items()}
    untold, order = set(lost), {id: place for place, id in enumerate(lost)}
    # Backwards, groups that lead to others come first.
    for group in reversed(groups(lost, onward)):
        if group[0] in untold:
            behind = [group[0]]
            untold.remove(group[0])
            for id in behind:
                further = [other for other in dict.fromkeys(onward.get(id, ())) if other in untold]
                untold.difference_update(further)
                behind.extend(further)
            others = sorted(behind[1:], key=order.__getitem__)
            yield Mistake(("nodes", group[0]), _message(group[0], others), at_key=True)


def _begins(subject: Subject) -> Iterator[str]:
    """Where control may begin, and come to whatever else happens.

    Something may always err, so the flow's `on_error` counts even where no node looks like it.
    """
    yield from entrances(subject.flow)
    if subject.flow.on_error is not None:
        yield subject.flow.on_error
    if subject.flow.on_failure is not None and any(node.is_input for node in subject.flow.nodes.values()):
        yield subject.flow.on_failure


def _message(first: str, others: list[str]) -> str:
    too = f", nor on to {available(others)}" if others else ""
    return f"no call comes to the node {quoted(first)}{too}: lead a way to it, or delete it"


UNREACHABLE_NODE = Check("unreachable-node", "warning", _find)
