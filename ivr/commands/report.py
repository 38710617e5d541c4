"""`ivr report`: figures of what became of calls, by day and flow, by goal and by node."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence

from ivr import config
from ivr.calls.records import tables
from ivr.calls.records.figures import Figures, FlowFigures, Served, figures
from ivr.calls.records.spread import Bound, share
from ivr.calls.records.traffic import Traffic
from ivr.commands.common import FINE
from ivr.commands.stored import SETTINGS, USUAL, WHEN, Cell, days_since, opened, span, table

OUTCOMES = (">contained", ">", ">transferred", ">", ">abandoned", ">", ">failed", ">")
DAYS = ("day", "flow", ">calls", *OUTCOMES, ">seconds")
ENDS = ("flow", "reason", ">calls", ">")
GOALS = ("flow", "goal", ">reached", ">", ">seconds", ">half within", ">95 % within")
NODES = (
    "node",
    ">reached",
    ">visits",
    ">seconds",
    ">no-inputs",
    ">",
    ">no-matches",
    ">",
    ">left",
    ">",
    "left at attempt",
)
LOOKUPS = ("flow", "node", ">lookups", ">failed", ">", ">seconds", ">half within", ">95 % within")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    parser.add_argument("--since", metavar="TIME", default=USUAL, help=f"from the day of {WHEN} on; by default {USUAL}")
    parser.add_argument("--until", metavar="TIME", help="up to the day of the moment before this one; by default today")
    parser.add_argument("--flow", metavar="ID", help="calls that began on this flow, such as main; by default all")
    parser.add_argument("--format", choices=("text", "json", "csv", "jsonl"), default="text")
    which = f"which one of the tables csv has: {', '.join(tables.NAMES)}; days by default"
    parser.add_argument("--table", choices=tables.NAMES, default="days", metavar="TABLE", help=which)
    config.add_flags(parser, SETTINGS)


def run(options: argparse.Namespace) -> int:
    """Tell the figures.

    Raises:
        WrongUse: the store can't be used, or a time is none.
    """
    days = days_since(*span(options))
    with opened(options) as (archive, _):
        from ivr.calls.store.sums import summed

        found = figures(archive.read(lambda connection: summed(connection, *days, options.flow)) or [])
        name = archive.name
    match options.format:
        case "text" if not found.served.calls:
            print(f"no call since {days[0]} is counted in {name}; ivr serve counts each that it answered")
        case "text":
            print("\n".join(_as_text(found, days[0])))
        case "json":
            since, until = days
            print(json.dumps({"since": since, "until": until, **tables.as_plain(found)}, indent=2, ensure_ascii=False))
        case "csv":
            sys.stdout.writelines(tables.as_csv(found, options.table))
        case _:
            sys.stdout.writelines(tables.as_json_lines(found))
    return FINE


# For people


def _as_text(found: Figures, since: str) -> Iterator[str]:
    served = found.served
    outcomes = ", ".join(f"{count:,} {name} ({_percent(rate)})" for name, count, rate in served.outcomes if count)
    yield f"{served.calls:,} calls since {since}, {_seconds(served.mean)} s each on average: {outcomes}"
    yield from _titled("By day and flow", DAYS, [(each.day, each.flow, *_served(each.served)) for each in found.days])
    if len(found.flows) > 1 or len(found.days) > 1:
        yield from _titled("By flow", DAYS[1:], [(each.flow, *_served(each.served)) for each in found.flows])
    yield from _titled("Why calls ended", ENDS, [row for each in found.flows for row in _ends(each)])
    yield from _titled("Goals", GOALS, [row for each in found.flows for row in _goals(each)])
    for each in found.flows:
        title = f"Nodes of {each.flow}, first those that most calls reached"
        yield from _titled(title, NODES, [_node(node) for node in each.funnel])
    yield from _titled("Lookups", LOOKUPS, [row for each in found.flows for row in _lookups(each)])


def _titled(title: str, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    """A table, if there is anything in it."""
    if rows:
        yield ""
        yield title
        yield from (f"  {line}" for line in table(header, rows))


def _served(served: Served) -> tuple[Cell, ...]:
    outcomes = [cell for _, count, rate in served.outcomes for cell in (count, _percent(rate))]
    return served.calls, *outcomes, _seconds(served.mean)


def _ends(of: FlowFigures) -> Iterator[tuple[Cell, ...]]:
    for reason, calls in of.served.ends:
        yield of.flow, reason, calls, _percent(share(calls, of.served.calls))


def _goals(of: FlowFigures) -> Iterator[tuple[Cell, ...]]:
    for goal in of.served.goals:
        half, most = (_within(goal.spread.quantile(part)) for part in (tables.HALF, tables.MOST))
        yield of.flow, goal.name, goal.reached, _percent(goal.rate), _seconds(goal.mean), half, most


def _node(node: Traffic) -> tuple[Cell, ...]:
    misses = node.no_inputs, _percent(node.no_input_rate), node.no_matches, _percent(node.no_match_rate)
    left = ", ".join(f"{each.number}: {each.left:,}" for each in node.attempts if each.left)
    return (
        node.node, node.reached, node.visits, _seconds(node.mean), *misses, node.left, _percent(node.left_rate), left
    )  # fmt: skip


def _lookups(of: FlowFigures) -> Iterator[tuple[Cell, ...]]:
    for node in of.funnel:
        if (found := node.lookups) is not None:
            half, most = (_within(found.spread.quantile(part)) for part in (tables.HALF, tables.MOST))
            failed = found.failed, _percent(found.failure_rate)
            yield of.flow, node.node, found.number, *failed, _seconds(found.mean), half, most


def _percent(part: float | None) -> str:
    return f"{part:.1%}" if part else ""


def _seconds(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f"{milliseconds / 1000:,.1f}"


def _within(bound: Bound | None) -> str:
    return "" if bound is None else f"{'>' if bound.longer else '≤'} {bound.milliseconds / 1000:g}"
