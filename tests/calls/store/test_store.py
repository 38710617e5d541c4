"""Calls that are kept: by one process, by several at once, and by one that goes on where another ended."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ivr.calls.meters import METERS
from ivr.calls.store.owners import started, this_process
from ivr.calls.store.page import Page
from ivr.calls.store.page import opened as opened_page
from ivr.calls.store.sealing import Seal
from ivr.calls.store.store import Store, Stored
from ivr.core.events import Answered, Event, HungUp, KeyPressed, LookupAnswered, LookupFailed, Reconnected
from ivr.core.flow import Flow
from ivr.core.session import Call, begin
from ivr.document.journal import read
from ivr.document.load import Loaded
from ivr.replay.again import again
from tests.calls.store.conftest import DAY_MS, KEY, PATIENCE_S, Open, call_on, journal_of, resumed, until

PIN = "8624"
KEYS: tuple[Event, ...] = tuple(KeyPressed(100 * place, key) for place, key in enumerate(PIN, 1))
ASKED: tuple[Event, ...] = (Answered(0), *KEYS, KeyPressed(900, "1"))
"""A caller who comes to the lookup."""


async def test_another_process_goes_on_where_the_first_one_was(url: str, opened: Open, flow: Flow) -> None:
    first, second = await opened(url), await opened(url)
    before = sum(METERS.write_seconds.counts)
    call = call_on(first, flow).tell(*ASKED)
    await call.durable()
    assert sum(METERS.write_seconds.counts) > before
    assert call.session.fetching is not None
    stored = await second.take("call-1")
    assert stored is not None
    assert (stored.session, stored.at, stored.flow) == (call.session, 900, "main")
    assert (stored.fingerprint, stored.owner) == (flow.fingerprint, first.owner)
    assert await second.take("call-2") is None
    assert not await second.has_ended("call-1")
    assert await second.owns(stored.kept)


async def test_only_the_newest_owner_writes(url: str, opened: Open, flow: Flow) -> None:
    first, second = await opened(url), await opened(url)
    await second.keep_flows()
    old = call_on(first, flow).tell(*ASKED)
    await old.durable()
    await second.flow(flow.fingerprint, Path())
    new = resumed(flow, await second.take("call-1"))
    done: list[str] = []
    old.tell(HungUp(950))
    old.kept.when_durable(lambda: done.append("old"))
    await until(lambda: old.lost)
    assert old.kept.lost
    old.kept.when_durable(lambda: done.append("old"))
    old.tell(HungUp(960))
    new.tell(KeyPressed(970, "7"))
    await new.durable()
    assert (done, old.lost, new.lost) == ([], 1, 0)
    assert (await third(url, opened)).at == 970


async def third(url: str, opened: Open) -> Stored:
    """The call as a third process takes it."""
    stored = await (await opened(url)).take("call-1")
    assert stored is not None
    return stored


async def test_a_process_that_asks_learns_that_its_call_is_lost(url: str, opened: Open, flow: Flow) -> None:
    first, second = await opened(url), await opened(url)
    call = call_on(first, flow).tell(Answered(0))
    assert await first.owns(call.kept)
    await call.durable()
    assert await first.owns(call.kept)
    await second.take("call-1")
    assert not await first.owns(call.kept)
    assert call.lost == 1


async def test_an_ended_call_has_a_record_and_a_journal_and_nothing_else(
    url: str, opened: Open, flow: Flow, loaded: Loaded
) -> None:
    store = await opened(url)
    await store.keep_flows(loaded)
    call = call_on(store, flow).tell(*ASKED, Reconnected(950))
    call.kept.answered(LookupFailed(960, 1, "timeout", "late"))
    await call.durable()
    assert not await store.has_ended("call-1")
    call.tell(HungUp(1_000))
    await call.durable()
    assert await store.has_ended("call-1")
    assert await store.take("call-1") is None
    assert await store.answer("call-1", 1) is None
    assert await store.owns(call.kept)
    [text] = journal_of(url)
    journal = read(text.encode(), "")
    assert journal.ending is not None
    assert len(journal.entries) == 8
    assert again(journal, flow).difference is None
    assert not any(PIN[place : place + 2] in text.partition("\n")[2] for place in range(3))


async def test_a_call_that_is_over_says_so_although_there_is_work_left(
    url: str, opened: Open, flow_of: Callable[..., Flow]
) -> None:
    flow = flow_of("""
        start: ask
        on_hangup: report
        nodes:
          ask: {type: menu, prompt: Well?, choices: [{press: 1, next: bye}]}
          bye: {type: hangup, prompt: Goodbye.}
          report: {type: http, url: "http://crm.test/"}
    """)
    store = await opened(url)
    call = call_on(store, flow).tell(Answered(0), HungUp(10))
    assert call.session.phase == "over"
    await call.durable()
    assert await store.has_ended("call-1")
    assert await store.take("call-1") is not None


async def test_a_carrier_may_use_an_id_again(url: str, opened: Open, flow: Flow) -> None:
    store = await opened(url)
    for began in (1_000, 2_000):
        await call_on(store, flow, began=began).tell(Answered(0), HungUp(10)).durable()
    heads = [read(text.encode(), "").head.call.began for text in journal_of(url)]
    assert heads == [1_000, 2_000]
    # One that was never ended is given up for one that begins later.
    old = call_on(store, flow, began=3_000).tell(Answered(0))
    await old.durable()
    new = call_on(store, flow, began=4_000).tell(Answered(0))
    await new.durable()
    old.tell(KeyPressed(10, "1"))
    await until(lambda: old.lost)
    assert (await third(url, opened)).session == new.session


async def test_a_call_that_was_let_go_is_anybodys(url: str, opened: Open, flow: Flow) -> None:
    first, second = await opened(url), await opened(url)
    call = call_on(first, flow).tell(*ASKED)
    call.kept.let_go()
    call.kept.step(call.session, KeyPressed(999, "9"), call.session, ())
    await call.durable()
    assert await second.orphans(60_000) == ()
    assert await second.orphans(0) == ("call-1",)
    stored = await second.take("call-1")
    assert stored is not None
    assert stored.at == 900
    assert await second.owner_gone(stored)
    assert await second.orphans(0) == ()
    assert not call.lost


async def answered(store: Store, lookup: int) -> LookupAnswered | LookupFailed:
    """The answer that another process puts into the store."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if (found := await store.answer("call-1", lookup)) is not None:
                return found


