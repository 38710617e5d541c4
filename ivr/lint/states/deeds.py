"""The way to a state on which callers and the world do as little as possible: the shortest call that shows it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivr.lint.states.explored import Move


def onward(moves: Iterable[Move]) -> Mapping[int, list[Move]]:
    """The moves by the state that they begin at."""
    found: dict[int, list[Move]] = {}
    for move in moves:
        found.setdefault(move.source, []).append(move)
    return found


def fewest_deeds(moves: Iterable[Move], begin: int = 0) -> Mapping[int, Move | None]:
    """The last move on a way to each state with as few deeds of callers and the world as possible."""
    by_source = onward(moves)
    found: dict[int, Move | None] = {}
    waiting: deque[tuple[int, Move | None]] = deque([(begin, None)])
    while waiting:
        state, last = waiting.popleft()
        if state in found:
            continue
        found[state] = last
        for move in by_source.get(state, ()):
            if move.target not in found:
                # What nobody does costs nothing, so it is looked at first.
                (waiting.append if move.told else waiting.appendleft)((move.target, move))
    return found


def way_to(state: int, last: Mapping[int, Move | None]) -> tuple[Move, ...]:
    """The moves that lead to a state."""
    found: list[Move] = []
    move = last.get(state)
    while move is not None:
        found.append(move)
        move = last[move.source]
    return tuple(reversed(found))
