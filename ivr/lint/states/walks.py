"""Ways through what was explored: the quickest to a state, the longest, and circles."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import count, groupby

from ivr.lint.groups import groups
from ivr.lint.states.explored import Explored, State
from ivr.lint.states.moves import Cause, Move, fewest_deeds, onward, way_to

PASSIVE: tuple[Cause, ...] = ("begin", "heard", "decided", "silence", "wrong", "found", "failed")
"""What happens to a caller who takes nothing that is offered, whatever the world does."""
RIGHT: tuple[Cause, ...] = ("begin", "heard", "decided", "choice", "universal", "answer", "found")
"""What happens to a caller who answers rightly, while lookups succeed."""
WRITTEN_OUT = ("", "", "twice", "three times", "four times", "five times", "six times", "seven times", "eight times")

LONGEST_ROUND, FOLDED_FROM = 6, 3
"""Steps of a round, and how often it must come, to be told once."""

Cost = tuple[int, int, int]
"""Milliseconds, menus and collects entered, and keys pressed: compared in this order."""


def taken(explored: Explored, causes: Collection[Cause]) -> tuple[Move, ...]:
    """The moves of some causes, while the caller is there."""
    return tuple(move for move in explored.moves if move.cause in causes and not explored.states[move.source].ended)


def cost(move: Move) -> Cost:
    """What a move takes."""
    return move.elapsed + move.heard, int(move.asks), move.presses


def quickest(moves: Iterable[Move]) -> Mapping[int, tuple[Cost, Move | None]]:
    """How soon each state is reached from the first one, and the last move on the way (Dijkstra)."""
    by_source = onward(moves)
    found: dict[int, tuple[Cost, Move | None]] = {}
    waiting: list[tuple[Cost, int, int, Move | None]] = [((0, 0, 0), 0, 0, None)]
    number = 0
    while waiting:
        spent, _, state, last = heapq.heappop(waiting)
        if state in found:
            continue
        found[state] = spent, last
        for move in by_source.get(state, ()):
            if move.target not in found:
                number += 1
                further = cost(move)
                total = (spent[0] + further[0], spent[1] + further[1], spent[2] + further[2])
                heapq.heappush(waiting, (total, number, move.target, move))
    return found


def circles(moves: Sequence[Move]) -> list[frozenset[int]]:
    """Groups of states that lead to each other, a state that leads to itself included, in the order of states."""
    targets: dict[int, list[int]] = {}
    for move in moves:
        targets.setdefault(move.source, []).append(move.target)
    found = groups(sorted(targets), targets)
    return sorted((frozenset(each) for each in found if len(each) > 1 or each[0] in targets[each[0]]), key=min)


def circle_from(state: int, moves: Iterable[Move], group: Collection[int]) -> tuple[Move, ...]:
    """A circle within a group of states with as few deeds as possible, from a state back to it."""
    inside = [move for move in moves if move.source in group and move.target in group]
    last = dict(fewest_deeds(inside, state))
    closing = [move for move in inside if move.target == state and move.source in last]
    ways = [(*way_to(move.source, last), move) for move in closing]
    return min(ways, key=lambda way: (sum(bool(move.told) for move in way), len(way)))


def longest(moves: Sequence[Move], without: Collection[int], weight: Callable[[Move], int]) -> tuple[Move, ...]:
    """The way of the greatest weight that meets no state of `without`; the moves left have no circle."""
    by_source = onward(move for move in moves if move.source not in without and move.target not in without)
    best: dict[int, tuple[int, Move | None]] = {}
    for root in sorted(by_source):
        work = [root]
        while work:
            state = work[-1]
            ahead = [move for move in by_source.get(state, ()) if move.target not in best]
            if state not in best and ahead:
                work.extend(move.target for move in ahead)
                continue
            work.pop()
            if state not in best:
                ways = ((weight(move) + best[move.target][0], move) for move in by_source.get(state, ()))
                best[state] = max(ways, key=lambda way: way[0], default=(0, None))
    begin = max(best, key=lambda state: best[state][0], default=None)
    found: list[Move] = []
    while begin is not None and (move := best.get(begin, (0, None))[1]) is not None:
        found.append(move)
        begin = move.target
    return tuple(found)


def told(moves: Iterable[Move], states: Sequence[State]) -> tuple[str, ...]:
    """A way as steps that people can follow: `say nothing three times at “ask_account”`."""
    deeds = [(move.told, states[move.source].place) for move in moves if move.told]
    first = states[0].place.flow
    steps: list[str] = []
    for (deed, place), group in groupby(deeds):
        node = place.node if place.flow == first else f"{place.flow}/{place.node}"
        times = sum(1 for _ in group)
        often = "" if times == 1 else " " + (WRITTEN_OUT[times] if times < len(WRITTEN_OUT) else f"{times} times")
        steps.append(f"{deed}{often} at “{node}”")
    return tuple(_folded(steps))


def _folded(steps: Sequence[str]) -> Iterator[str]:
    """The steps, with rounds of several that come again and again told once."""
    place = 0
    while place < len(steps):
        rounds = {length: _rounds(steps, place, length) for length in range(2, LONGEST_ROUND + 1)}
        length = max(rounds, key=lambda each: (rounds[each] >= FOLDED_FROM, each * rounds[each], -each))
        if rounds[length] < FOLDED_FROM:
            yield steps[place]
            place += 1
        else:
            yield from steps[place : place + length]
            yield f"and the same {rounds[length] - 1} times more"
            place += length * rounds[length]


def _rounds(steps: Sequence[str], place: int, length: int) -> int:
    """How often the steps from a place on come one after the other."""
    first = steps[place : place + length]
    return next(times for times in count(1) if steps[place + times * length :][:length] != first)
