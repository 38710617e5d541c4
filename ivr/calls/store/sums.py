"""What calls of many days came to, as far as figures need it: added up by the database."""

from __future__ import annotations

from sqlalchemy import BigInteger, ColumnElement, Connection, cast, func, select

from ivr.calls.records.figures import CALLS
from ivr.calls.records.tally import Tally
from ivr.calls.store.schema import tallies as table


def summed(connection: Connection, since_day: str, until_day: str, flow: str | None = None) -> list[Tally]:
    """What calls of these days (ISO 8601, both inclusive) came to, of one flow or of all of them.

    Calls as a whole are told day by day, and nodes in all days together, with the last one as their day. `figures` and
    `of_node` make the same of it as of what is stored, of which there is ten times as much: most of the time that they
    need is that of reading it.
    """
    where: list[ColumnElement[bool]] = [table.c.day.between(since_day, until_day)]
    if flow is not None:
        where.append(table.c.flow == flow)
    of_calls = connection.execute(select(table).where(*where, table.c.node == CALLS))
    keys = (table.c.flow, table.c.node, table.c.what, table.c.detail)
    # PostgreSQL gives sums of large integers as decimal numbers.
    sums = (cast(func.sum(each), BigInteger) for each in (table.c.count, table.c.milliseconds))
    of_nodes = connection.execute(select(*keys, *sums).where(*where, table.c.node != CALLS).group_by(*keys))
    return [*(Tally(*row) for row in of_calls), *(Tally(until_day, *row) for row in of_nodes)]
