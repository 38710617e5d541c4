"""The records of calls, as they are searched, read and deleted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, func, not_, or_, select

from ivr.calls.records.record import CallRecord
from ivr.calls.store.page import record_of
from ivr.calls.store.schema import calls, journal, sessions
from ivr.calls.store.tallies import count

MOST_AT_ONCE = 200
"""Records that one statement deletes."""
PUNCTUATION = " -()[]"
"""What a number may be written with."""
_PUNCTUATION = re.compile(f"[{re.escape(PUNCTUATION)}]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records are wanted; None where it is all the same."""

    since: int | None = None
    """When the call began at the earliest, in milliseconds since 1970-01-01 UTC."""
    until: int | None = None
    """Before when it began."""
    number: str | None = None
    """Part of the caller's or of the called number, as it is kept, or as that without spaces, dashes and brackets."""
    flow: str | None = None
    goal: str | None = None
    outcome: str | None = None
    reason: str | None = None
    going: bool | None = None
    """Whether the call goes on."""


def found(
    connection: Connection, wanted: Wanted, limit: int, before: tuple[int, str] | None = None
) -> list[CallRecord]:
    """The records that are wanted, the newest first.

    Args:
        connection: to the store.
        wanted: which.
        limit: how many at most.
        before: `began` and `record` of the last one of the page before.
    """
    asked = select(calls).where(*_conditions(wanted))
    if before is not None:
        began, record = before
        asked = asked.where(calls.c.began <= began, or_(calls.c.began < began, calls.c.record < record))
    rows = connection.execute(asked.order_by(calls.c.began.desc(), calls.c.record.desc()).limit(limit))
    return [record_of(row) for row in rows]


def number_of(connection: Connection, wanted: Wanted) -> int:
    """How many records are wanted."""
    asked = select(func.count()).select_from(calls).where(*_conditions(wanted))
    return connection.scalar(asked) or 0


def record(connection: Connection, id: str) -> CallRecord | None:
    """The record of this id; None if there is none."""
    row = connection.execute(select(calls).where(calls.c.record == id)).first()
    return None if row is None else record_of(row)


def record_of_call(connection: Connection, call: str) -> CallRecord | None:
    """The newest record with this id of the carrier's; None if there is none."""
    asked = select(calls).where(calls.c.call == call).order_by(calls.c.began.desc(), calls.c.record.desc())
    row = connection.execute(asked.limit(1)).first()
    return None if row is None else record_of(row)


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        yield calls.c.began >= wanted.since
    if wanted.until is not None:
        yield calls.c.began < wanted.until
    if wanted.number is not None:
        parts = sorted({wanted.number, _plain(wanted.number) or wanted.number})
        numbers = (calls.c.caller, calls.c.called)
        yield or_(*(number.contains(part, autoescape=True) for number in numbers for part in parts))
    if wanted.flow is not None:
        yield calls.c.flow == wanted.flow
    if wanted.goal is not None:
        yield calls.c.goals.contains(f"[{json.dumps(wanted.goal)},", autoescape=True)
    if wanted.outcome is not None:
        yield calls.c.outcome == wanted.outcome
    if wanted.reason is not None:
        yield calls.c.reason == wanted.reason
    if wanted.going is not None:
        goes_on = and_(calls.c.ended.is_(None), calls.c.record.in_(select(sessions.c.record)))
        yield goes_on if wanted.going else not_(goes_on)


def _plain(number: str) -> str:
    return _PUNCTUATION.sub("", number)


def journal_of(connection: Connection, record: str) -> str:
    """All lines of the journal of a call so far; empty if there are none."""
    asked = select(journal.c.text).where(journal.c.record == record).order_by(journal.c.number)
    return "".join(connection.scalars(asked))


def flows_of(connection: Connection) -> list[str]:
    """The ids of the flows that have records, sorted."""
    ids: list[str] = []
    following = select(func.min(calls.c.flow))
    least = connection.scalar(following)
    while least is not None:  # Each is a look into the index, however many calls it has.
        ids.append(least)
        least = connection.scalar(following.where(calls.c.flow > least))
    return ids


def deleted(connection: Connection, number: str) -> list[str]:
    """Delete what is kept of a caller's calls that are over, some of them, and give the tokens of these.

    To be asked again until there is none, so that no call waits for it.
    The number is compared without spaces, dashes and brackets. Figures stay: calls that were not counted are before. A
    call whose work after the end is not done yet stays until it is.
    """
    digits = _plain(number)
    if not digits:
        return []
    caller: ColumnElement[str] = calls.c.caller
    for each in PUNCTUATION:
        caller = func.replace(caller, each, "")
    theirs = and_(calls.c.ended.is_not(None), calls.c.record.not_in(select(sessions.c.record)), caller == digits)
    while count(connection, theirs):
        pass
    rows = connection.execute(select(calls.c.record, calls.c.token).where(theirs).limit(MOST_AT_ONCE)).all()
    forget(connection, [row.record for row in rows])
    return sorted({row.token for row in rows})


def forget(connection: Connection, records: Sequence[str]) -> None:
    """Delete records and their journals."""
    for table in (journal, calls):
        connection.execute(delete(table).where(table.c.record.in_(records)))
