"""Records of calls by the names that people have for a call."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, or_, select

from ivr.calls.records.record import CallRecord
from ivr.calls.store.page import record_of, storable
from ivr.calls.store.schema import calls
from ivr.core.session import Call


def is_named(name: str) -> ColumnElement[bool]:
    """Whether a call has this id or token."""
    key = storable(name)
    token = Call(name, "", "", "inbound", 0).token
    return or_(calls.c.call == key, calls.c.token.in_((key, token)))


def named(connection: Connection, name: str) -> list[CallRecord]:
    """The records whose call has this id or token, or that have it as their own id, the first one first."""
    asked = select(calls).where(or_(is_named(name), calls.c.record == storable(name)))
    return [record_of(row) for row in connection.execute(asked.order_by(calls.c.began, calls.c.record))]
