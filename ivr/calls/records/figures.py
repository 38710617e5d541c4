"""What calls come to in numbers: by day and flow, by goal and by node.

`figures` makes all of it out of tallies, and `of_node` what is laid over the picture of one flow. Sums are fields and
what follows from them are properties: a share is None where there is nothing to take it of, and so is a mean. A time
is milliseconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ivr.calls.records.record import Outcome
from ivr.calls.records.spread import GOAL_MS, Spread, share, spread
from ivr.calls.records.tally import Tally
from ivr.calls.records.traffic import Sums, Traffic, add, frequent, no_sums, traffic

OUTCOMES: tuple[Outcome, ...] = ("contained", "transferred", "abandoned", "failed")
"""In the order in which they are told."""

CALLS = ""
"""In place of a node: tallies about whole calls."""


@dataclass(frozen=True, slots=True)
class GoalFigures:
    """How often a goal was reached, and how soon."""

    name: str
    reached: int
    """Calls that reached it."""
    calls: int
    """Of so many."""
    milliseconds: int
    """From the beginning of the call, in all that reached it together."""
    spread: Spread

    @property
    def rate(self) -> float | None:
        """The share of calls that reached it."""
        return share(self.reached, self.calls)

    @property
    def mean(self) -> float | None:
        """The mean time to it."""
        return share(self.milliseconds, self.reached)


@dataclass(frozen=True, slots=True)
class Served:
    """What became of calls; the outcomes exclude each other, and are all calls together."""

    contained: int
    transferred: int
    abandoned: int
    failed: int
    milliseconds: int
    """How long all callers were there together."""
    ends: tuple[tuple[str, int], ...]
    """Reasons of ends with the number of calls, the most frequent first."""
    goals: tuple[GoalFigures, ...]
    """By name; goals that nobody reached are not known here."""

    @property
    def calls(self) -> int:
        """How many calls ended."""
        return self.contained + self.transferred + self.abandoned + self.failed

    @property
    def outcomes(self) -> tuple[tuple[Outcome, int, float | None], ...]:
        """Each outcome with its number and share of calls, in the order of `OUTCOMES`."""
        counts = (self.contained, self.transferred, self.abandoned, self.failed)
        return tuple((name, count, share(count, self.calls)) for name, count in zip(OUTCOMES, counts, strict=True))

    @property
    def mean(self) -> float | None:
        """How long a call took."""
        return share(self.milliseconds, self.calls)


@dataclass(frozen=True, slots=True)
class Day:
    """One flow on one day."""

    day: str
    """ISO 8601, in the zone of the flow."""
    flow: str
    served: Served


@dataclass(frozen=True, slots=True)
class FlowFigures:
    """All days of one flow."""

    flow: str
    served: Served
    funnel: tuple[Traffic, ...]
    """Its nodes and those of its subflows: the one that most calls came to first, of equal ones by name."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What calls come to."""

    served: Served
    """All of them."""
    days: tuple[Day, ...]
    """By day, then by flow; only where there were calls."""
    flows: tuple[FlowFigures, ...]
    """By id; only those that had calls."""


def figures(tallies: Iterable[Tally]) -> Figures:
    """All figures of these tallies, in whatever order they come."""
    of_all = no_sums()
    of_days: dict[tuple[str, str], Sums] = defaultdict(no_sums)
    of_nodes: dict[str, dict[str, Sums]] = defaultdict(_by_node)
    for each in tallies:
        if each.node == CALLS:
            add(of_all, each)
            add(of_days[each.day, each.flow], each)
        add(of_nodes[each.flow][each.node], each)
    return Figures(
        _served(of_all),
        tuple(Day(*key, _served(of_days[key])) for key in sorted(of_days)),
        tuple(FlowFigures(flow, _served(nodes[CALLS]), _funnel(nodes)) for flow, nodes in sorted(of_nodes.items())),
    )


def of_node(tallies: Iterable[Tally], flow: str) -> Mapping[str, Traffic]:
    """The traffic at the nodes of a flow, by their ids in it: of calls that began on it, and of its time as a subflow.

    Nodes of its own subflows are there under `flow/node`.
    """
    within = f"{flow}/"
    found = _by_node()
    for each in tallies:
        if each.node.startswith(within):
            add(found[each.node.removeprefix(within)], each)
        elif each.node != CALLS and each.flow == flow:
            add(found[each.node], each)
    return {node: traffic(node, sums) for node, sums in sorted(found.items())}


def _by_node() -> dict[str, Sums]:
    return defaultdict(no_sums)


def _served(sums: Sums) -> Served:
    calls = sums["call"]
    contained, transferred, abandoned, failed = (calls[outcome][0] for outcome in OUTCOMES)
    number = contained + transferred + abandoned + failed
    goals = tuple(_goal(name, number, sums) for name in sorted(sums["goal"]))
    milliseconds = sum(took for _, took in calls.values())
    return Served(contained, transferred, abandoned, failed, milliseconds, frequent(sums["end"]), goals)


def _goal(name: str, calls: int, sums: Sums) -> GoalFigures:
    within = sums["goal_within"]
    of_goal = {
        end: count for key, (count, _) in within.items() for end, _, goal in [key.partition("/")] if goal == name
    }
    reached, took = sums["goal"][name]
    return GoalFigures(name, reached, calls, took, spread(GOAL_MS, of_goal))


def _funnel(nodes: Mapping[str, Sums]) -> tuple[Traffic, ...]:
    found = (traffic(node, sums) for node, sums in nodes.items() if node != CALLS)
    return tuple(sorted(found, key=lambda each: (-each.reached, each.node)))
