"""Figures as rows and pictures of the page: what is drawn of them, what it says in words, and where it leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from ivr.calls.records.figures import OUTCOMES, Figures, FlowFigures, GoalFigures, Served
from ivr.calls.records.spread import Bound, Spread
from ivr.calls.records.tables import HALF, MOST
from ivr.calls.records.traffic import LookupFigures, Traffic
from ivr.document.finding import several
from ivr.server.console import charts
from ivr.server.console.charts import Column
from ivr.server.console.numbers import percent, seconds
from ivr.server.console.periods import Period

MOST_DAYS = 100
"""Of more days, each column is a week."""
WEEK = 7


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page is asked for."""

    flow: str | None
    """None for all."""
    days: Period
    zone: ZoneInfo | None
    """In which the days are; UTC where flows have several."""
    query: str
    """How an address asks for the same."""
    served: frozenset[str]
    """Flows that have a picture."""

    def calls(self, first: date, last: date, **more: str) -> str:
        """The address of the calls of some days."""
        since, until = (self._moment(day) for day in (first, last + timedelta(days=1)))
        fields = {"flow": self.flow} if self.flow else {}
        return f"/console/calls?{urlencode({**fields, 'since': since, 'until': until, **more})}"

    def graph(self, flow: str, node: str) -> str | None:
        """The address of a node of a flow's calls in its picture, with traffic; None where it has none."""
        inner, slash, own = node.rpartition("/")
        within = inner if slash else flow
        if within not in self.served:
            return None
        return f"/console/graph/{quote(within)}?{urlencode({'overlay': 'traffic', **self.days.fields})}#{quote(own)}"

    def _moment(self, day: date) -> str:
        """Where a day begins, as calls are searched."""
        begin = datetime.combine(day, time(), self.zone or UTC).astimezone(UTC)
        return begin.replace(tzinfo=None).isoformat(timespec="minutes")


# Calls by day


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of each day, or of each week where there are many days."""

    svg: str
    by: str
    """`day` or `week`."""


def calls(found: Figures, asked: Asked) -> Calls:
    """Columns of the outcomes of each day, also of days without a call."""
    by_day: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for each in found.days:
        for name, count, _ in each.served.outcomes:
            by_day[date.fromisoformat(each.day)][name] += count
    spans = list(_spans(asked.days))
    by = "week" if asked.days.number > MOST_DAYS else "day"
    columns = [_column(first, last, by_day, asked) for first, last in spans]
    told = f"Calls by {by}, {asked.days.told}: {_outcomes(found.served)}"
    return Calls(charts.columns(columns, told), by)


def _spans(days: Period) -> Iterator[tuple[date, date]]:
    """The first and the last day of each column."""
    step = WEEK if days.number > MOST_DAYS else 1
    # Weeks begin on Mondays (ISO 8601).
    begin = days.since - timedelta(days=days.since.weekday() if step == WEEK else 0)
    while begin <= days.until:
        yield max(begin, days.since), min(begin + timedelta(days=step - 1), days.until)
        begin += timedelta(days=step)


def _column(first: date, last: date, by_day: dict[date, dict[str, int]], asked: Asked) -> Column:
    within = [by_day[day] for day in by_day if first <= day <= last]
    parts = tuple((name, float(sum(each[name] for each in within))) for name in OUTCOMES)
    span = first.isoformat() if first == last else f"{first} to {last}"
    told = f"{span}: {several(round(sum(number for _, number in parts)), 'call')}"
    told += "".join(f", {number:,.0f} {name}" for name, number in parts if number)
    return Column(f"{first.day} {first:%b}", told, asked.calls(first, last), parts)


def _outcomes(served: Served) -> str:
    parts = [f"{count:,} {name} ({percent(rate)})" for name, count, rate in served.outcomes]
    return f"{several(served.calls, 'call')}: {', '.join(parts)}"


def by_flow(found: Figures) -> dict[str, str]:
    """A bar of outcomes for each flow, as long as it has calls."""
    most = max((each.served.calls for each in found.flows), default=0)
    return {
        each.flow: charts.bar([(name, count) for name, count, _ in each.served.outcomes], most, _outcomes(each.served))
        for each in found.flows
    }


# Goals


@dataclass(frozen=True, slots=True)
class GoalRow:
    """One goal of one flow."""

    flow: str
    goal: GoalFigures
    bar: str
    days: str
    """A small picture of its rate, day by day."""
    half: str
    most: str
    href: str


def goals(found: Figures, asked: Asked) -> list[GoalRow]:
    """The goals of all flows."""
    rates: dict[tuple[str, str], dict[date, float]] = defaultdict(dict)
    for day in found.days:
        for goal in day.served.goals:
            rates[day.flow, goal.name][date.fromisoformat(day.day)] = goal.rate or 0
    served = {(day.flow, date.fromisoformat(day.day)) for day in found.days}
    days = [asked.days.since + timedelta(days=number) for number in range(asked.days.number)]

    def by_day(flow: str, goal: str) -> list[float | None]:
        """The rate of each day; None where there were no calls."""
        return [rates[flow, goal].get(day, 0.0) if (flow, day) in served else None for day in days]

    return [
        _goal(each.flow, goal, by_day(each.flow, goal.name), asked)
        for each in found.flows
        for goal in each.served.goals
    ]


def _goal(flow: str, goal: GoalFigures, values: Sequence[float | None], asked: Asked) -> GoalRow:
    known = [value for value in values if value is not None]
    told = f"{goal.name} day by day: from {percent(min(known))} to {percent(max(known))}"
    reached = f"{goal.reached:,} of {several(goal.calls, 'call')} reached {goal.name}"
    half, most = (_within(goal.spread, share) for share in (HALF, MOST))
    fields = {"goal": goal.name, "flow": flow}
    href = asked.calls(asked.days.since, asked.days.until, **fields)
    bar = charts.bar([("goal", goal.reached)], goal.calls, reached)
    return GoalRow(flow, goal, bar, charts.heights(values, max(known), "goal", told), half, most, href)


def _within(spread: Spread, share: float) -> str:
    match spread.quantile(share):
        case None:
            return "–"
        case Bound(milliseconds, longer):
            return f"{'>' if longer else '≤'} {seconds(milliseconds).replace('.0 s', ' s')}"


# Nodes


@dataclass(frozen=True, slots=True)
class NodeRow:
    """One node with a bar."""

    node: Traffic
    bar: str
    href: str | None


def funnel(of: FlowFigures, asked: Asked) -> list[NodeRow]:
    """How many of a flow's calls came to each node, and how many were left there."""
    calls = of.served.calls

    def bar(node: Traffic) -> str:
        told = f"{node.node}: {node.reached:,} of {several(calls, 'call')}, {node.left:,} left here"
        return charts.bar([("reached", node.reached - node.left), ("left", node.left)], calls, told)

    return _rows(of, of.funnel, bar, asked)


