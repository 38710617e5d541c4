"""Calls that together show all there is to show: few of them, none of them long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ivr.explore.deeds import Deed
from ivr.explore.graph import Explorer, Graph, Move
from ivr.explore.offers import HANG_UP
from ivr.explore.targets import targets
from ivr.explore.walks import Stage, Walk
from ivr.explore.worth import Wanted, Worth

MOST_DEEDS = 24
"""After so many deeds a call is to end."""
LONGEST = 80
"""Deeds of a call, the way to what is farthest away included."""


class Planner:
    """Finds one call after the other."""

    def __init__(self, graph: Graph, explorer: Explorer) -> None:
        """Plan calls on a graph."""
        self._worth = Worth(graph, explorer)

    def walks(self) -> Iterator[Walk]:
        """Calls until there is nothing more that any of them shows."""
        while self._worth.missing:
            before = self._worth.progress
            walk = _Walking(self._worth).walked()
            if walk.gains:
                yield walk
            if self._worth.progress == before:
                return

    def take_back(self, stages: Sequence[Stage]) -> None:
        """Let other calls show what was not shown after all, but for what the first of these stages failed in."""
        for stage in stages[1:]:
            self._worth.take_back(stage.gains)


class _Walking:
    """One call under way."""

    def __init__(self, worth: Worth) -> None:
        self._worth = worth
        beginning = worth.state(0)
        self._moment, self._settled = beginning.moment, beginning.settled
        self._state: int | None = 0
        self._stages: list[Stage] = []
        self._quota = worth.quota()

    def walked(self) -> Walk:
        """Collect on the way, then end."""
        worth = self._worth
        open_ended = worth.before_gaining_ends()
        while self._gained() < self._quota and len(self._stages) < MOST_DEEDS:
            # Where every end has been shown already, a call is led last.
            if not (
                self._go(lambda move: worth.gains_on_the_way(move) and move.target in open_ended)
                or ((not self._stages or self._state not in open_ended) and self._go(worth.gains_on_the_way))
            ):
                break
        while self._moment.session.phase in ("waiting", "talking") and len(self._stages) < LONGEST:
            if not (
                self._go(worth.gains_at_the_end)
                or self._take([] if self._state is None else worth.into_afterwards(self._state))
                or self._go(worth.ends, gaining=False)
            ):
                break
        if self._moment.session.phase == "talking":
            self._perform(HANG_UP, None)
        while self._moment.session.phase == "over" and len(self._stages) < LONGEST + MOST_DEEDS:
            if not self._take([] if self._state is None else worth.afterwards(self._state)):
                break
        return Walk(tuple(self._stages), self._settled)

    def _go(self, wanted: Wanted, *, gaining: bool = True) -> bool:
        """Take the nearest move of some kind, or come at least nearer; False if there is none."""
        return self._take([] if self._state is None else self._worth.path(self._state, wanted, gaining=gaining))

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
        worth = self._worth
        found = list(worth.explorer.after(self._moment, self._settled, deed))
        if not found:
            self._state = None
            return False
        places = [worth.state_of(after, settled) for _, after, settled in found]
        shows = [targets(worth.explorer.flow, before, deed, after) for before, after, _ in found]
        chosen = 0
        if move is not None:
            wanted = move.shows & worth.missing
            arrive = [place == move.target for place in places]
            chosen = max(range(len(found)), key=lambda each: (arrive[each], len(shows[each] & wanted), -each))
            if not arrive[chosen] or not wanted <= shows[chosen]:
                worth.note(move)
        before, after, settled = found[chosen]
        gains = worth.shown(shows[chosen])
        self._stages.append(Stage(before, deed, after, shows[chosen], gains))
        self._moment, self._settled, self._state = after, settled, places[chosen]
        return move is None or places[chosen] == move.target
