"""The tables are made once, whoever comes first, and are never used by a program that does not know them."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from ivr.calls.store.archive import Archive
from ivr.calls.store.engine import Database, database_url
from ivr.calls.store.errors import StoreError
from ivr.calls.store.schema import VERSION
from ivr.calls.store.store import Store
from ivr.core.events import Answered
from ivr.core.flow import Flow
from tests.calls.store.conftest import DAY_MS, KEY, Open, call_on


async def test_many_processes_may_make_the_tables_at_once(url: str, flow: Flow) -> None:
    stores = [Store(url, KEY, keep=DAY_MS) for _ in range(6)]
    await asyncio.gather(*(store.open() for store in stores))
    calls = [call_on(store, flow, f"call-{number}").tell(Answered(0)) for number, store in enumerate(stores)]
    await asyncio.gather(*(call.durable() for call in calls))
    assert {store.health.state for store in stores} == {"ok"}
    assert all([await stores[0].take(f"call-{number}") for number in range(6)])
    await asyncio.gather(*(store.aclose() for store in stores))
    with closing(Database(url)) as database, database.transaction(writes=False) as connection:
        marks = connection.exec_driver_sql("SELECT name, value FROM marks WHERE name = 'version'").all()
    assert [tuple(row) for row in marks] == [("version", VERSION)]


async def test_tables_of_a_newer_version_are_left_alone(sqlite_url: str, opened: Open) -> None:
    await (await opened(sqlite_url)).aclose()
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("UPDATE marks SET value = 99 WHERE name = 'version'")
    with pytest.raises(StoreError, match=f"tables of version 99, and this program knows {VERSION}: use a newer"):
        await opened(sqlite_url)
    with pytest.raises(StoreError, match="version 99"), Archive(sqlite_url) as archive:
        archive.of_call("x")


async def test_only_its_user_may_read_the_file(tmp_path: Path, flow: Flow, opened: Open) -> None:
    url = database_url(None, tmp_path / "data")
    store = await opened(url)
    await call_on(store, flow).durable()
    files = sorted((tmp_path / "data").iterdir())
    assert [path.name for path in files] == ["ivr.db", "ivr.db-shm", "ivr.db-wal"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert database_url("postgresql://h/d", tmp_path) == "postgresql://h/d"


async def test_a_file_that_is_no_database_is_told(tmp_path: Path, opened: Open) -> None:
    (tmp_path / "ivr.db").write_bytes(b"something else " * 100)
    with pytest.raises(StoreError, match=r"ivr\.db: the database can't be used: file is not a database"):
        await opened(database_url(None, tmp_path))
