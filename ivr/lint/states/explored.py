"""What the explorer finds: the states of a call, and how they lead to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ivr.core.flow import Flow
from ivr.core.session import Session
from ivr.document.source import Path
from ivr.lint.states.moves import Move, Place, fewest_deeds, way_to
from ivr.lint.states.unknown import Case


@dataclass(frozen=True, slots=True)
class State:
    """One state of a call; its session stands for all sessions that are alike."""

    place: Place
    session: Session = field(repr=False)
    at: int
    """The time of the session, in milliseconds since its call began."""
    audio: int
    """Milliseconds of what is playing."""
    ended: bool
    """Whether the caller has gone, or hears the last words."""


@dataclass(frozen=True, eq=False)
class Explored:
    """All that may become of the calls of one flow."""

    flow: Flow
    states: tuple[State, ...] = field(repr=False)
    """The first one is before the answer."""
    moves: tuple[Move, ...] = field(repr=False)
    complete: bool
    """Whether every state was looked at; otherwise there are too many."""
    blurred: frozenset[Place]
    """Where variables have so many values that they count as unknown."""
    decided: Mapping[Case, frozenset[bool | None]] = field(repr=False)
    """What each condition was found to be; None where it hangs on the world."""
    unset: Mapping[tuple[str, Path, str], Move] = field(repr=False)
    """Variables read without a value (flow, place of the expression, name), each with the first such move."""
    failing: Mapping[tuple[str, Path], tuple[str, Move]] = field(repr=False)
    """Expressions that can't be evaluated in any call (flow, place): why, and the first such move."""

    def verdicts(self, flow: str, node: str, case: int) -> frozenset[bool | None]:
        """What one condition was found to be, in all states that come to it."""
        return self.decided.get(Case(flow, node, case), frozenset())

    def way_to(self, state: int) -> tuple[Move, ...]:
        """The moves that lead from the beginning to a state, with as few deeds as possible."""
        return way_to(state, self._last)

    @cached_property
    def _last(self) -> Mapping[int, Move | None]:
        return fewest_deeds(self.moves)

    @cached_property
    def first_met(self) -> Mapping[Place, int]:
        """The first state at each place where calls wait."""
        found: dict[Place, int] = {}
        for number, state in enumerate(self.states):
            found.setdefault(state.place, number)
        return found

    @property
    def places(self) -> frozenset[Place]:
        """Every node that a call comes to."""
        passed = {
            Place(passage.place.flow, target)
            for move in self.moves
            for passage in move.passages
            for target in (passage.place.node, passage.target)
            if target
        }
        return frozenset({state.place for state in self.states} | passed)
