"""One transaction of the store: what is new of several calls, as far as this process still owns them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from ivr.calls.store.engine import Database
from ivr.calls.store.page import Page, Row
from ivr.calls.store.schema import answers, calls, journal, sessions
from ivr.calls.store.sealing import Seal

_THERE = (
    select(sessions.c.call, sessions.c.record, sessions.c.fence, sessions.c.began)
    .where(sessions.c.call.in_(bindparam("keys", expanding=True)))
    .order_by(sessions.c.call)  # Two processes that lock the same calls do it in the same order.
    .with_for_update()
)
_END_SESSION = delete(sessions).where(sessions.c.call == bindparam("ended"), sessions.c.record == bindparam("of"))
_END_ANSWERS = delete(answers).where(answers.c.record == bindparam("of"))


@dataclass(slots=True)
class Batch:
    """The rows of one call, made before the transaction so that it is short."""

    page: Page
    session: Row | None
    journal: Row | None
    answers: list[Row] = field(default_factory=list)


def batch(page: Page, owner: str, seal: Seal) -> Batch:
    """All that is to be written of a call."""
    return Batch(
        page,
        page.session_row(owner, seal) if page.dirty and not page.done else None,
        page.journal_row() if page.lines else None,
        page.answer_rows(seal),
    )


def write(database: Database, batches: Sequence[Batch]) -> list[Page]:
    """Write what is new of calls, and give those of which nothing was written because they are lost.

    Raises:
        SQLAlchemyError: nothing was written, or that can't be known; it may be tried again.
    """
    with database.transaction() as connection:
        lost = _lost(connection, [each.page for each in batches if each.page.dirty])
        own = [each for each in batches if each.page not in lost]
        _replace(database, connection, sessions, [each.session for each in own])
        unrecorded = [each.page for each in own if each.page.dirty and not each.page.recorded]
        _replace(database, connection, calls, [page.record_row() for page in unrecorded])
        _replace(database, connection, journal, [each.journal for each in own if not each.page.emptied])
        if ended := [{"ended": each.page.key, "of": each.page.record} for each in own if each.page.done]:
            connection.execute(_END_SESSION, ended)
            connection.execute(_END_ANSWERS, ended)
        _keep_answers(database, connection, [row for each in batches for row in each.answers])
    return lost


def _replace(database: Database, connection: Connection, table: Any, rows: Sequence[Row | None]) -> None:
    if there := [row for row in rows if row is not None]:
        connection.execute(database.upsert(table), there)


def _lost(connection: Connection, pages: Sequence[Page]) -> list[Page]:
    """The calls that another process has, or had."""
    if not pages:
        return []
    rows = connection.execute(_THERE, {"keys": [page.key for page in pages]})
    found = {row.call: row for row in rows}
    lost: list[Page] = []
    absent: list[Page] = []
    for page in pages:
        row = found.get(page.key)
        if row is None:
            absent.append(page)
        elif not page.may_write(row.record, row.fence, row.began):
            lost.append(page)
    return lost + _ended_elsewhere(connection, [page for page in absent if page.stored])


def _ended_elsewhere(connection: Connection, pages: Sequence[Page]) -> list[Page]:
    """The calls that are not there any more because another owner ended them."""
    if not pages:
        return []
    asked = select(calls.c.record, calls.c.fence).where(calls.c.record.in_([page.record for page in pages]))
    fences = {row.record: row.fence for row in connection.execute(asked)}
    for page in pages:
        if page.record not in fences:  # The database is another one, or lost what it had: all is written anew.
            page.recorded, page.emptied = False, True
    # With our own fence it was us who ended it, in a transaction of which we did not hear that it was made.
    return [page for page in pages if fences.get(page.record, page.fence) != page.fence]


def _keep_answers(database: Database, connection: Connection, rows: Sequence[Row]) -> None:
    """Keep answers for calls that go on."""
    if rows:
        asked = select(sessions.c.record).where(sessions.c.record.in_({row["record"] for row in rows}))
        living = set(connection.scalars(asked))
        _replace(database, connection, answers, [row for row in rows if row["record"] in living])
