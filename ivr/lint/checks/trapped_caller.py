"""Callers who can't get out: whoever is silent, always wrong, or whose lookups always fail must come to an end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.states.explored import Explored
from ivr.lint.states.moves import Move, Place
from ivr.lint.states.traps import Trap
from ivr.lint.states.walks import PASSIVE, circles, longest, taken, told

MOST_TURNS = 40
"""Silences, wrong keys and failing lookups until the call must be over."""
MOST_MS = 900_000
CALLERS = ("silence", "wrong")
FAILURES = ("failed", "not_handed_over")


def _find(subject: Subject) -> Iterator[Mistake]:
    told_of: set[object] = set()
    for explored, trap in subject.traps:
        mine = not trap.causes.isdisjoint((*CALLERS, *FAILURES))
        if mine and trap.way not in told_of:
            told_of.add(trap.way)
            yield Mistake(trap.way.path, _message(trap, explored), trap.call)
    if subject.explored is not None:
        yield from _too_long(subject.explored)


def _message(trap: Trap, explored: Explored) -> str:
    if not trap.causes.isdisjoint(CALLERS):
        who = "who says nothing, or what is not offered,"
    else:
        who = "whose lookup fails" if "failed" in trap.causes else "whose transfer fails"
    may = "is" if trap.certain else "may be"
    end = "until the engine ends the call with an apology" if trap.broken else "for ever"
    where = f"{may} led in a circle, {round_trip(trap.nodes, explored)}, {end}"
    return f"a caller {who} {where}; lead to a node that ends the call or hands it on"


def round_trip(nodes: Sequence[Place], explored: Explored) -> str:
    """The nodes of a circle, the first one again at its end."""
    names = [quoted(place.node if place.flow == explored.flow.id else f"{place.flow}/{place.node}") for place in nodes]
    return " → ".join(dict.fromkeys(names)) + f" → {names[0]}"


def _too_long(explored: Explored) -> Iterator[Mistake]:
    """The worst that a caller may go through who takes nothing that is offered."""
    # Who waits while lookups answer, as in a queue, is being served.
    moves = taken(explored, [cause for cause in PASSIVE if cause != "found"])
    circling = {state for group in circles(moves) for state in group}
    for weight, most, unit in ((_turn, MOST_TURNS, "turns"), (_lasting, MOST_MS, "seconds")):
        worst = longest(moves, circling, weight)
        total = sum(map(weight, worst))
        if total > most:
            scale = 1_000 if unit == "seconds" else 1
            message = (
                f"a caller who never takes what is offered comes to an end only after {total // scale} {unit}; "
                f"at most {most // scale} are expected"
            )
            yield Mistake(("start",), message, told(worst, explored.states), severity="warning")
            return


def _turn(move: Move) -> int:
    """Not what only tells how things stand: that a lookup answers, or the office is closed."""
    return int(move.cause in (*CALLERS, "failed"))


def _lasting(move: Move) -> int:
    return move.elapsed + move.heard


TRAPPED_CALLER = Check("trapped-caller", "error", _find)
