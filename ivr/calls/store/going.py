"""Calls that go on, whichever process has them, and the wish that one of them ends."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection, select

from ivr.calls.clock import wall_clock
from ivr.calls.store.engine import Database
from ivr.calls.store.schema import calls, hang_ups, sessions
from ivr.calls.store.sealing import Seal, SealError


@dataclass(frozen=True, slots=True)
class Going:
    """A call that goes on."""

    record: str
    """The id of its record."""
    call: str
    """The carrier's id."""
    flow: str
    caller: str
    called: str
    began: int
    """Milliseconds since 1970-01-01 UTC."""
    place: str
    """The node at which it is, as `flow/node` in a subflow; empty where its session is of an older version."""
    at: int
    """When something last happened, in milliseconds since the call began."""
    interruptions: int
    """How often the stream came back after a break."""


def going(connection: Connection, seal: Seal) -> list[Going]:
    """All calls that go on, the newest first; those whose sessions can't be opened are left out.

    A call whose work after the end is not done yet goes on no more.
    """
    told = (sessions.c.record, sessions.c.call, sessions.c.flow, calls.c.caller, calls.c.called, sessions.c.began)
    asked = select(*told, sessions.c.document).join(calls, calls.c.record == sessions.c.record)
    asked = asked.where(calls.c.ended.is_(None)).order_by(sessions.c.began.desc(), sessions.c.record.desc())
    found: list[Going] = []
    for record, call, flow, caller, called, began, document in connection.execute(asked):
        try:
            rest = json.loads(seal.opened(document, call))["rest"]
            where = rest.get("place", ""), rest["at"], rest["interruptions"]
            found.append(Going(record, call, flow, caller, called, began, *where))
        except (SealError, ValueError, TypeError, KeyError, AttributeError):
            continue  # It is sealed with another key; whoever wants to go on with the call complains.
    return found


def order_hang_up(connection: Connection, database: Database, record: str) -> bool:
    """Want a call to end; False if it does not go on."""
    goes_on = connection.scalar(select(sessions.c.record).where(sessions.c.record == record)) is not None
    if goes_on:
        connection.execute(database.upsert(hang_ups), [{"record": record, "ordered": wall_clock()}])
    return goes_on


def ordered(connection: Connection, owner: str) -> tuple[str, ...]:
    """The ids of the calls that this owner has and somebody wants to end, sorted."""
    wanted = select(sessions.c.call).join(hang_ups, hang_ups.c.record == sessions.c.record)
    return tuple(connection.scalars(wanted.where(sessions.c.owner == owner).order_by(sessions.c.call)))