def misses(of: FlowFigures, asked: Asked) -> list[NodeRow]:
    """How often callers were not understood, at the nodes where it happened: the worst one first."""
    nodes = sorted((node for node in of.funnel if node.missed), key=lambda node: (-node.missed / node.tries, node.node))

    def bar(node: Traffic) -> str:
        told = f"{node.node}: no-input {percent(node.no_input_rate)}, no-match {percent(node.no_match_rate)}"
        return charts.bar([("silent", node.no_inputs), ("missed", node.no_matches)], node.tries, told)

    return _rows(of, nodes, bar, asked)


def _rows(of: FlowFigures, nodes: Iterable[Traffic], bar: Callable[[Traffic], str], asked: Asked) -> list[NodeRow]:
    return [NodeRow(node, bar(node), asked.graph(of.flow, node.node)) for node in nodes]


@dataclass(frozen=True, slots=True)
class LookupRow:
    """The lookups of one node."""

    flow: str
    node: str
    lookups: LookupFigures
    bar: str
    spread: str
    """A small picture of how long they took."""
    half: str
    most: str
    href: str | None


def lookups(found: Figures, asked: Asked) -> list[LookupRow]:
    """The lookups of all flows."""
    return [
        _lookup(each.flow, node.node, node.lookups, asked)
        for each in found.flows
        for node in each.funnel
        if node.lookups is not None
    ]


def _lookup(flow: str, node: str, lookups: LookupFigures, asked: Asked) -> LookupRow:
    told = f"{several(lookups.number, 'lookup')}, {lookups.failed:,} failed"
    bar = charts.bar([("found", lookups.found), ("failed", lookups.failed)], lookups.number, told)
    half, most = (_within(lookups.spread, share) for share in (HALF, MOST))
    spread = charts.heights(
        [float(count) for count in lookups.spread.counts],
        max(lookups.spread.counts),
        "found",
        f"how long they took: {_spread(lookups.spread)}",
    )
    return LookupRow(flow, node, lookups, bar, spread, half, most, asked.graph(flow, node))


def _spread(spread: Spread) -> str:
    names: Sequence[str] = [f"≤ {seconds(limit)}" for limit in spread.limits]
    names = (*names, f"> {seconds(spread.limits[-1])}")
    return ", ".join(f"{name}: {count:,}" for name, count in zip(names, spread.counts, strict=True) if count)
