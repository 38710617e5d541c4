"""Calls that together show all there is to show: few of them, none of them long."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from ivr.explore.circumstances import Settled
from ivr.explore.deeds import Deed, Moment
from ivr.explore.graph import Explorer, Graph, Move, State, first_attempt
from ivr.explore.offers import HANG_UP
from ivr.explore.targets import Target, targets

MOST_DEEDS = 24
"""After so many deeds a call is to end."""
FEWEST_GAINS = 3
"""What a call should show before it ends, if there is anything to show."""
MOST_STRAYED = 2
"""How often a move is tried that leads elsewhere."""
LONGEST = 80
"""Deeds of a call, the way to what is farthest away included."""

Wanted = Callable[[Move], bool]


@dataclass(frozen=True, slots=True)
class Stage:
    """One deed of a call, with the moments before and after it."""

    before: Moment = field(repr=False)
    deed: Deed
    after: Moment = field(repr=False)
    shows: frozenset[Target] = field(repr=False)
    gains: frozenset[Target]
    """Of that, what no call has shown before."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One call from the answer to its end."""

    stages: tuple[Stage, ...]
    settled: Settled

    @property
    def gains(self) -> frozenset[Target]:
        """What no call has shown before."""
        return frozenset(target for stage in self.stages for target in stage.gains)

    @property
    def shows(self) -> frozenset[Target]:
        """All that it shows."""
        return frozenset(target for stage in self.stages for target in stage.shows)

    @property
    def end(self) -> Moment:
        """The last moment, whose session knows in which circumstances the call was made."""
        return self.stages[-1].after


class Planner:
    """Finds one call after the other."""

    def __init__(self, graph: Graph, explorer: Explorer) -> None:
        """Plan calls on a graph."""
        self._graph = graph
        self.explorer = explorer
        self.missing = set(graph.shown)
        """What no call has shown yet."""
        self._worth = [len(move.shows) for move in graph.moves]
        """By move, how much it shows that is missing."""
        self._showing: dict[Target, list[int]] = {}
        for move in graph.moves:
            for target in sorted(move.shows):
                self._showing.setdefault(target, []).append(move.number)
        self._strayed = [0] * len(graph.moves)
        """By move, how often it has led elsewhere, or has not shown what it should have."""
        self._on_the_way = frozenset(
            target for move in graph.moves if not graph.ends[move.number] for target in move.shows
        )
        self._at: list[list[int]] = [[] for _ in graph.moves]
        """By move, the states at which it may be made."""
        self._before: list[set[int]] = [set() for _ in graph.states]
        """By state, those that lead to it while the call goes on."""
        self._further: list[tuple[Move, ...]] = []
        """By state, one move to each other state that is next to it while the call goes on."""
        for state, moves in enumerate(graph.onward):
            going_on = {move.target: move for move in reversed(moves) if not graph.ends[move.number]}
            self._further.append(tuple(going_on[target] for target in sorted(going_on)))
            for onward in going_on:
                self._before[onward].add(state)
            for move in moves:
                self._at[move.number].append(state)
        self._rich = [sum(1 for move in moves if move.shows) for moves in graph.onward]
        """By state, how many moves show something that is missing."""

    def walks(self) -> Iterator[Walk]:
        """Calls until there is nothing more that any of them shows."""
        while self.missing:
            before = len(self.missing), sum(self._strayed)
            walk = _Walking(self).walked()
            if walk.gains:
                yield walk
            if (len(self.missing), sum(self._strayed)) == before:
                return

    def take_back(self, stages: Sequence[Stage]) -> None:
        """Let other calls show what was not shown after all, but for what the first of these stages failed in."""
        for stage in stages[1:]:
            self._count(stage.gains, 1)
            self.missing |= stage.gains

    def shown(self, targets: Collection[Target]) -> frozenset[Target]:
        """Note what a call shows; what none has shown before."""
        gains = frozenset(targets) & self.missing
        self._count(gains, -1)
        self.missing -= gains
        return gains

    def _count(self, targets: Collection[Target], step: int) -> None:
        for target in targets:
            for number in self._showing[target]:
                was = self._worth[number] > 0
                self._worth[number] += step
                if was != (self._worth[number] > 0):
                    for state in self._at[number]:
                        self._rich[state] += step

    def quota(self) -> int:
        """How much the next call should show, so that all calls that are needed for their ends share what there is."""
        way = len(self.missing & self._on_the_way)
        ends = len([target for target in self.missing - self._on_the_way if target.kind in ("cause", "node", "exit")])
        return max(FEWEST_GAINS, ceil(way / max(ends, 1)))

    def gains(self, move: Move) -> bool:
        """Whether a move is known to show something new."""
        return self._worth[move.number] > 0

    def gains_on_the_way(self, move: Move) -> bool:
        """Whether it does, and the call goes on."""
        return self._worth[move.number] > 0 and not self._graph.ends[move.number]

    def gains_at_the_end(self, move: Move) -> bool:
        """Whether it does, and the call ends."""
        return self._worth[move.number] > 0 and self._graph.ends[move.number]

    def ends(self, move: Move) -> bool:
        """Whether the caller or the flow ends the call by a move."""
        return self._graph.ends[move.number]

    def note(self, move: Move) -> None:
        """Remember that a move led elsewhere, or did not show what it should have."""
        self._strayed[move.number] += 1

    def path(self, state: int, wanted: Wanted, *, gaining: bool = True) -> list[Move]:
        """The shortest way to a move that is wanted, that move included; empty if there is none.

        Args:
            state: where the way begins.
            wanted: what may be its last move.
            gaining: whether only moves are wanted that show something new.
        """
        # An answer that is written down at the first attempt may be given at another one.
        last: dict[int, tuple[int, Move] | None] = {state: None}
        waiting = deque([state])
        while waiting:
            source = waiting.popleft()
            if self._rich[source] or not gaining:
                for move in self._graph.onward[source]:
                    if wanted(move) and self._strayed[move.number] < MOST_STRAYED:
                        return [*_way(source, last), move]
            for move in self._further[source]:
                if move.target not in last and self._strayed[move.number] < MOST_STRAYED:
                    last[move.target] = source, move
                    waiting.append(move.target)
        return []

    def before_gaining_ends(self) -> frozenset[int]:
        """The states from which a call can come to an end that shows something new."""
        rich = (state for state, moves in enumerate(self._rich) if moves)
        found = {state for state in rich if any(map(self.gains_at_the_end, self._graph.onward[state]))}
        waiting = sorted(found)
        while waiting:
            for state in self._before[waiting.pop()]:
                if state not in found:
                    found.add(state)
                    waiting.append(state)
        return frozenset(found)

    def afterwards(self, state: int) -> list[Move]:
        """The way to an end of the work after a call, by way of something new if there is any."""
        found = self._after(state, self.gains)
        return found or self._after(state, lambda move: self._graph.states[move.target].done)

    def into_afterwards(self, state: int) -> list[Move]:
        """The way to something new in the work after a call that still goes on."""
        return self._after(state, lambda move: self.gains(move) and self.is_after(move))

    def _after(self, state: int, wanted: Wanted) -> list[Move]:
        """The shortest way to a move that is wanted, by whatever ends the call too."""
        last: dict[int, tuple[int, Move] | None] = {state: None}
        waiting = deque([state])
        while waiting:
            source = waiting.popleft()
            for move in self._graph.onward[source]:
                if self._strayed[move.number] >= MOST_STRAYED:
                    continue
                if wanted(move):
                    return [*_way(source, last), move]
                if move.target not in last:
                    last[move.target] = source, move
                    waiting.append(move.target)
        return []

    def is_after(self, move: Move) -> bool:
        """Whether a move is made when the caller has gone."""
        return self._graph.states[move.source].moment.session.phase == "over"

    def state_of(self, moment: Moment, settled: Settled) -> int | None:
        """The state that a moment is alike, or would be if its caller had missed nothing."""
        key = self.explorer.key(moment, settled)
        found = self._graph.known.get(key)
        return self._graph.known.get(first_attempt(key)) if found is None else found

    def state(self, place: int) -> State:
        """A state of the graph."""
        return self._graph.states[place]


