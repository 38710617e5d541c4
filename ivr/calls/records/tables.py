"""Figures as tables, for spreadsheets and other programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, assert_never, get_args

from ivr.calls.records.export import Row, csv_lines, json_line
from ivr.calls.records.figures import Figures, GoalFigures, Served
from ivr.calls.records.spread import Bound
from ivr.calls.records.traffic import Attempt, Traffic

Name = Literal["days", "flows", "ends", "goals", "goal_days", "nodes", "attempts", "exits"]
NAMES: tuple[Name, ...] = get_args(Name)
COLUMNS: Mapping[Name, tuple[str, ...]] = {
    "days": (
        "day", "flow", "calls", "contained", "transferred", "abandoned", "failed", "containment", "transfer_rate",
        "abandon_rate", "failure_rate", "seconds",
    ),
    "flows": (
        "flow", "calls", "contained", "transferred", "abandoned", "failed", "containment", "transfer_rate",
        "abandon_rate", "failure_rate", "seconds",
    ),
    "ends": ("day", "flow", "reason", "calls"),
    "goals": ("flow", "goal", "reached", "rate", "seconds", "half_within", "most_within"),
    "goal_days": ("day", "flow", "goal", "reached", "rate", "seconds"),
    "nodes": (
        "flow", "node", "reached", "visits", "seconds", "no_inputs", "no_matches", "no_input_rate", "no_match_rate",
        "no_inputs_a_visit", "no_matches_a_visit", "used_up", "left", "left_rate", "lookups",
        "lookups_otherwise", "lookup_failures", "lookup_failure_rate", "lookup_seconds", "lookup_half_within",
        "lookup_most_within",
    ),
    "attempts": ("flow", "node", "attempt", "began", "missed", "miss_rate", "left"),
    "exits": ("flow", "node", "exit", "visits"),
}  # fmt: skip
"""What each table tells; shares are from 0 to 1, and times seconds."""
RATES = ("containment", "transfer_rate", "abandon_rate", "failure_rate")
HALF, MOST = 0.5, 0.95
"""The quantiles that are told: what half of all stay within, and what nearly all do."""


def as_csv(figures: Figures, name: Name) -> Iterator[str]:
    """The lines of a CSV file (RFC 4180) of one table."""
    return csv_lines(COLUMNS[name], table(figures, name))


def as_json_lines(figures: Figures) -> Iterator[str]:
    """A line of JSON for each row of each table, whose name is `table` in it."""
    return (json_line({"table": name, **row}) for name in NAMES for row in table(figures, name))


def as_plain(figures: Figures) -> dict[str, list[Row]]:
    """All tables, as JSON has them."""
    return {name: list(table(figures, name)) for name in NAMES}


def table(figures: Figures, name: Name) -> Iterator[Row]:
    """The rows of one table, by the names of its columns; None where there is nothing to take a share or mean of."""
    match name:
        case "days":
            return ({"day": each.day, "flow": each.flow, **_served(each.served)} for each in figures.days)
        case "flows":
            return ({"flow": each.flow, **_served(each.served)} for each in figures.flows)
        case "ends":
            return (
                {"day": each.day, "flow": each.flow, "reason": reason, "calls": calls}
                for each in figures.days
                for reason, calls in each.served.ends
            )
        case "goals":
            return (
                {"flow": each.flow, **_goal(goal), **_goal_within(goal)}
                for each in figures.flows
                for goal in each.served.goals
            )
        case "goal_days":
            return (
                {"day": each.day, "flow": each.flow, **_goal(goal)}
                for each in figures.days
                for goal in each.served.goals
            )
        case "nodes":
            return ({"flow": flow, **_node(node), **_lookups(node)} for flow, node in _nodes(figures))
        case "attempts":
            return (
                {"flow": flow, "node": node.node, **_attempt(each)}
                for flow, node in _nodes(figures)
                for each in node.attempts
            )
        case "exits":
            return (
                {"flow": flow, "node": node.node, "exit": each, "visits": visits}
                for flow, node in _nodes(figures)
                for each, visits in node.exits
            )
        case _:
            assert_never(name)


def _nodes(figures: Figures) -> Iterator[tuple[str, Traffic]]:
    return ((each.flow, node) for each in figures.flows for node in each.funnel)


def _served(served: Served) -> Row:
    counts: Row = {name: count for name, count, _ in served.outcomes}
    rates = {name: _rounded(rate) for name, (_, _, rate) in zip(RATES, served.outcomes, strict=True)}
    return {"calls": served.calls, **counts, **rates, "seconds": _seconds(served.mean)}


def _goal(goal: GoalFigures) -> Row:
    return {
        "goal": goal.name,
        "reached": goal.reached,
        "rate": _rounded(goal.rate),
        "seconds": _seconds(goal.mean),
    }


def _goal_within(goal: GoalFigures) -> Row:
    quantile = goal.spread.quantile
    return {"half_within": _within(quantile(HALF)), "most_within": _within(quantile(MOST))}


def _node(node: Traffic) -> Row:
    return {
        "node": node.node,
        "reached": node.reached,
        "visits": node.visits,
        "seconds": _seconds(node.mean),
        "no_inputs": node.no_inputs,
        "no_matches": node.no_matches,
        "no_input_rate": _rounded(node.no_input_rate),
        "no_match_rate": _rounded(node.no_match_rate),
        "no_inputs_a_visit": _rounded(node.no_inputs_a_visit),
        "no_matches_a_visit": _rounded(node.no_matches_a_visit),
        "used_up": node.used_up,
        "left": node.left,
        "left_rate": _rounded(node.left_rate),
    }


def _lookups(node: Traffic) -> Row:
    lookups = node.lookups
    if lookups is None:
        return {"lookups": 0, "lookups_otherwise": 0, "lookup_failures": 0} | dict.fromkeys(COLUMNS["nodes"][-4:])
    return {
        "lookups": lookups.number,
        "lookups_otherwise": lookups.otherwise,
        "lookup_failures": lookups.failed,
        "lookup_failure_rate": _rounded(lookups.failure_rate),
        "lookup_seconds": _seconds(lookups.mean),
        "lookup_half_within": _within(lookups.spread.quantile(HALF)),
        "lookup_most_within": _within(lookups.spread.quantile(MOST)),
    }


def _attempt(attempt: Attempt) -> Row:
    return {
        "attempt": attempt.number,
        "began": attempt.began,
        "missed": attempt.missed,
        "miss_rate": _rounded(attempt.miss_rate),
        "left": attempt.left,
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds / 1000, 3)


def _within(bound: Bound | None) -> float | None:
    """Seconds; None also where it is longer than can be told."""
    return None if bound is None or bound.longer else bound.milliseconds / 1000
