"""A store of an older version is brought forward with all that is in it, and its calls go on."""

from __future__ import annotations

import json
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect

from ivr.calls.records.record import CallRecord, Leg
from ivr.calls.store.archive import Archive
from ivr.calls.store.engine import Database
from ivr.calls.store.errors import StoreError
from ivr.calls.store.owners import NOBODY
from ivr.calls.store.records import journal_of, record
from ivr.calls.store.schema import VERSION, metadata, sessions, version
from ivr.calls.store.sealing import Seal
from ivr.calls.store.tallies import count, tallied
from ivr.core.events import Answered, HungUp, KeyPressed
from ivr.core.flow import Flow
from ivr.core.session import Call, begin
from ivr.core.snapshot import to_plain
from ivr.core.step import step
from tests.calls.store.conftest import KEY, Open, resumed

STATEMENTS = Path(__file__).with_name("version_1.sql").read_text("utf-8")
BEGAN = 1_767_607_200_000
"""2026-01-05T10:00Z."""
LONG_MS = 3_650 * 86_400_000
PIN = tuple(KeyPressed(10 * at, key) for at, key in enumerate("1234", 1))
OLD = CallRecord(
    "r0", "old", "old", "main", "f", "+91", "+92", "inbound", BEGAN, "2026-01-05", BEGAN + 60_000, "hangup", "bye",
    None, (("served", 1200),), 60_000, 1, (),
)  # fmt: skip


@pytest.fixture
def old(url: str) -> str:
    """A store as version 1 made it."""
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir()
    with closing(Database(url)) as database, database.transaction() as connection:
        for statement in STATEMENTS.split(";\n"):
            if statement:
                connection.exec_driver_sql(statement if database.is_file else statement.replace("BLOB", "BYTEA"))
    return url


def begun(url: str, flow: Flow) -> int:
    """Let a process of version 1 have begun a call that goes on; give when, in milliseconds since 1970."""
    began = time.time_ns() // 1_000_000
    session, _ = step(flow, begin(flow, Call("going", "+91", "+92", "inbound", began), {}), Answered(0))
    rest = {"at": 0, "journal": None, "number": 0, "interruptions": 0, "ended": None}
    document = Seal(KEY).sealed(json.dumps({"session": to_plain(session), "rest": rest}), "going")
    row = {"call": "going", "record": "r1", "fence": 1, "owner": NOBODY.id, "began": began, "flow": flow.id}
    with closing(Database(url)) as database, database.transaction() as connection:
        connection.execute(sessions.insert(), [{**row, "fingerprint": flow.fingerprint, "document": document}])
        columns = (
            "token, fence, flow, fingerprint, caller, called, direction, goals, interruptions, record, call, began"
        )
        values = f"'going', 1, 'main', 'f', '+91', '+92', 'inbound', '[]', 0, 'r1', 'going', {began}"
        connection.exec_driver_sql(f"INSERT INTO calls ({columns}) VALUES ({values})")  # noqa: S608  these are ours
    return began


async def test_a_store_of_the_first_version_is_brought_forward(old: str, opened: Open, flow: Flow) -> None:
    began = begun(old, flow)
    with Archive(old) as archive:
        assert [each.text for each in archive.of_call("old")] == ["its journal"]
        with pytest.raises(StoreError, match="the tables are of version 1, and this program needs 2: start the server"):
            archive.read(lambda connection: record(connection, "r0"))
    store = await opened(old, keep=LONG_MS)
    assert await store.read(version) == VERSION
    assert await store.read(lambda connection: record(connection, "r0")) == OLD
    assert await store.read(lambda connection: journal_of(connection, "r0")) == "its journal"
    assert await store.has_ended("old")
    [goes_on] = await store.going()
    assert (goes_on.call, goes_on.place, goes_on.caller) == ("going", "", "+91")
    store.begin(flow, begin(flow, Call("other", "", "", "inbound", 0), {}))  # So it has the flow.
    call = resumed(flow, await store.take("going")).tell(*PIN)
    await call.durable()
    [goes_on] = [each for each in await store.going() if each.call == "going"]
    assert goes_on.place == "menu"
    call.tell(HungUp(60))
    await call.durable()
    kept = await store.read(lambda connection: record(connection, "r1"))
    assert kept is not None
    assert (kept.day, kept.outcome, kept.path) == (
        datetime.fromtimestamp(began / 1000, UTC).date().isoformat(),
        "abandoned",
        (Leg("pin", 10, "next"), Leg("menu", 40)),
    )
    # What the old program did not count is not counted in part.
    assert await store.change(count) == 0
    assert await store.read(lambda connection: tallied(connection, "2026-01-01", "9999-12-31", "main")) == []


async def test_tables_are_the_same_whether_made_or_brought_forward(
    old: str, opened: Open, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    await opened(old)
    new = f"sqlite:///{tmp_path / 'new.db'}"
    if not old.startswith("sqlite"):
        new = request.getfixturevalue("postgresql").database()
    await opened(new)
    assert _tables(old) == _tables(new)


def _tables(url: str) -> dict[str, object]:
    """The columns of all tables, and the statements of all indexes."""
    with closing(Database(url)) as database, database.transaction(writes=False) as connection:
        seen = inspect(connection)
        columns = {
            name: [
                [str(each[key]) for key in ("name", "type", "nullable", "default")] for each in seen.get_columns(name)
            ]
            for name in metadata.tables
        }
        indexes = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        if not database.is_file:
            indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
        return {**columns, "indexes": sorted(connection.exec_driver_sql(indexes).scalars())}
