"""The calls of a flow as a graph: every moment that deeds lead to, found by `step` itself with real values."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ivr.core.effects import Explain
from ivr.core.flow import Flow
from ivr.core.session import Session, located
from ivr.explore.circumstances import SUPPORTED, TRANSFER, Circumstances, Settled
from ivr.explore.deeds import Deed, Endless, Moment, perform
from ivr.explore.offers import ACCEPTED, Offers
from ivr.explore.outlook import Outlook
from ivr.explore.targets import Target, targets

MOST_STATES, MOST_DEEDS = 12_000, 60_000
USUAL = "usual"
"""What an aspect is that nothing was changed of."""


@dataclass(frozen=True, slots=True)
class State:
    """A moment of a call that stands for all that are alike."""

    moment: Moment = field(repr=False)
    settled: Settled
    first: int
    """The state at the same place whose caller has missed nothing yet: its answers are this one's too."""

    @property
    def done(self) -> bool:
        """Whether nothing more can happen."""
        return self.moment.session.phase == "done"


@dataclass(frozen=True, slots=True)
class Move:
    """From one state to another by a deed."""

    number: int
    source: int
    target: int
    deed: Deed
    shows: frozenset[Target] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Graph:
    """All that was found."""

    flow: Flow
    states: tuple[State, ...] = field(repr=False)
    """The first one is before the answer."""
    moves: tuple[Move, ...] = field(repr=False)
    known: dict[Any, int] = field(repr=False)
    complete: bool
    """Whether every deed at every state was tried."""

    @cached_property
    def onward(self) -> tuple[tuple[Move, ...], ...]:
        """By state, what may be done there, also what is written down at its first attempt."""
        own: list[list[Move]] = [[] for _ in self.states]
        for move in self.moves:
            own[move.source].append(move)
        accepted = [[move for move in moves if move.deed.cause in ACCEPTED] for moves in own]
        return tuple(
            (*own[place], *(accepted[state.first] if state.first != place else ()))
            for place, state in enumerate(self.states)
        )

    @cached_property
    def shown(self) -> frozenset[Target]:
        """All that any move shows."""
        return frozenset(target for move in self.moves for target in move.shows)

    @cached_property
    def ends(self) -> tuple[bool, ...]:
        """By move, whether the caller or the flow ends the call."""
        over = [state.moment.session.over for state in self.states]
        return tuple(over[move.target] for move in self.moves)


@dataclass(frozen=True)
class Explorer:
    """Takes deeds, and knows what circumstances they bring to light."""

    flow: Flow
    offers: Offers
    outlook: Outlook
    circumstances: Circumstances

    def after(self, moment: Moment, settled: Settled, deed: Deed) -> Iterator[tuple[Moment, Moment, Settled]]:
        """What becomes of a call by a deed, in all circumstances: the call as it was, as it is, what has shown.

        Nothing has read until now what shows only now, so that it may be otherwise from the beginning on.
        """
        waiting = [(moment, settled)]
        while waiting:
            before, known = waiting.pop(0)
            try:
                found = perform(self.flow, before, deed)
            except Endless:
                continue
            for aspect in self.circumstances.shown(self._places(found), known):
                for name, change in self.circumstances.changes[aspect]:
                    other = replace(before, session=change(before.session))
                    waiting.append((other, _with(known, aspect, name)))
                known = _with(known, aspect, SUPPORTED if aspect == TRANSFER else USUAL)
            if deed.fault is not None:
                known = _with(known, TRANSFER, deed.fault)
            yield before, found, known

    def _places(self, moment: Moment) -> Iterator[tuple[str, str]]:
        told = {effect.node for effect in moment.effects if isinstance(effect, Explain)}
        for each in sorted(told | {moment.session.place}):
            yield located(each, self.flow)

    def key(self, moment: Moment, settled: Settled) -> Any:
        """What tells the moment from others."""
        matter = self.circumstances.matter(moment.session, settled, self.flow)
        return matter, self.outlook.key(moment.session, moment.at)


def _with(settled: Settled, aspect: str, value: str) -> Settled:
    return tuple(sorted({**dict(settled), aspect: value}.items()))


def explored(explorer: Explorer, beginning: Session) -> Graph:
    """Take every deed at every moment that is unlike those before."""
    begin = Moment(beginning, 0)
    states = [State(begin, (), 0)]
    known = {explorer.key(begin, ()): 0}
    moves: list[Move] = []
    waiting = deque([0])
    deeds = 0
    while waiting and len(states) < MOST_STATES and deeds < MOST_DEEDS:
        source = waiting.popleft()
        state = states[source]
        for deed in explorer.offers.at(state.moment, state.settled):
            deeds += 1
            for before, after, settled in explorer.after(state.moment, state.settled, deed):
                key = explorer.key(after, settled)
                target = known.setdefault(key, len(states))
                if target == len(states):
                    states.append(State(after, settled, known.get(first_attempt(key), target)))
                    waiting.append(target)
                shows = targets(explorer.flow, before, deed, after)
                moves.append(Move(len(moves), source, target, deed, shows))
    return Graph(explorer.flow, tuple(states), tuple(moves), known, not waiting)


def first_attempt(key: Any) -> Any:
    """The key of the same moment with nothing missed."""
    matter, (state, _, *rest) = key
    return matter, (state, (0, 0, 0), *rest)