async def test_an_answer_finds_its_call(url: str, opened: Open, flow: Flow) -> None:
    first, second = await opened(url), await opened(url)
    old = call_on(first, flow).tell(*ASKED)
    await old.durable()
    lookup = old.session.fetching
    assert lookup is not None
    new = await second.take("call-1")
    assert await second.answer("call-1", lookup) is None
    answer = LookupAnswered(990, lookup, 200, {"content-type": "x"}, {"name": "Ash\0a\ud800", "n": [1.5, None]})
    old.kept.answered(answer)
    assert await answered(second, lookup) == answer
    failure = LookupFailed(1, lookup + 1, "timeout", "late")
    old.kept.answered(failure)
    assert await answered(second, lookup + 1) == failure
    assert new is not None


def test_half_of_a_surrogate_pair_is_stored_as_it_is(flow: Flow) -> None:
    session = begin(flow, Call("call-1", "", "", "inbound", 1), {})
    odd = replace(session, stack=(replace(session.here, variables={"name": "\ud800", "n": 2**70}),))
    seal = Seal(KEY)
    row = Page(odd, "r", flow.id, flow.fingerprint).session_row("me", seal)
    assert opened_page(row, seal).session == odd


# Which process is dead


async def test_a_process_that_ended_in_order_is_gone(url: str, opened: Open, flow: Flow) -> None:
    first, second = Store(url, KEY, keep=DAY_MS), await opened(url)
    await first.open()
    call_on(first, flow).tell(*ASKED)
    assert await second.orphans(0) == ()
    await first.aclose()
    stored = await second.take("call-1")
    assert stored is not None
    assert stored.at == 900
    assert await second.owner_gone(stored)


async def test_a_living_process_is_not_gone_and_a_killed_one_is(url: str, opened: Open, flow: Flow) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:  # noqa: ASYNC220  it is soon started
        began = started(other.pid)
        assert began
        first = await opened(url, owner=replace(this_process(), pid=other.pid, started=began))
        second = await opened(url)
        call = call_on(first, flow).tell(*ASKED)
        await call.durable()
        assert await second.orphans(0) == ()
        other.kill()
    assert await second.orphans(60_000) == ()
    assert await second.orphans(0) == ("call-1",)
    stored = await second.take("call-1")
    assert stored is not None
    assert await second.owner_gone(stored)


async def test_a_call_that_was_taken_by_a_process_which_forgot_it_is_found_again(
    url: str, opened: Open, flow: Flow
) -> None:
    store = await opened(url)
    call = call_on(store, flow).tell(*ASKED)
    await call.durable()
    assert await store.orphans(0) == ()
    await store.take("call-1")  # What it gives is dropped, as after a time-out.
    assert await store.orphans(0) == ("call-1",)
