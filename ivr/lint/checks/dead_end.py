"""Parts of a flow in which callers are asked for ever, because no way leads to an end of the call.

An end is a written one: a hangup, a transfer, a return. That the engine ends a call by an apology once attempts are
used up is none to whoever answers rightly, but it lets the silent go, so the finding is a warning. Where silence leads
round as well, it is for `trapped-caller`; parts that ask nothing are for `cycle-without-caller`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ivr.document.finding import available, quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.groups import groups
from ivr.lint.states.moves import Place
from ivr.lint.states.walks import told
from ivr.lint.ways import Way, backwards, by_source, goes_back, reached

ENDS = ("hangup", "transfer", "return")


def _find(subject: Subject) -> Iterator[Mistake]:
    flow = subject.flow
    asked = reached([flow.start], subject.ways)
    ends = [id for id, node in flow.nodes.items() if node.kind in ENDS]
    back = backwards(subject.ways)
    leaving = reached(ends, back)
    dead = [id for id in flow.nodes if id in asked and id not in leaving]
    if not dead:
        return
    onward = by_source(subject.ways)
    for group in groups(dead, {id: [way.target for way in ways] for id, ways in onward.items()}):
        inside = [way for id in group for way in onward.get(id, ())]
        here = frozenset(group)
        if any(way.target not in here for way in inside) or not any(flow.nodes[id].is_input for id in group):
            continue
        asking = [id for id in group if flow.nodes[id].is_input]
        failing = [way for way in inside if way.exit == "on_failure"]
        if len(failing) < len(asking) and not _goes_back(subject, group, back, leaving):
            yield _mistake(subject, group, asking, _back(subject, group, inside, failing))


def _goes_back(subject: Subject, group: Sequence[str], back: Iterable[Way], leaving: frozenset[str]) -> bool:
    """Whether a universal takes callers back to a menu from which they can leave."""
    if not goes_back(subject.flow):
        return False
    return any(subject.flow.nodes[id].is_input and id in leaving for id in reached(group, back))


def _mistake(subject: Subject, group: Sequence[str], asking: Sequence[str], back: Way) -> Mistake:
    many = "it leads to itself only" if len(group) == 1 else f"all ways from {available(group)} lead to each other"
    message = f"callers who come to {quoted(back.target)} can end the call only by ringing off: {many}, "
    message += "and whoever stays silent hears the apology for errors; "
    message += "lead a choice or on_failure to a hangup, transfer or return"
    return Mistake(back.path, message, _call(subject, asking))


def _call(subject: Subject, asking: Sequence[str]) -> tuple[str, ...]:
    """The shortest call that comes to where it is asked for ever; nothing if it begins there."""
    explored = subject.explored
    if explored is None:
        return ()
    there = {Place(subject.flow.id, id) for id in asking}
    ways = [explored.way_to(number) for number, state in enumerate(explored.states) if state.place in there]
    steps = min((told(way, explored.states) for way in ways), key=len, default=())
    return (*steps, "and from here on, no answer ends the call") if steps else ()


def _back(subject: Subject, group: Sequence[str], inside: Sequence[Way], failing: Sequence[Way]) -> Way:
    """The way that closes the circle: behind a failure, else to where callers come in."""
    onward = by_source(way for way in inside if not way.exit.startswith("universals"))
    if failing:
        way, seen = failing[0], {failing[0].source}
        while way.target not in seen and not subject.flow.nodes[way.target].is_input:
            seen.add(way.target)
            way = onward[way.target][0]
        return way
    here, begin = frozenset(group), subject.flow.start
    first = next((way.target for way in subject.ways if way.source not in here and way.target in here), begin)
    return next((way for way in inside if way.target == first and way.path[0] == "nodes"), inside[0])


DEAD_END = Check("dead-end", "warning", _find)
