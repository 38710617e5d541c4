"""A call whose stream breaks goes on where it was: here, or in another process that takes it from the store."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from ivr.calls.clock import Clock
from ivr.calls.driver import Driver
from ivr.calls.store.store import Store, Stored
from ivr.core.flow import Flow
from tests.calls.conftest import Connection, Dial, comes_to, connect
from tests.web_service import Crm

FlowOf = Callable[..., Flow]
Open = Callable[[], Awaitable[Store]]

FLOW = """
start: ask
variables: {account: "", name: ""}
on_hangup: wave
nodes:
  ask:
    type: collect
    prompt: {silence: 1s}
    into: account
    digits: 4
    timeout: 60m
    attempts: 2
    next: fetch
  fetch:
    type: http
    url: "CRM/accounts/{{ account }}"
    timeout: 60m
    save: {name: body.name}
    on_error: sorry
    next: tell
  tell: {type: play, prompt: {silence: 2s}, next: again}
  again: {type: menu, prompt: {silence: 1s}, timeout: 60m, choices: [{press: 1, next: bye}]}
  sorry: {type: menu, prompt: {silence: 1s}, timeout: 60m, choices: [{press: 1, next: bye}]}
  bye: {type: hangup}
  wave: {type: set, values: {name: ""}}
"""


def press(driver: Driver, connection: Connection, keys: str) -> None:
    for key in keys:
        driver.receive(connection, json.dumps({"event": "dtmf", "dtmf": {"digit": key}}))


async def taken(store: Store) -> Stored:
    stored = await store.take("call-1")
    assert stored is not None
    return stored


async def goes_on(dial: Dial, flow: Flow, store: Store, clock: Clock) -> tuple[Driver, Connection]:
    """The call as another process goes on with it, and its connection."""
    driver, connection = dial(flow, stored=await taken(store), store=store), Connection(clock)
    connect(driver, connection)
    return driver, connection


@pytest_asyncio.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Open]:
    """Opens stores on one database, each of them as a process of its own has one."""
    async with AsyncExitStack() as stack:

        async def made() -> Store:
            store = Store(f"sqlite:///{tmp_path / 'ivr.db'}", "k" * 32, keep=3_600_000)
            await store.open()
            stack.push_async_callback(store.aclose)
            return store

        yield made


@pytest.fixture
def flow(flow_of: FlowOf, crm: Crm) -> Flow:
    crm.answers((200, {"name": "Asha"}))
    return flow_of(FLOW.replace("CRM", crm.url))


async def test_time_stands_still_while_nobody_is_there(
    dial: Dial, flow: Flow, connection: Connection, clock: Clock, ended: list[Driver]
) -> None:
    driver = dial(flow)
    connect(driver, connection)
    press(driver, connection, "12")
    deadline, at = driver.session.deadline, driver.at()
    assert deadline is not None
    driver.disconnected(connection, hung_up=False)
    began = clock.now()
    await comes_to(lambda: clock.now() - began > 4_000)
    assert driver.at() - at < 500
    newer = Connection(clock)
    connect(driver, newer)
    assert driver.session.place == "ask"
    press(driver, newer, "34")
    assert driver.session.here.variables["account"] == "1234"
    assert ended == []


async def test_who_does_not_come_back_has_hung_up(
    dial: Dial, flow: Flow, connection: Connection, clock: Clock, ended: list[Driver]
) -> None:
    driver = dial(flow, reconnect=2_000)
    connect(driver, connection)
    began = clock.now()
    driver.disconnected(connection, hung_up=False)
    await comes_to(lambda: ended == [driver])
    assert clock.now() - began >= 2_000
    assert (driver.session.reason, driver.session.phase) == ("caller", "done")


async def test_what_came_in_a_break_is_heard_after_it(
    dial: Dial, flow: Flow, connection: Connection, clock: Clock, crm: Crm
) -> None:
    driver = dial(flow)
    connect(driver, connection)
    crm.free.clear()
    press(driver, connection, "1234")
    await comes_to(lambda: bool(crm.requests))
    driver.disconnected(connection, hung_up=False)
    crm.free.set()
    await comes_to(lambda: driver.session.place == "tell")
    began = clock.now()
    await comes_to(lambda: clock.now() - began > 4_000)
    assert driver.session.place == "tell"
    newer = Connection(clock)
    connect(driver, newer)
    await newer.until(lambda: newer.events().count("checkpoint") == 2)
    assert sum(len(m["media"]["payload"]) for _, m in newer.sent if m["event"] == "playAudio") > 2 * 8_000
    assert driver.session.place == "again"
    assert len(crm.requests) == 1


async def test_another_process_goes_on_with_a_call(
    dial: Dial, flow: Flow, connection: Connection, clock: Clock, opened: Open, ended: list[Driver]
) -> None:
    here, there = await opened(), await opened()
    driver = dial(flow, store=here)
    connect(driver, connection)
    press(driver, connection, "12")
    await driver.claim.settled()
    other, newer = await goes_on(dial, flow, there, clock)
    assert other.session.place == "ask"
    # The first process has not noticed anything yet, and can't spoil anything.
    press(driver, connection, "9")
    await comes_to(lambda: driver in ended)
    assert (driver.claim.lost, connection.closed) == (True, 1001)
    press(other, newer, "34")
    assert other.session.here.variables["account"] == "1234"


async def test_an_answer_to_who_lost_the_call_reaches_who_has_it(
    dial: Dial, flow: Flow, connection: Connection, clock: Clock, opened: Open, crm: Crm
) -> None:
    here, there = await opened(), await opened()
    driver = dial(flow, store=here)
    connect(driver, connection)
    crm.free.clear()
    press(driver, connection, "1234")
    await comes_to(lambda: bool(crm.requests))
    driver.disconnected(connection, hung_up=False)
    other, _ = await goes_on(dial, flow, there, clock)
    assert other.session.place == "fetch"
    crm.free.set()
    await comes_to(lambda: other.session.place == "tell")
    assert other.session.here.variables["name"]
    assert len(crm.requests) == 1


async def test_a_lookup_of_a_process_that_is_gone_is_interrupted(
    dial: Dial, flow: Flow, connection: Connection, clock: Clock, opened: Open, crm: Crm
) -> None:
    here, there = await opened(), await opened()
    driver = dial(flow, store=here)
    connect(driver, connection)
    crm.free.clear()
    press(driver, connection, "1234")
    await comes_to(lambda: bool(crm.requests))
    await here.aclose()
    other, _ = await goes_on(dial, flow, there, clock)
    await comes_to(lambda: other.session.place == "sorry")
    assert other.session.error is not None
    assert other.session.error.kind == "interrupted"
    assert len(crm.requests) == 1


async def test_a_call_is_handed_over_where_it_is(
    dial: Dial, flow: Flow, connection: Connection, clock: Clock, opened: Open, ended: list[Driver]
) -> None:
    here, there = await opened(), await opened()
    driver = dial(flow, store=here)
    connect(driver, connection)
    press(driver, connection, "123")
    await driver.hand_over(1012)
    assert (connection.closed, ended) == (1012, [driver])
    other, newer = await goes_on(dial, flow, there, clock)
    press(other, newer, "4")
    assert other.session.here.variables["account"] == "1234"


async def test_nobody_comes_back_to_a_call_of_a_process_that_is_gone(
    dial: Dial, flow: Flow, connection: Connection, opened: Open, ended: list[Driver]
) -> None:
    here, there = await opened(), await opened()
    driver = dial(flow, store=here)
    connect(driver, connection)
    await driver.claim.settled()
    await here.aclose()
    other = dial(flow, stored=await taken(there), store=there)
    other.resume()
    await comes_to(lambda: other in ended)
    assert (other.session.reason, other.session.ended_by) == ("caller", "caller")
    assert await there.has_ended("call-1")


async def test_a_lookup_waits_for_the_store_but_not_for_ever(
    dial: Dial, flow: Flow, connection: Connection, opened: Open, crm: Crm, tmp_path: Path
) -> None:
    store = await opened()
    driver = dial(flow, store=store)
    connect(driver, connection)
    await driver.claim.settled()
    other = sqlite3.connect(tmp_path / "ivr.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    press(driver, connection, "1234")
    await asyncio.sleep(0.3)
    assert crm.requests == []
    await comes_to(lambda: driver.session.place == "tell")
    other.execute("ROLLBACK")
    other.close()
    assert (len(crm.requests), store.health.undurable) == (1, 1)
