"""Moves from state to state of a call, and the way to a state on which callers and the world do least."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ivr.core.stimulus import Cause as Stimulating

Cause = Stimulating | Literal["begin", "heard", "decided", "hangup"]
"""Besides what callers and the world do: the call begins, a prompt is heard, a condition is taken, the caller goes."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A node of one of the flows."""

    flow: str
    node: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A node that was left by one of its exits."""

    place: Place
    exit: str
    target: str
    """The node of the same flow that it leads to; where `back` leads, it is empty."""


@dataclass(frozen=True, slots=True)
class Move:
    """From one state to another."""

    source: int
    target: int
    cause: Cause
    told: str
    """What the caller or the world does, in words; empty where nothing is done."""
    elapsed: int
    """Milliseconds that pass before it happens."""
    presses: int
    """Keys that the caller presses."""
    heard: int
    """Milliseconds for which the caller listens to prompts after it."""
    passages: tuple[Passage, ...]
    """The exits that it takes, in order; flows begin and return without one."""
    goals: tuple[str, ...]
    """The goals that it reaches."""
    asks: bool
    """Whether it enters a menu or a collect."""
    loops: bool
    """Whether so many nodes in a row did nothing that it was an error."""


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
