"""A store that is slow, away or emptied delays nothing for long, is told of, and catches up by itself."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import replace

import pytest

from ivr.calls.store.errors import StoreAway
from ivr.calls.store.store import Store
from ivr.core.events import Answered, Event, HungUp, KeyPressed
from ivr.core.flow import Flow
from ivr.document.journal import read
from tests.calls.store.conftest import DAY_MS, KEY, PATIENCE_S, Open, call_on, journal_of, until
from tests.postgresql import PostgreSQL

WRONG: tuple[Event, ...] = tuple(KeyPressed(at, "8") for at in range(1, 40))
"""Keys that are told one by one, as long as the caller likes."""


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else writes for a long time."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def stopped(cluster: PostgreSQL) -> Iterator[None]:
    """It ends, and is started again."""
    cluster.ask("CHECKPOINT")
    cluster.stop()
    yield
    cluster.start()


def away(request: pytest.FixtureRequest, url: str) -> AbstractContextManager[None]:
    """The store can't be used as long as the block lasts."""
    return locked(url) if url.startswith("sqlite") else stopped(request.getfixturevalue("postgresql"))


async def test_a_store_that_was_away_catches_up(
    url: str, opened: Open, flow: Flow, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    store = await opened(url)
    call = call_on(store, flow).tell(Answered(0))
    await call.durable()
    caplog.set_level(logging.INFO)
    with away(request, url):
        done: list[str] = []
        told = time.monotonic()
        call.tell(*WRONG)
        call.kept.when_durable(lambda: done.append("first"))
        call.kept.when_durable(lambda: done.append("second"))
        assert done == []
        with pytest.raises(StoreAway):
            await store.take("call-1")
        await until(lambda: done and store.health.state == "away")
        assert done == ["first", "second"]
        assert time.monotonic() - told >= 1
        health = store.health
        assert (health.waiting, health.undurable, health.unwritten) == (1, 2, 0)
        assert health.since is not None
        assert 0 <= time.time() * 1000 - health.since < 60_000
        new = call_on(store, flow, "call-2").tell(Answered(0), HungUp(9))
    await new.durable()
    await until(lambda: store.health == replace(health, state="ok", since=None, waiting=0))
    assert call.kept.durable == call.kept.told
    assert await store.has_ended("call-2")
    [text] = journal_of(url)
    assert len(read(text.encode(), "").entries) == 1 + len(WRONG)
    assert [each.message for each in caplog.records if each.name.endswith("writer")] == [
        "store is away",
        "store is back",
    ]


@pytest.mark.slow
async def test_a_database_that_hangs_hangs_nobody(postgresql: PostgreSQL, flow: Flow) -> None:
    store = Store(postgresql.database(), KEY, keep=DAY_MS)
    await store.open()
    call = call_on(store, flow).tell(Answered(0))
    await call.durable()
    postgresql.suspend()
    try:
        call.tell(KeyPressed(10, "7"))
        asked = time.monotonic()
        found = await asyncio.gather(*(store.has_ended("call-1") for _ in range(9)), return_exceptions=True)
        assert all(isinstance(each, StoreAway) for each in found)
        assert time.monotonic() - asked < 10
        await until(lambda: store.health.state == "away")
        asked = time.monotonic()
        await store.aclose(0.5)
        assert time.monotonic() - asked < 10
    finally:
        postgresql.resume()


async def test_deeds_wait_for_what_was_told_before_them(sqlite_url: str, opened: Open, flow: Flow) -> None:
    store = await opened(sqlite_url)
    call = call_on(store, flow)
    done: list[int] = []
    for number, event in enumerate((Answered(0), *WRONG)):
        call.tell(event)
        call.kept.when_durable(lambda number=number: done.append(number))  # type: ignore[misc]  # a default binds it
    assert done == []
    await call.durable()
    assert done == list(range(1 + len(WRONG)))
    call.kept.when_durable(lambda: done.append(-1))
    assert done[-1] == -1
    assert store.health.undurable == 0


async def test_a_bug_in_a_deed_harms_no_other(
    sqlite_url: str, opened: Open, flow: Flow, caplog: pytest.LogCaptureFixture
) -> None:
    call = call_on(await opened(sqlite_url), flow)
    call.kept.when_durable(lambda: [][0])
    await call.durable()
    assert "a bug of ours in what waited for the store" in caplog.text


async def test_too_many_steps_cost_a_journal_and_no_memory(sqlite_url: str, opened: Open, flow: Flow) -> None:
    store = await opened(sqlite_url, most_waiting=20)
    call, other = call_on(store, flow), call_on(store, flow, "call-2")
    await call.durable()
    await other.durable()
    with locked(sqlite_url):
        call.tell(Answered(0), *WRONG)
        await until(lambda: store.health.unwritten == 1)
        other.tell(Answered(0), KeyPressed(10, "7"))
    await call.durable()
    await other.durable()
    call.tell(KeyPressed(50, "7"))
    await call.durable()
    assert len(journal_of(sqlite_url)[0].splitlines()) == 1
    assert len(journal_of(sqlite_url, "call-2")[0].splitlines()) == 3
    taken = await (await opened(sqlite_url)).take("call-1")
    assert taken is not None
    assert taken.at == 50
    taken.kept.end(taken.session)


async def test_what_is_wrong_with_one_call_does_not_keep_others_from_being_written(
    sqlite_url: str, opened: Open, flow: Flow, caplog: pytest.LogCaptureFixture
) -> None:
    store = await opened(sqlite_url)
    with locked(sqlite_url), caplog.at_level(logging.ERROR):
        good = call_on(store, flow, "good").tell(Answered(0))
        refused = call_on(store, flow, "refused", began=2**70).tell(Answered(0))
        odd = call_on(store, flow, "odd")
        odd.kept.step(odd.session, Answered(0), replace(odd.session, memory={"x": float("nan")}), ())
        last = call_on(store, flow, "last\0\ud800").tell(Answered(0))
    await good.durable()
    await last.durable()
    assert good.kept.durable == good.kept.told
    assert last.kept.durable == last.kept.told
    assert refused.kept.durable == odd.kept.durable == 0
    assert "a call can't be written" in caplog.text
    assert "the call odd can't be stored" in caplog.text
    odd.tell(Answered(1))
    await odd.durable()
    assert odd.kept.durable == odd.kept.told
    assert await store.take("last\0\ud800") is not None


async def test_a_database_that_was_emptied_is_filled_again(sqlite_url: str, opened: Open, flow: Flow) -> None:
    store = await opened(sqlite_url)
    call = call_on(store, flow).tell(Answered(0))
    await call.durable()
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        for table in ("sessions", "calls", "journal", "marks"):
            other.execute(f"DROP TABLE {table}")
    call.tell(KeyPressed(10, "7"))
    await call.durable()
    call.tell(HungUp(20))
    await call.durable()
    assert not call.lost
    assert await store.has_ended("call-1")
    assert journal_of(sqlite_url) == []
    assert store.health.unwritten == 1


@pytest.mark.slow
async def test_who_takes_a_call_lets_its_owner_write_first_what_happened_meanwhile(
    sqlite_url: str, opened: Open, flow: Flow
) -> None:
    first, second = await opened(sqlite_url), await opened(sqlite_url)
    call = call_on(first, flow).tell(Answered(0))
    await call.durable()
    with locked(sqlite_url):
        call.tell(*WRONG)
        with pytest.raises(StoreAway):
            await second.take("call-1")
    stored = None
    async with asyncio.timeout(PATIENCE_S):
        while stored is None:
            with suppress(StoreAway):
                stored = await second.take("call-1")
            await asyncio.sleep(0.05)
    assert stored.at == WRONG[-1].at
