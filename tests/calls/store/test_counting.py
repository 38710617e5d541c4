"""Each call is counted once, whoever does it, and figures stay when a caller's records are deleted."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, update

from ivr.calls.records.tally import Tally
from ivr.calls.store.archive import Archive
from ivr.calls.store.records import Wanted, deleted, found, journal_of, number_of
from ivr.calls.store.schema import calls, tallies
from ivr.calls.store.store import Store
from ivr.calls.store.tallies import MOST_COUNTED, count, tallied
from ivr.core.events import Answered, HungUp, LookupAnswered
from ivr.core.flow import Flow
from ivr.core.session import Call, begin
from tests.calls.store.conftest import PATIENCE_S, OnStore, Open, call_on

ALWAYS = ("0001-01-01", "9999-12-31")
LOGGED = """
start: menu
on_hangup: log
goals: {logged: [log]}
nodes:
  menu: {type: menu, prompt: Well?, timeout: 10m, choices: [{press: 1, next: menu}]}
  log: {type: http, url: "http://crm.test/log"}
"""


async def counted(store: Store, calls: int) -> Counter[tuple[str, str, str]]:
    """What is in the tallies once so many calls are, by node, what and detail."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            rows = await store.read(partial(tallied, since_day=ALWAYS[0], until_day=ALWAYS[1], flow=None))
            sums = Counter[tuple[str, str, str]]()
            for each in rows:
                sums[each.node, each.what, each.detail] += each.count
            if sum(number for (_, what, _), number in sums.items() if what == "call") >= calls:
                return sums
            await asyncio.sleep(0.01)


class Killed(Exception):
    """The process ends in the middle of a transaction."""


async def test_calls_are_counted_once_whoever_does_it(url: str, opened: Open, flow: Flow) -> None:
    first, second = await opened(url), await opened(url)
    number = 2 * MOST_COUNTED + 7
    for each in range(number):
        last = call_on(first, flow, f"call {each}").tell(Answered(0), HungUp(10 + each))
    going = call_on(second, flow, "going").tell(Answered(0))
    await last.durable()
    await going.durable()

    def killed(connection: Connection) -> None:
        count(connection)
        raise Killed

    async def ask(store: Store) -> None:
        for _ in range(3):
            with suppress(Killed):
                await store.change(killed)
            await store.change(count)

    await asyncio.gather(*(ask(store) for store in (first, second) for _ in range(2)))
    await opened(url)  # Whoever comes counts what there is.
    sums = await counted(first, number)
    assert sums["", "call", "abandoned"] == sums["pin", "reached", ""] == sums["pin", "left", "1"] == number
    assert await second.change(count) == 0
    rows = await first.read(partial(tallied, since_day=ALWAYS[0], until_day=ALWAYS[1], flow="main"))
    took = sum(each.milliseconds for each in rows if each.what == "call")
    assert took == sum(10 + each for each in range(number))
    assert await first.read(partial(tallied, since_day=ALWAYS[0], until_day="2000-01-01", flow=None)) == []
    assert await first.read(partial(tallied, since_day=ALWAYS[0], until_day=ALWAYS[1], flow="other")) == []


async def test_a_call_is_counted_with_what_is_done_after_its_end(
    sqlite_url: str, opened: Open, flow_of: Callable[..., Flow]
) -> None:
    flow = flow_of(LOGGED)
    store = await opened(sqlite_url)
    call = call_on(store, flow).tell(Answered(0), HungUp(10))
    await call.durable()
    assert await store.change(count) == 0
    assert (await store.going()) == []
    call.tell(LookupAnswered(30, call.session.fetching or 0, 200))
    await call.durable()
    await store.change(count)
    assert (await counted(store, 1))["", "goal", "logged"] == 1


async def test_a_record_that_is_damaged_keeps_no_other_from_being_counted(
    sqlite_url: str, opened: Open, flow: Flow, caplog: pytest.LogCaptureFixture
) -> None:
    store = await opened(sqlite_url)
    for id in ("odd", "good"):
        await call_on(store, flow, id).tell(Answered(0), HungUp(10)).durable()

    def damaged(connection: Connection) -> int:
        """Count both, of which one is damaged, whoever has counted them already."""
        connection.execute(delete(tallies))
        connection.execute(update(calls).values(counted=0))
        connection.execute(update(calls).where(calls.c.call == "odd").values(path="?"))
        return count(connection)

    assert await store.change(damaged) == 2
    assert (await counted(store, 1))["", "call", "abandoned"] == 1
    assert "the call odd can't be counted" in caplog.text


def of_caller(store: Store, flow: Flow, id: str, caller: str) -> OnStore:
    """A call of somebody."""
    session = begin(flow, Call(id, caller, "+92", "inbound", 1_767_607_200_000), {})
    return OnStore(flow, session, store.begin(flow, session)).tell(Answered(0))


async def test_what_is_kept_of_a_caller_is_deleted_and_no_figure(url: str, opened: Open, flow: Flow) -> None:
    store = await opened(url, keep=3_650 * 86_400_000)
    theirs = [
        of_caller(store, flow, f"their {each}", caller) for each, caller in enumerate(("+91 (98) 1-2", "+919812"))
    ]
    others = [of_caller(store, flow, f"other {each}", caller) for each, caller in enumerate(("+9198123", "919812", ""))]
    for call in (*theirs, *others):
        call.tell(HungUp(10))
    theirs.append(of_caller(store, flow, "their own that goes on", "+919812"))
    for call in (*theirs, *others):
        await call.durable()
    records = await store.read(partial(found, wanted=Wanted(), limit=9))
    for nobody in ("+91", "9812", "", " - "):
        assert await store.change(partial(deleted, number=nobody)) == []
    tokens = await store.change(partial(deleted, number="+91-98 12"))
    assert tokens == sorted(call.session.call.token for call in theirs[:2])
    left = {each.call for each in await store.read(partial(found, wanted=Wanted(), limit=9))}
    assert left == {"other 0", "other 1", "other 2", "their own that goes on"}
    for each in records:
        assert bool(await store.read(partial(journal_of, record=each.record))) == (each.call in left)
    await store.change(count)
    assert (await counted(store, 5))["", "call", "abandoned"] == 5


async def test_commands_read_and_change_a_store_that_nobody_serves(
    sqlite_url: str, opened: Open, flow: Flow, tmp_path: Path
) -> None:
    store = await opened(sqlite_url)
    await call_on(store, flow).tell(Answered(0), HungUp(10)).durable()
    await store.aclose()
    with Archive(sqlite_url) as archive:
        assert archive.read(partial(number_of, wanted=Wanted(going=False))) == 1
        assert archive.change(partial(deleted, number="+919999999999")) == ["call-1"]
        assert archive.read(partial(number_of, wanted=Wanted())) == 0
        [call] = [
            each
            for each in archive.read(partial(tallied, since_day=ALWAYS[0], until_day=ALWAYS[1])) or []
            if each.what == "call"
        ]
        assert call == Tally(call.day, "main", "", "call", "abandoned", 1, 10)
    with Archive(f"sqlite:///{tmp_path / 'none.db'}") as nothing:
        assert nothing.read(partial(number_of, wanted=Wanted())) is None
        assert nothing.change(partial(deleted, number="+91")) is None
    assert not (tmp_path / "none.db").exists()
