"""How long callers take: to each goal, and to each node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ivr.lint.states.explored import Explored
from ivr.lint.states.moves import Move, way_to
from ivr.lint.states.walks import RIGHT, Cost, cost, quickest, taken, told


@dataclass(frozen=True, slots=True)
class GoalTime:
    """The ways to a goal, from the answer."""

    shortest_ms: int
    """Of a caller who hears each prompt to its end and answers at once and rightly, while lookups take no time.

    Where no such caller gets there, of whoever does.
    """
    worst_ms: int
    """Of a caller who is silent or wrong as long as it goes, but never goes back to a node met earlier."""
    presses: int
    """Keys that are pressed on the shortest way."""
    menus: int
    """Menus and collects that are entered on it."""
    call: tuple[str, ...]


def goal_times(explored: Explored) -> Mapping[str, GoalTime]:
    """The goals that can be reached, with the ways to them."""
    right = _firsts(taken(explored, RIGHT), explored)
    anyway = _firsts(_there(explored), explored)
    slowest = _slowest(explored)
    found: dict[str, GoalTime] = {}
    for goal in explored.flow.goals:
        way = right.get(goal) or anyway.get(goal)
        if way is not None:
            spent, moves = way
            ends = (slowest[move.source] + move.elapsed for move in _there(explored) if goal in move.goals)
            worst = max(ends, default=spent[0])
            found[goal] = GoalTime(spent[0], max(worst, spent[0]), spent[2], spent[1], told(moves, explored.states))
    return found


def _there(explored: Explored) -> Iterator[Move]:
    """The moves while the caller is there."""
    return (move for move in explored.moves if not explored.states[move.source].ended and move.cause != "hangup")


def _firsts(moves: Iterable[Move], explored: Explored) -> Mapping[str, tuple[Cost, tuple[Move, ...]]]:
    """The quickest way to each goal."""
    listed = tuple(moves)
    reached = quickest(listed)
    last = {state: move for state, (_, move) in reached.items()}
    found: dict[str, tuple[Cost, tuple[Move, ...]]] = {}
    for move in listed:
        if move.goals and move.source in reached:
            spent = reached[move.source][0]
            further = cost(move)
            entered = int(move.asks and explored.states[move.target].place.node in _nodes(explored, move.goals))
            # A menu that is the goal itself need not be answered, but is entered; what comes after the goal is not.
            menus = spent[1] + (further[1] if entered else 0)
            total = (spent[0] + move.elapsed, menus, spent[2] + further[2])
            for goal in move.goals:
                if goal not in found or total < found[goal][0]:
                    found[goal] = total, (*way_to(move.source, last), move)
    return found


def _nodes(explored: Explored, goals: Iterable[str]) -> frozenset[str]:
    return frozenset(node for goal in goals for node in explored.flow.goals.get(goal, ()))


def _slowest(explored: Explored) -> Mapping[int, int]:
    """The latest arrival at each state of whoever never goes back to a node that a call meets earlier."""
    order = [(explored.first_met[state.place], number) for number, state in enumerate(explored.states)]
    latest = dict.fromkeys(range(len(order)), 0)
    for move in sorted(_there(explored), key=lambda move: order[move.source]):
        if order[move.target] > order[move.source]:
            latest[move.target] = max(latest[move.target], latest[move.source] + move.elapsed + move.heard)
    return latest


def arrivals(explored: Explored) -> Mapping[str, tuple[int, int]]:
    """The milliseconds from the answer to each node of the first flow: of the shortest way, and of the worst."""
    there = tuple(_there(explored))
    right, anyway = quickest(taken(explored, RIGHT)), quickest(there)
    slowest = _slowest(explored)
    found: dict[str, tuple[int, int]] = {explored.flow.start: (0, 0)}
    for move in sorted(there, key=lambda move: move.cause not in RIGHT):
        spent = (right.get(move.source) or anyway[move.source])[0][0] + move.elapsed
        latest = max(spent, slowest[move.source] + move.elapsed)
        for passage in move.passages:
            if passage.place.flow == explored.flow.id and passage.target:
                before = found.get(passage.target, (spent, 0))
                found[passage.target] = min(before[0], spent), max(before[1], latest)
    return found
