"""What calls came to: added up when they are over, and read for figures."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update
from sqlalchemy.sql.dml import Insert

from ivr.calls.records.tally import Tally
from ivr.calls.records.tally import tallies as tallies_of
from ivr.calls.store.page import record_of
from ivr.calls.store.schema import calls, sessions
from ivr.calls.store.schema import tallies as table

MOST_COUNTED = 200
"""Records that are counted in one transaction, so that no call waits for it."""

Key = tuple[str, ...]

logger = logging.getLogger(__name__)


def count(connection: Connection, *which: ColumnElement[bool]) -> int:
    """Add up calls that are over and were not counted yet, some of them, and give how many these were.

    Whoever does it, and however often it is begun: a call is counted once, because its record says so in the same
    transaction. A call is over once its work after the end is done, in which it may still reach a goal.
    """
    going = select(sessions.c.record)
    uncounted = (calls.c.counted == 0, calls.c.ended.is_not(None), calls.c.record.not_in(going), *which)
    # In PostgreSQL another process may be at it; in SQLite only one writes at a time.
    asked = select(calls).where(*uncounted).limit(MOST_COUNTED).with_for_update(skip_locked=True)
    rows = connection.execute(asked).all()
    if rows:
        add(connection, (each for row in rows for each in _of_row(row)))
        done = calls.c.record.in_([row.record for row in rows])
        connection.execute(update(calls).where(done).values(counted=1))
    return len(rows)


def _of_row(row: Row[Any]) -> tuple[Tally, ...]:
    try:
        return tallies_of(record_of(row))
    except Exception:
        # A bug of ours costs the figures this call, and never the others.
        logger.exception("a bug of ours: the call %s can't be counted", row.token)
        return ()


def add(connection: Connection, tallies: Iterable[Tally]) -> None:
    """Add numbers to those that there are."""
    sums: defaultdict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for each in tallies:
        both = sums[each.day, each.flow, each.node, each.what, each.detail]
        both[0] += each.count
        both[1] += each.milliseconds
    names = [column.name for column in table.columns]
    # Two processes that add to the same rows do it in the same order.
    rows = [dict(zip(names, (*key, *both), strict=True)) for key, both in sorted(sums.items())]
    if rows:
        connection.execute(_adding(connection), rows)


def _adding(connection: Connection) -> Insert:
    insert: Any = import_module(f"sqlalchemy.dialects.{connection.dialect.name}").insert
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    summed = {
        column.name: column + statement.excluded[column.name] for column in table.columns if not column.primary_key
    }
    made: Insert = statement.on_conflict_do_update(index_elements=keys, set_=summed)
    return made


def tallied(connection: Connection, since_day: str, until_day: str, flow: str | None = None) -> list[Tally]:
    """What calls of these days (ISO 8601, both inclusive) came to, of one flow or of all of them, as it is stored."""
    asked = select(table).where(table.c.day.between(since_day, until_day))
    if flow is not None:
        asked = asked.where(table.c.flow == flow)
    return [Tally(*row) for row in connection.execute(asked.order_by(*table.primary_key))]