def _way(state: int, last: Mapping[int, tuple[int, Move] | None]) -> list[Move]:
    """The moves that lead to a state."""
    found: list[Move] = []
    step = last[state]
    while step is not None:
        state, move = step
        found.append(move)
        step = last[state]
    return found[::-1]


class _Walking:
    """One call under way."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        beginning = planner.state(0)
        self._moment, self._settled = beginning.moment, beginning.settled
        self._state: int | None = 0
        self._stages: list[Stage] = []
        self._quota = planner.quota()

    def walked(self) -> Walk:
        """Collect on the way, then end."""
        planner = self._planner
        open_ended = planner.before_gaining_ends()
        while self._gained() < self._quota and len(self._stages) < MOST_DEEDS:
            # Where every end has been shown already, a call is led last.
            if not (
                self._go(lambda move: planner.gains_on_the_way(move) and move.target in open_ended)
                or ((not self._stages or self._state not in open_ended) and self._go(planner.gains_on_the_way))
            ):
                break
        while self._moment.session.phase in ("waiting", "talking") and len(self._stages) < LONGEST:
            if not (
                self._go(planner.gains_at_the_end)
                or self._take([] if self._state is None else planner.into_afterwards(self._state))
                or self._go(planner.ends, gaining=False)
            ):
                break
        while self._moment.session.phase == "over" and len(self._stages) < LONGEST:
            if not self._take([] if self._state is None else planner.afterwards(self._state)):
                break
        if self._moment.session.phase == "talking":
            self._perform(HANG_UP, None)
        return Walk(tuple(self._stages), self._settled)

    def _go(self, wanted: Wanted, *, gaining: bool = True) -> bool:
        """Take the nearest move of some kind, or come at least nearer; False if there is none."""
        return self._take([] if self._state is None else self._planner.path(self._state, wanted, gaining=gaining))

    def _take(self, path: list[Move]) -> bool:
        """Take some moves until one leads elsewhere; False if there are none."""
        for move in path:
            if not self._perform(move.deed, move):
                break
        return bool(path)

    def _gained(self) -> int:
        return sum(len(stage.gains) for stage in self._stages)

    def _perform(self, deed: Deed, move: Move | None) -> bool:
        """Take a deed, in the circumstances in which it leads where it should; False if it does not."""
        planner = self._planner
        found = list(planner.explorer.after(self._moment, self._settled, deed))
        if not found:
            self._state = None
            return False
        places = [planner.state_of(after, settled) for _, after, settled in found]
        shows = [targets(planner.explorer.flow, before, deed, after) for before, after, _ in found]
        chosen = 0
        if move is not None:
            wanted = move.shows & planner.missing
            arrive = [place == move.target for place in places]
            chosen = max(range(len(found)), key=lambda each: (arrive[each], len(shows[each] & wanted), -each))
            if not arrive[chosen] or not wanted <= shows[chosen]:
                planner.note(move)
        before, after, settled = found[chosen]
        gains = planner.shown(shows[chosen])
        self._stages.append(Stage(before, deed, after, shows[chosen], gains))
        self._moment, self._settled, self._state = after, settled, places[chosen]
        return move is None or places[chosen] == move.target
