"""Moments that tell apart what conditions ask about the time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from ivr.core.clauses import clause, leaves
from ivr.core.expressions import Expression, ExpressionError, Scope
from ivr.core.flow import Flow
from ivr.core.hours import is_open
from ivr.core.values import reveal
from ivr.document.scenarios import BEGINNING

GRID, WEEKS = timedelta(minutes=30), 2
MOST_MOMENTS, MOST_DATES = 8, 60


def moments(flows: Collection[Flow], expressions: Iterable[tuple[Flow, Expression]]) -> Iterator[datetime]:
    """Moments for each way in which these expressions come out, but for that of the usual moment.

    Args:
        flows: all flows of a call, for the dates of their hours.
        expressions: those that may decide something, each with its flow.
    """
    asked = [
        (flow, leaf)
        for flow, each in expressions
        if "now" in each.names or "is_open" in each.names
        for leaf in _leaves(each)
        if "now" in leaf.names or "is_open" in leaf.names
    ]
    known = {_answers(asked, BEGINNING)}
    for moment in _grid(flows):
        answers = _answers(asked, moment)
        if answers not in known and len(known) <= MOST_MOMENTS:
            known.add(answers)
            yield moment


def _leaves(condition: Expression) -> tuple[Expression, ...]:
    return leaves(clause(condition)) if "{{" not in condition.source else (condition,)


def _grid(flows: Collection[Flow]) -> Iterator[datetime]:
    """Every half hour of two weeks, then that of days which differ from others."""
    for number in range(round(timedelta(weeks=WEEKS) / GRID)):
        yield BEGINNING + number * GRID
    dates = {date for flow in flows for hours in flow.hours.values() for date in hours.dates}
    listed = sorted(date for date in dates if date >= BEGINNING.date().isoformat())
    for date in listed[:MOST_DATES]:
        midnight = datetime.fromisoformat(date).replace(tzinfo=UTC)
        for number in range(-24, 72):
            yield midnight + number * GRID


def _answers(asked: Iterable[tuple[Flow, Expression]], moment: datetime) -> tuple[Any, ...]:
    return tuple(_answer(flow, each, moment) for flow, each in asked)


def _answer(flow: Flow, condition: Expression, moment: datetime) -> Any:
    now = moment if flow.zone is None else moment.astimezone(flow.zone)

    def opened(name: str) -> bool:
        return is_open(flow.hours[name], moment)

    scope = Scope(flow.variables, flow.language, lambda: now, opened)
    try:
        return repr(reveal(condition.evaluate(scope)))
    except ExpressionError:
        return None
