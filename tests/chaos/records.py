"""What a store knows of calls, asked from outside."""

from __future__ import annotations

from sqlalchemy import create_engine, select

from ivr.calls.store import schema


def ended_calls(database: str) -> dict[str, list[str | None]]:
    """Why calls ended, by their id; None for what has no end."""
    table = schema.calls.c
    found: dict[str, list[str | None]] = {}
    engine = create_engine(database)
    try:
        with engine.connect() as connection:
            for call, reason, ended in connection.execute(select(table.call, table.reason, table.ended)):
                found.setdefault(call, []).append(None if ended is None else reason)
    finally:
        engine.dispose()
    return found


def live_sessions(database: str) -> list[str]:
    """The ids of calls that go on."""
    engine = create_engine(database)
    try:
        with engine.connect() as connection:
            return [str(row.call) for row in connection.execute(select(schema.sessions.c.call))]
    finally:
        engine.dispose()
