"""One transaction of the store: what is new of several calls, as far as this process still owns them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, UpdateBase, bindparam, delete, select, update

from ivr.calls.store.driven import Driven
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
_END_SESSION = delete(sessions).where(sessions.c.call == bindparam("call"), sessions.c.record == bindparam("record"))
_END_ANSWERS = delete(answers).where(answers.c.record == bindparam("record"))

_AS_IT_WAS = (
    sessions.c.call == bindparam("call"),
    sessions.c.record == bindparam("record"),
    sessions.c.fence == bindparam("fence"),
)
_GO_ON = update(sessions).where(*_AS_IT_WAS).values(owner=bindparam("owner"), document=bindparam("document"))
_END_OWN = delete(sessions).where(*_AS_IT_WAS)


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


def write(database: Database, driven: Driven, batches: Sequence[Batch]) -> list[Page]:
    """Write what is new of calls, and give those of which nothing was written because they are lost.

    Theory of operation. Nearly always each session is in the database as this process left it: then that is part of
    what the statements ask for, and of how many rows they find. Where that is not so, all of it is undone, and it is
    looked up what became of the calls before they are written.

    Raises:
        SQLAlchemyError: nothing was written, or that can't be known; it may be tried again.
    """
    try:
        _write_own(database, driven, sorted(batches, key=lambda each: each.page.key))
    except _NotAsItWas:
        return _write_and_look(database, batches)
    return []


class _NotAsItWas(Exception):
    """A session is not in the database as this process left it, or that has to be looked up."""


def _write_own(database: Database, driven: Driven, batches: Sequence[Batch]) -> None:
    """Write calls that are this process's own.

    Raises:
        _NotAsItWas: nothing was written.
    """
    pages = [each.page for each in batches]
    if any(each.answers or each.page.emptied for each in batches):
        raise _NotAsItWas
    with driven.transaction() as run:

        def each_one(statement: UpdateBase, rows: Sequence[Row | None]) -> None:
            there = [row for row in rows if row is not None]
            if there and run(statement, there) != len(there):
                raise _NotAsItWas

        each_one(_GO_ON, [each.session for each in batches if each.page.stored])
        each_one(database.upsert(sessions), [each.session for each in batches if not each.page.stored])
        ended = [{"call": page.key, "record": page.record, "fence": page.fence} for page in pages if page.done]
        each_one(_END_OWN, ended)
        if ended:
            run(_END_ANSWERS, ended)
        each_one(database.upsert(calls), [page.record_row() for page in pages if page.dirty and not page.recorded])
        each_one(database.upsert(journal), [each.journal for each in batches])


def _write_and_look(database: Database, batches: Sequence[Batch]) -> list[Page]:
    """Write calls after it was looked up which of them other processes have."""
    with database.transaction() as connection:
        lost = _lost(connection, [each.page for each in batches if each.page.dirty])
        own = [each for each in batches if each.page not in lost]
        _replace(database, connection, sessions, [each.session for each in own])
        unrecorded = [each.page for each in own if each.page.dirty and not each.page.recorded]
        _replace(database, connection, calls, [page.record_row() for page in unrecorded])
        _replace(database, connection, journal, [each.journal for each in own if not each.page.emptied])
        if ended := [{"call": each.page.key, "record": each.page.record} for each in own if each.page.done]:
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
