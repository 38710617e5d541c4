"""Which calls a server takes, and whose streams it lets in."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from ivr.calls.clock import Clock, wall_clock
from ivr.calls.lookups import Lookups
from ivr.calls.services import Services
from ivr.calls.store.store import Store
from ivr.carriers.facts import AnswerRequest
from ivr.core.events import Answered
from ivr.document.load import RoutingError, load_sources
from ivr.document.source import read
from ivr.server.line import Line, Refused
from ivr.server.places import Places
from ivr.server.serving import sweeping
from ivr.server.tokens import Tokens
from ivr.speech.store import PromptStore
from tests.calls.conftest import Connection, connect

MAIN = """
start: ask
default: true
nodes:
  ask: {type: menu, prompt: {silence: 1s}, timeout: 60m, choices: [{press: 1, next: bye}]}
  bye: {type: hangup}
"""
SALES = "{start: bye, numbers: ['+918000000007'], nodes: {bye: {type: hangup}}}"


@pytest_asyncio.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    loaded = load_sources({f"{name}.yaml": read(text, name) for name, text in {"main": MAIN, "sales": SALES}.items()})
    assert loaded.findings == ()
    lookups = Lookups(allow_private=False)
    async with PromptStore(tmp_path / "prompts", jobs=1) as prompts:
        services = Services(Clock(), prompts, lookups, tmp_path)
        tokens = Tokens("k" * 32)
        yield Line(loaded.flows, (), services, tokens, {"CITY": "Pune"}, longest_call=3600, seats=Places(1, 2).mine())
    await lookups.aclose()


def request(
    call_id: str = "call-1", called: str = "", answered_at: str = "", direction: str = "inbound"
) -> AnswerRequest:
    return AnswerRequest(
        call_id, "+1", called, "outbound" if direction == "outbound" else "inbound", "", "", answered_at
    )


async def test_calls_begin_when_the_line_says(line: Line) -> None:
    line.wall = lambda: 1_770_026_400_000
    stream_pass = line.admit(line.answer(request(), None))
    assert (stream_pass.started_at, stream_pass.expires_at) == (1_770_026_400_000, 1_770_030_000_000)
    assert (await line.call(stream_pass)).session.call.began == 1_770_026_400_000


def test_a_token_holds_what_the_carrier_told_and_the_flow_that_was_found(line: Line) -> None:
    before = wall_clock()
    stream_pass = line.admit(line.answer(request(called="+918000000007"), None))
    assert (stream_pass.call_id, stream_pass.caller, stream_pass.called) == ("call-1", "+1", "+918000000007")
    assert (stream_pass.flow, stream_pass.direction) == ("sales", "inbound")
    assert before + 3_600_000 <= stream_pass.expires_at <= wall_clock() + 3_600_000


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2026-02-02T10:00:00.000Z", 1_770_026_400_000),
        ("2026-02-02T15:30:00+05:30", 1_770_026_400_000),
        ("2026-02-02T10:00:00", 1_770_026_400_000),
        ("0001-01-01", -62_135_596_800_000),
        ("", None),
        ("yesterday", None),
        ("2026-13-45T99:99:99Z", None),
    ],
)
def test_the_time_of_the_answer_is_the_carriers_else_ours(line: Line, written: str, read_as: int | None) -> None:
    before = wall_clock()
    stream_pass = line.admit(line.answer(request(answered_at=written), None))
    if read_as is None:
        assert before <= stream_pass.started_at <= wall_clock()
    else:
        assert stream_pass.started_at == read_as


def test_a_flow_that_is_not_there_is_no_reason_to_fail(line: Line) -> None:
    with pytest.raises(RoutingError, match="there is no flow “other”"):
        line.answer(request(), "other")


async def test_a_call_begins_once_and_is_found_again(line: Line) -> None:
    stream_pass = line.admit(line.answer(request(direction="outbound"), None))
    driver = await line.call(stream_pass)
    assert await line.call(stream_pass) is driver
    assert len(line.calls) == 1
    assert driver.session.call.direction == "outbound"
    assert driver.session.call.can_transfer is False
    assert driver.session.env == {"CITY": "Pune"}
    driver.hang_up()
    assert len(line.calls) == 0


async def test_a_call_that_is_over_lets_no_stream_in(line: Line) -> None:
    token = line.answer(request(), None)
    driver = await line.call(line.admit(token))
    driver.tell(Answered(0))
    line.admit(token)
    driver.hang_up()
    with pytest.raises(Refused, match="the call is over") as refused:
        line.admit(token)
    assert refused.value.status == 410


async def test_a_full_server_takes_no_call_but_keeps_its_promises(line: Line) -> None:
    promised = line.answer(request("promised"), None)
    call = await line.call(line.admit(line.answer(request("one"), None)))
    with pytest.raises(Refused) as refused:
        line.answer(request("two"), None)
    assert refused.value.status == 503
    (await line.call(line.admit(promised))).hang_up()
    line.answer(request("two"), None)
    call.hang_up()


@pytest.mark.slow
async def test_a_call_that_went_elsewhere_is_not_gone_on_with_from_an_old_copy(line: Line, tmp_path: Path) -> None:
    file = tmp_path / "ivr.db"
    here, there = (Store(f"sqlite:///{file}", "k" * 32, keep=0) for _ in "12")
    await here.open()
    await there.open()
    line.services = replace(line.services, store=here)
    token, connection = line.answer(request(), None), Connection(line.services.clock)
    driver = await line.call(line.admit(token))
    connect(driver, connection)
    await driver.claim.settled()
    driver.disconnected(connection, hung_up=False)
    assert await there.take("call-1") is not None
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        back = asyncio.create_task(line.call(line.admit(token)))
        await asyncio.wait((back,), timeout=1)
        assert not back.done()
    again = await back
    assert again is not driver
    assert driver.claim.lost
    again.hang_up()
    await again.claim.settled()
    await there.aclose()
    await here.aclose()


async def test_a_server_that_is_about_to_end_takes_no_call_but_those_that_were_answered(line: Line) -> None:
    going_on, promised = (line.answer(request(call_id), None) for call_id in ("going-on", "promised"))
    driver = await line.call(line.admit(going_on))
    line.draining = True
    with pytest.raises(Refused) as refused:
        line.answer(request("new"), None)
    assert refused.value.status == 503
    answered = await line.call(line.admit(promised))
    assert await line.call(line.admit(going_on)) is driver
    assert len(line.calls) == 2
    driver.hang_up()
    answered.hang_up()


async def test_a_token_for_a_flow_that_is_served_no_more_begins_no_call(line: Line) -> None:
    token = line.answer(request(), "main")
    line.flows = {}
    with pytest.raises(Refused, match="“main” is not served any more") as refused:
        await line.call(line.admit(token))
    assert refused.value.status == 503


async def test_the_end_of_a_call_may_be_told_to_another_worker(line: Line) -> None:
    places = Places(2, 2)
    line.seats = places.mine(0)
    driver = await line.call(line.admit(line.answer(request(), None)))
    driver.tell(Answered(0))
    places.mine(1).hang_up("call-1")
    async with asyncio.timeout(60):
        looking = asyncio.create_task(sweeping(line))
        await line.calls.wait_until_empty()
        looking.cancel()
    assert driver.session.reason == "caller"
    assert places.total == 0


async def test_an_operator_hangs_up_whichever_process_has_the_call(line: Line, tmp_path: Path) -> None:
    here, there = (Store(f"sqlite:///{tmp_path / 'ivr.db'}", "k" * 32, keep=0) for _ in "12")
    await here.open()
    await there.open()
    line.services = replace(line.services, store=here)
    driver = await line.call(line.admit(line.answer(request(), None)))
    connect(driver, Connection(line.services.clock))
    await driver.claim.settled()
    (going,) = await there.going()
    assert (going.call, going.place) == ("call-1", "ask")
    assert await there.order_hang_up(going.record)
    async with asyncio.timeout(60):
        looking = asyncio.create_task(sweeping(line))
        await line.calls.wait_until_empty()
        looking.cancel()
    assert (driver.session.ended_by, await there.going()) == ("operator", [])
    await there.aclose()
    await here.aclose()
