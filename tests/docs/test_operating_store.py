"""What the page for operators shows of databases is done on databases."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ivr.calls.store.store import Store
from ivr.core.flow import Flow
from ivr.core.session import Call, begin
from tests.docs.operating_page import PAGE, section, statements
from tests.postgresql import PostgreSQL

KEEP_MS = 24 * 3_600_000
FLOW = "start: bye\nnodes:\n  bye: {type: hangup, prompt: Goodbye.}\n"
KEY = "a key that machines share"
CALL = Call("c1", "+919876543210", "+918000000001", "inbound", 1_767_607_200_000)


async def test_a_store_is_backed_up_while_it_is_used_and_forgets_what_goes_on(
    tmp_path: Path, flow_of: Callable[..., Flow]
) -> None:
    shown = re.search(r'^sqlite3 \S+ "(VACUUM INTO \'(.*?)\')"$', PAGE, re.MULTILINE)
    assert shown is not None
    live, copy = tmp_path / "ivr.db", tmp_path / "backup.db"
    flow = flow_of(FLOW)
    store = Store(f"sqlite:///{live}", KEY, keep=KEEP_MS)
    await store.open()
    durable = asyncio.Event()
    store.begin(flow, begin(flow, CALL, {})).when_durable(durable.set)
    await durable.wait()
    with closing(sqlite3.connect(live)) as connection:
        connection.execute(shown[1].replace(shown[2], str(copy)))
    assert await store.take("c1") is not None  # The live one goes on.
    await store.aclose()

    restored = Store(f"sqlite:///{copy}", KEY, keep=KEEP_MS)
    await restored.open()
    assert await restored.take("c1") is not None
    await restored.aclose()
    with closing(sqlite3.connect(copy)) as connection:
        for statement in statements("Backup"):
            connection.execute(statement)
        connection.commit()
        found = [connection.execute(each).fetchall() for each in statements("Privacy")]
        assert found[0] == [(CALL.token,)]
        connection.commit()
        assert connection.execute("SELECT count(*) FROM calls").fetchall() == [(0,)]
        assert connection.execute("SELECT count(*) FROM journal").fetchall() == [(0,)]
    restored = Store(f"sqlite:///{copy}", KEY, keep=KEEP_MS)
    await restored.open()
    assert await restored.take("c1") is None
    await restored.aclose()


async def test_calls_that_nobody_can_open_are_deleted(tmp_path: Path, flow_of: Callable[..., Flow]) -> None:
    flow = flow_of(FLOW)
    url = f"sqlite:///{tmp_path / 'ivr.db'}"
    store = Store(url, KEY, keep=KEEP_MS)
    await store.open()
    store.begin(flow, begin(flow, CALL, {})).let_go()
    await store.aclose()
    store = Store(url, f"not {KEY}", keep=KEEP_MS)
    await store.open()
    assert await store.take("c1") is None
    await store.aclose()
    with closing(sqlite3.connect(tmp_path / "ivr.db")) as connection:
        count = "SELECT count(*) FROM sessions"
        assert connection.execute(count).fetchone() == (1,)
        for statement in statements("Calls that nobody can open"):
            connection.execute(statement)
        assert connection.execute(count).fetchone() == (0,)


@pytest.mark.slow
async def test_a_database_of_postgresql_is_made_saved_and_brought_back(
    postgresql: PostgreSQL, flow_of: Callable[..., Flow], tmp_path: Path
) -> None:
    for statement in statements("PostgreSQL"):
        postgresql.ask(re.sub(r"\bivr\b", "operated", statement))
    url = f"postgresql://operated@127.0.0.1:{postgresql.port}/operated"
    flow = flow_of(FLOW)
    store = Store(url, KEY, keep=KEEP_MS)
    await store.open()
    assert store.health.state == "ok"
    store.begin(flow, begin(flow, CALL, {})).let_go()
    await store.aclose()
    where = ("--host=127.0.0.1", f"--port={postgresql.port}", "--username=operated")
    saved = f"--file={tmp_path / 'ivr.dump'}", str(tmp_path / "ivr.dump")
    shown = re.findall(r"`(pg_(?:dump|restore)) (.*?)`", section("Backup"))
    assert [name for name, _ in shown] == ["pg_dump", "pg_restore"]
    for name, words in shown:
        given = {
            "ivr": "operated",
            "--dbname=ivr": "--dbname=operated",
            "--file=ivr.dump": saved[0],
            "ivr.dump": saved[1],
        }
        command = (postgresql.programs / name, *where, *(given.get(word, word) for word in words.split()))
        await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    for statement in statements("Restoring"):
        postgresql.ask(statement, "operated")
    assert postgresql.ask("SELECT call FROM calls", "operated") == ["c1"]
