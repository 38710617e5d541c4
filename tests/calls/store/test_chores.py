"""What is old is deleted, by one of the processes, and what is needed stays."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from sqlalchemy import func, select, update

from ivr.calls.store.chores import RECORDS_MS, SERVED_MS, STALE_MS
from ivr.calls.store.engine import Database
from ivr.calls.store.owners import Owner
from ivr.calls.store.records import MOST_AT_ONCE, Wanted, found, journal_of
from ivr.calls.store.schema import calls, flows, journal, marks, metadata, owners, sessions, tallies
from ivr.calls.store.tallies import count, tallied
from ivr.core.events import Answered, HungUp
from ivr.core.flow import Flow
from ivr.document.load import Loaded, load_sources
from ivr.document.source import read
from tests.calls.store.conftest import DAY_MS, FLOW, Open, call_on, until

KEEP_MS = 30 * RECORDS_MS


def now() -> int:
    return time.time_ns() // 1_000_000


def counts(url: str) -> Mapping[str, int]:
    """How many rows each table has."""
    with closing(Database(url)) as database, database.transaction(writes=False) as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in metadata.tables.items()
        }


async def test_what_is_old_is_deleted(url: str, opened: Open, flow: Flow, loaded: Loaded) -> None:
    others = load_sources({"main.yaml": read(FLOW.replace("Well?", "Now?"), "main.yaml")}, 2026)
    first = await opened(url, keep=KEEP_MS, keep_records=KEEP_MS)
    await first.keep_flows(loaded)
    await first.keep_flows(others)
    for number in range(MOST_AT_ONCE + 5):
        await_last = call_on(first, flow, f"old {number}").tell(Answered(0), HungUp(10))
    young = call_on(first, others.flows["main"], "young").tell(Answered(0), HungUp(10))
    lives = call_on(first, flow, "lives").tell(Answered(0))
    stale = call_on(first, flow, "stale").tell(Answered(0))
    for each in (await_last, young, lives, stale):
        await each.durable()
    with closing(Database(url)) as database, database.transaction() as connection:
        connection.execute(update(calls).where(calls.c.call.like("old %")).values(ended=now() - KEEP_MS - 1))
        connection.execute(update(calls).where(calls.c.call == "young").values(ended=now() - KEEP_MS // 2))
        connection.execute(update(calls).where(calls.c.call == "lives").values(began=now() - 2 * KEEP_MS))
        connection.execute(
            update(sessions).where(sessions.c.call == "stale").values(began=now() - STALE_MS - 1, owner="nobody")
        )
        connection.execute(update(flows).values(served=now() - SERVED_MS - 1))
        row = {"fingerprint": "unserved", "flow": "x", "texts": "{}", "lengths": "{}"}
        connection.execute(database.upsert(flows), [{**row, "served": now() - SERVED_MS - 1}])
        dead = Owner("dead", "", 1)
        row_of_dead = {"id": dead.id, "host": dead.host, "pid": dead.pid, "started": 0, "beats": 1, "beaten": 0}
        connection.execute(database.upsert(owners), [row_of_dead])
    before = counts(url)
    assert before["calls"] == MOST_AT_ONCE + 8
    await opened(url, keep=KEEP_MS, keep_records=KEEP_MS)
    time.sleep(0.1)  # noqa: ASYNC251  nothing happens meanwhile: somebody has pruned within this hour
    assert counts(url)["calls"] == before["calls"]
    with closing(Database(url)) as database, database.transaction() as connection:
        connection.execute(update(marks).where(marks.c.name == "pruned").values(value=0))
    await opened(url, keep=KEEP_MS, keep_records=KEEP_MS)
    await until(lambda: counts(url)["calls"] == 3)
    with closing(Database(url)) as database, database.transaction(writes=False) as connection:
        assert set(connection.scalars(select(calls.c.call))) == {"young", "lives", "stale"}
        records = set(connection.scalars(select(calls.c.record)))
        assert set(connection.scalars(select(journal.c.record))) == records
        assert set(connection.scalars(select(sessions.c.call))) == {"lives"}
        kept = {flow.fingerprint, others.flows["main"].fingerprint}
        assert set(connection.scalars(select(flows.c.fingerprint))) == kept
        assert "dead" not in set(connection.scalars(select(owners.c.id)))


async def test_journals_records_and_figures_are_kept_for_as_long_as_each_may_be(
    url: str, opened: Open, flow: Flow, loaded: Loaded
) -> None:
    store = await opened(url, keep=3 * DAY_MS)
    await store.keep_flows(loaded)
    for days in (2, 4, 6):
        call = call_on(store, flow, f"{days} days", began=now() - days * DAY_MS).tell(Answered(0), HungUp(10))
        await call.durable()
    await store.change(count)
    await store.aclose()
    with closing(Database(url)) as database, database.transaction() as connection:
        connection.execute(update(calls).values(ended=calls.c.began + 10))
        connection.execute(update(flows).values(served=0))
        connection.execute(update(marks).where(marks.c.name == "pruned").values(value=0))
        assert len(set(connection.scalars(select(journal.c.record)))) == 3
        assert len(set(connection.scalars(select(tallies.c.day)))) == 3
    other = await opened(url, keep=3 * DAY_MS, keep_records=5 * DAY_MS, keep_figures=3 * DAY_MS)
    await until(lambda: counts(url)["calls"] == 2)
    records = {each.call: each for each in await other.read(lambda it: found(it, Wanted(), 9))}
    assert records.keys() == {"2 days", "4 days"}
    texts = [await other.read(lambda it, each=each: journal_of(it, each.record)) for each in records.values()]  # type: ignore[misc]  # a default binds it
    assert [bool(text) for text in texts] == [True, False]
    assert await other.flow(flow.fingerprint, Path()) is not None
    assert len(await other.read(lambda it: {each.day for each in tallied(it, "0001-01-01", "9999-12-31")})) == 1


async def test_without_journals_there_still_are_records(url: str, opened: Open, flow: Flow) -> None:
    first, second = await opened(url, keep=0), await opened(url, keep=0)
    await call_on(first, flow).tell(Answered(0), HungUp(10)).durable()
    call = call_on(first, flow, "call-2").tell(Answered(0))
    await call.durable()
    stored = await second.take("call-2")
    assert stored is not None
    stored.kept.end(replace(stored.session, phase="done"))
    assert await first.has_ended("call-1")
    found = counts(url)
    assert (found["calls"], found["journal"]) == (2, 0)
    assert second.health.unwritten == 0
