"""What moves are worth that show something new, and the shortest ways to them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from math import ceil

from ivr.explore.circumstances import Settled
from ivr.explore.deeds import Moment
from ivr.explore.graph import Explorer, Graph, Move, State, first_attempt
from ivr.explore.targets import Target

FEWEST_GAINS = 3
"""What a call should show before it ends, if there is anything to show."""
MOST_STRAYED = 2
"""How often a move is tried that leads elsewhere."""

Wanted = Callable[[Move], bool]


class Worth:
    """What the moves of a graph are worth, while call after call shows something of it."""

    def __init__(self, graph: Graph, explorer: Explorer) -> None:
        """Know a graph of which no call has shown anything yet."""
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

    @property
    def progress(self) -> tuple[int, int]:
        """What changes with every call that is of any use, if only by showing what does not work."""
        return len(self.missing), sum(self._strayed)

    def take_back(self, targets: Collection[Target]) -> None:
        """Let something count as not shown again."""
        self._count(targets, 1)
        self.missing |= set(targets)

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
        return self._nearest(state, wanted, self._further, gaining=gaining)

    def _nearest(self, state: int, wanted: Wanted, further: Sequence[Sequence[Move]], *, gaining: bool) -> list[Move]:
        """The shortest way to a move that is wanted, by moves of `further`."""
        # An answer that is written down at the first attempt may be given at another one.
        last: dict[int, tuple[int, Move] | None] = {state: None}
        waiting = deque([state])
        while waiting:
            source = waiting.popleft()
            if self._rich[source] or not gaining:
                for move in self._graph.onward[source]:
                    if wanted(move) and self._strayed[move.number] < MOST_STRAYED:
                        return [*_way(source, last), move]
            for move in further[source]:
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
        onward, states = self._graph.onward, self._graph.states
        found = self._nearest(state, self.gains, onward, gaining=True)
        return found or self._nearest(state, lambda move: states[move.target].done, onward, gaining=False)

    def into_afterwards(self, state: int) -> list[Move]:
        """The way to something new in the work after a call that still goes on."""
        return self._nearest(
            state, lambda move: self.gains(move) and self.is_after(move), self._graph.onward, gaining=True
        )

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
