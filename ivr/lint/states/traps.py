"""Circles in which a call can be kept up without anything that its caller chose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ivr.lint.states.counting import ended_by_counting
from ivr.lint.states.explored import Explored
from ivr.lint.states.moves import Cause, Move, Passage, Place
from ivr.lint.states.walks import PASSIVE, circle_from, circles, taken, told
from ivr.lint.ways import Way

ALONE: tuple[Cause, ...] = ("begin", "heard", "decided")
LEVELS: tuple[tuple[Cause, ...], ...] = (
    ALONE,
    (*ALONE, "silence", "wrong"),
    (*ALONE, "failed"),
    (*ALONE, "failed", "not_handed_over"),
    (*ALONE, "silence", "wrong", "failed"),
    PASSIVE,
)
"""What may keep a circle up, the least first; what is found with less is not looked for with more."""
FORCED = ("on_failure", "on_error", "on_status")
"""Exits that nobody chooses: where one of them leads back, it is the one to mend."""

Ways = Mapping[str, Mapping[tuple[str, str], Way]]
"""By flow, then by node and exit."""


@dataclass(frozen=True, slots=True)
class Trap:
    """A circle, and how a call comes into it."""

    way: Way
    """The exit whose edit mends it."""
    flow: str
    """The flow of that exit."""
    nodes: tuple[Place, ...]
    """The nodes on the circle, in order."""
    causes: frozenset[Cause]
    """What keeps it up."""
    certain: bool
    """Whether it hangs on nothing that the world decides, nor on values of which there are too many."""
    broken: bool
    """Whether an apology ends a real call the second time, because failures lead into it."""
    call: tuple[str, ...]


def traps(explored: Explored, ways: Ways) -> Iterator[Trap]:
    """Every circle without a choice of the caller, each told once."""
    seen: set[int] = set()
    for causes in LEVELS:
        for group, circle in endless(taken(explored, causes), explored):
            if seen.isdisjoint(group):
                yield from (trap for trap in _trap(explored, circle, ways) if not _second_try(trap))
                seen.update(group)
    yield from _rushing(explored, ways)


def _second_try(trap: Trap) -> bool:
    """Whether a transfer that fails is only what the whole flow's `on_error` tries once more, before the apology."""
    return "not_handed_over" in trap.causes and trap.way.path[0] != "nodes"


def endless(moves: tuple[Move, ...], explored: Explored) -> list[tuple[frozenset[int], tuple[Move, ...]]]:
    """The groups of states in which a call may go round for ever, each with a circle; one that counts has an end."""
    while True:
        found = [(group, circle_from(min(group), moves, group)) for group in circles(moves)]
        each = ([passage for move in circle for passage in move.passages] for _, circle in found)
        ended = frozenset(passage for passages in each for passage in ended_by_counting(passages, explored.flow))
        if not ended:
            return found
        moves = tuple(move for move in moves if ended.isdisjoint(move.passages))


def _trap(explored: Explored, circle: tuple[Move, ...], ways: Ways) -> Iterator[Trap]:
    passages = [passage for move in circle for passage in move.passages]
    causes = frozenset(move.cause for move in circle)
    yield from _blamed(explored, passages, (*explored.way_to(circle[0].source), *circle), causes, ways)


def _rushing(explored: Explored, ways: Ways) -> Iterator[Trap]:
    """Circles that one step runs through until it is an error, because nobody is asked or told anything in them."""
    told_of: set[frozenset[Passage]] = set()
    for move in explored.moves:
        if move.loops:
            again = [place for place, passage in enumerate(move.passages) if passage in move.passages[:place]]
            first = move.passages.index(move.passages[again[0]]) if again else 0
            circle = list(move.passages[first : again[0]]) if again else []
            if circle and frozenset(circle) not in told_of:
                told_of.add(frozenset(circle))
                way = (*explored.way_to(move.source), move)
                yield from _blamed(explored, circle, way, frozenset({"begin"}), ways)


def _blamed(
    explored: Explored,
    passages: list[Passage],
    call: tuple[Move, ...],
    causes: frozenset[Cause],
    ways: Ways,
) -> Iterator[Trap]:
    """The circle as a trap, at the exit that leads back: the one to where a call comes first."""
    led = [(passage, ways.get(passage.place.flow, {}).get((passage.place.node, passage.exit))) for passage in passages]
    known = [(passage, way) for passage, way in led if way is not None]
    forced = [each for each in known if each[0].exit.split(".")[0] in FORCED]
    if not known:
        return
    met, never = explored.first_met, len(explored.states)
    passage, way = min(forced or known, key=lambda each: met.get(Place(each[0].place.flow, each[1].target), never))
    turned = passages.index(passage) + 1
    order = [each.place for each in (*passages[turned:], *passages[:turned])]
    certain = all(move.cause != "decided" for move in call) and explored.blurred.isdisjoint(order)
    broken = any(each.exit in ("on_failure", "on_error") for each in passages)
    back = f"and so on: this leads back to “{way.target}”"
    yield Trap(way, passage.place.flow, tuple(order), causes, certain, broken, (*told(call, explored.states), back))
