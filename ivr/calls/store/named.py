"""Records of calls by the names that people have for a call."""

from __future__ import annotations

from sqlalchemy import Connection, or_, select

from ivr.calls.records.record import CallRecord
from ivr.calls.store.page import record_of, storable
from ivr.calls.store.schema import calls
from ivr.core.session import Call


def named(connection: Connection, name: str) -> list[CallRecord]:
    """The records whose call has this id or token, or that have it as their own id, the first one first."""
    key = storable(name)
    token = Call(name, "", "", "inbound", 0).token
    asked = select(calls).where(or_(calls.c.call == key, calls.c.token.in_((key, token)), calls.c.record == key))
    return [record_of(row) for row in connection.execute(asked.order_by(calls.c.began, calls.c.record))]
