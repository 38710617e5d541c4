"""Who may open a call's stream, when, how often, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ivr.calls.clock import wall_clock
from ivr.calls.meters import METERS
from ivr.desk.errors import Refused
from ivr.server.tokens import StreamPass, Tokens
from tests.endtoend.conftest import PATIENCE_MS, RATE, SILENCE, Serve
from tests.web_service import Crm

MENU = """
start: choose
variables: {first: "", second: ""}
on_hangup: report
nodes:
  choose:
    type: menu
    prompt: For your balance press 1. For opening hours press 2.
    timeout: 10m
    choices: [{press: 1, next: number}, {press: 2, next: bye}]
    no_match: That is not an option.
  number:
    type: collect
    prompt: A number please.
    into: first
    digits: {min: 2, max: 2, between: 10m}
    timeout: 10m
    next: bye
  bye: {type: hangup, prompt: Goodbye.}
  report: {type: set, values: {second: done}}
"""
START = json.dumps({"event": "start", "streamId": "SFV_STRM_BI_1", "callId": "call-1", "desk": True})


@asynccontextmanager
async def stream(url: str) -> AsyncIterator[ClientConnection]:
    async with connect(url, proxy=None, compression=None, close_timeout=60) as connection:
        yield connection


async def refusal(url: str) -> tuple[int, str]:
    """The status and the reason with which the server refuses a stream."""
    with pytest.raises(InvalidStatus) as refused:
        async with stream(url):
            pass
    response = refused.value.response
    return response.status_code, (response.body or b"").decode()


async def until(connection: ClientConnection, event: str) -> None:
    """Wait for a message of the server."""
    async with asyncio.timeout(PATIENCE_MS / RATE / 1000):
        while json.loads(await connection.recv())["event"] != event:
            pass


async def closed(connection: ClientConnection) -> int | None:
    """Read a connection to its end, and return its close code."""
    async with asyncio.timeout(PATIENCE_MS / RATE / 1000):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await connection.recv()
    return connection.close_code


async def test_the_address_of_a_stream_says_which_call_it_is(serve: Serve) -> None:
    server = await serve(MENU)
    url = await server.answer(call_uuid="call-uuid-1")
    assert url.startswith(server.url.replace("http://", "ws://") + "/stream/")
    async with stream(url) as connection:
        await connection.send('{"event": "start", "streamId": "S", "callId": "of another form"}')
        await until(connection, "playAudio")
        assert server.line.calls.find("call-uuid-1") is not None


async def test_a_stranger_is_refused_before_the_upgrade(serve: Serve) -> None:
    server = await serve(MENU)
    before = METERS.streams_refused[403]
    ours = server.line.tokens
    stream_pass = StreamPass("call-1", "+1", "+2", "INBOUND", "main", wall_clock(), wall_clock() + 60_000)
    genuine = ours.sign(stream_pass)
    expired = ours.sign(StreamPass("call-1", "+1", "+2", "INBOUND", "main", 0, wall_clock() - 5_000))
    place = server.url.replace("http", "ws", 1) + "/stream"
    for path in ("", "/", "/x", f"/{genuine[:-1]}", f"/{genuine}x", f"/{genuine}/", f"/{'x' * 5000}", "/%ff%00"):
        assert (await refusal(place + path))[0] in (403, 404), path
    assert (await refusal(f"{place}/{Tokens('k' * 43).sign(stream_pass)}"))[0] == 403
    assert await refusal(f"{place}/{expired}") == (403, "it expired 5 s ago")
    assert len(server.line.calls) == 0
    refused = server.log.lines("stream refused")
    assert len(refused) >= 8
    assert METERS.streams_refused[403] == before + len(refused)
    assert genuine not in server.log.getvalue()


async def test_a_stream_comes_within_two_minutes_or_not_at_all(serve: Serve) -> None:
    server = await serve(MENU)
    late = wall_clock() + server.line.longest_call * 1000 - 121_000
    token = server.line.tokens.sign(StreamPass("call-1", "", "", "INBOUND", "main", 0, late))
    url = server.url.replace("http", "ws", 1) + f"/stream/{token}"
    async with stream(url) as connection:  # It could belong to a call that went on elsewhere.
        await connection.send(START)
        assert await closed(connection) == 1000
    assert await server.log.has("stream refused", why="the stream comes too long after the answer")


async def test_the_token_of_a_call_that_is_over_is_worth_nothing(serve: Serve) -> None:
    server = await serve(MENU)
    async with server.call() as call:
        await call.hears("For your balance")
        await call.press("2")
        assert (await call.ended()).code == 1000
        with pytest.raises(Refused, match=r"410.*the call is over"):
            await call.reconnect()
    assert await refusal(call.offer.url) == (410, "the call is over")


async def test_it_is_worth_nothing_while_the_work_after_the_call_goes_on(serve: Serve, crm: Crm) -> None:
    report = 'report: {type: http, url: "{{ env.CRM }}/report", timeout: 10m}'
    flow = MENU.replace("report: {type: set, values: {second: done}}", report)
    server = await serve(flow, {"CRM": crm.url}, allow_env=["CRM"])
    crm.free.clear()
    async with server.call() as call:
        await call.hears("For your balance")
        await call.press("2")
        await call.ended()
        await crm.asked()
        assert await refusal(call.offer.url) == (410, "the call is over")
        crm.free.set()
    await server.log.has("call ended")


async def test_a_connection_that_waited_does_not_begin_a_call_that_is_over_anew(serve: Serve) -> None:
    server = await serve(MENU)
    async with server.call() as call:
        await call.hears("For your balance")
        async with stream(call.offer.url) as waiting:
            await call.press("2")
            await call.ended()
            await waiting.send(START)
            assert await closed(waiting) == 1000
    assert len(server.log.lines("call ended")) == 1


async def test_the_newer_of_two_connections_wins(serve: Serve) -> None:
    server = await serve(MENU)
    async with server.call() as call:
        await call.hears("For your balance")
        await call.press("9")
        await call.hears("not an option")
        await call.hears("For your balance")
        await call.reconnect()
        await call.hears("For your balance")
        await call.press("1")
        await call.hears("A number")
        await call.press("4")
        await call.passes(200)
        await call.reconnect()
        await call.passes(200)
        await call.press("2")
        assert (await call.ended()).code == 1000
        assert server.log.lines("call ended")[0]["by"] == "bye"
    assert call.said().count("That is not an option.") == 1
    assert len(server.log.lines("call ended")) == 1


async def test_after_a_reconnection_the_prompt_begins_anew_at_the_same_attempt(serve: Serve) -> None:
    server = await serve(MENU)
    prompt = server.spoken("For your balance press 1. For opening hours press 2.")
    async with server.call() as call:
        for attempt in (1, 2):
            await call.press("9")
            await call.hears("not an option")
            await call.hears("For your balance")
            assert any(f"attempt {attempt} of 3" in said for said in call.said("engine"))
        already = len(call.sent_audio())
        await call.reconnect()
        await call.hears("For your balance")
        await call.comes_to(lambda: call.sent_audio()[already:].endswith(prompt))
        await call.press("9")
        await call.ended()
    assert "failure" in [line["reason"] for line in server.log.lines("call ended")]


async def test_the_older_connection_is_closed_in_order(serve: Serve) -> None:
    server = await serve(MENU)
    url = await server.answer()
    async with stream(url) as older:
        await older.send(START)
        await until(older, "playAudio")
        async with stream(url) as newer:
            await newer.send(START)
            assert await closed(older) == 1000
            await until(newer, "checkpoint")
            await newer.send('{"event": "dtmf", "dtmf": {"digit": "2"}}')
            assert await closed(newer) == 1000


async def test_a_connection_without_a_start_is_closed(serve: Serve) -> None:
    server = await serve(MENU, start_timeout="1s")
    before = METERS.streams_refused[408]
    url = await server.answer()
    async with stream(url) as mute, stream(url) as talkative:
        sending = asyncio.create_task(_send_media(talkative))
        assert await closed(mute) == 1008
        assert await closed(talkative) == 1008
        await sending
    assert len(server.line.calls) == 0
    await server.log.has("stream without start")
    assert METERS.streams_refused[408] == before + 2
    assert server.log.lines("call ended") == []
    async with stream(url) as late:
        await late.send(START)
        await until(late, "playAudio")


async def _send_media(connection: ClientConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await connection.send('{"event": "media", "media": {"payload": "1dXV"}}')
            await asyncio.sleep(0.001)


async def test_a_carrier_that_goes_before_its_start_leaves_nothing(serve: Serve) -> None:
    server = await serve(MENU)
    url = await server.answer()
    async with stream(url):
        pass
    await server.log.has("stream without start")
    assert len(server.line.calls) == 0


async def test_a_stream_without_media_is_dead(serve: Serve) -> None:
    server = await serve(MENU, media_timeout="1s")
    async with stream(await server.answer()) as connection:
        await connection.send(START)
        assert await closed(connection) == 1001
    assert server.log.lines("stream is silent", call="call-1")
    assert (await server.log.has("call ended"))["reason"] == "caller"


async def test_media_keeps_a_stream_alive(serve: Serve) -> None:
    server = await serve(MENU, media_timeout="30s")
    async with server.call() as call:
        await call.passes(40_000)
        assert call.ending is None
        await call.hang_up()
    assert server.log.lines("stream is silent") == []


async def test_the_call_ends_after_the_last_words_were_heard(serve: Serve) -> None:
    server = await serve(MENU, rate=4)
    async with server.call() as call:
        await call.hears("For your balance")
        await call.press("2")
        ending = await call.ended()
    last = next(message for message in reversed(call.sent) if message.event == "playedStream")
    assert last.at <= ending.at
    assert call.received[-1].event == "checkpoint"
    assert call.heard_audio().endswith(server.spoken("Goodbye.").replace(SILENCE, b""))
    assert (ending.by, ending.code) == ("ivr", 1000)


async def test_a_subprotocol_that_is_asked_for_is_given(serve: Serve) -> None:
    server = await serve(MENU)
    url = await server.answer()
    async with connect(url, proxy=None, subprotocols=["audio.carrier.test"]) as connection:  # type: ignore[list-item] # a NewType of str
        assert connection.subprotocol == "audio.carrier.test"


async def test_many_calls_go_on_side_by_side(serve: Serve) -> None:
    server = await serve(MENU)

    async def one(key: str) -> tuple[int, list[str]]:
        async with server.call() as call:
            await call.hears("For your balance")
            await call.press(key)
            if key == "1":
                await call.hears("A number")
                await call.press("42")
            ending = await call.ended()
        return ending.code, call.said()[1:]

    results = await asyncio.gather(*(one("12"[place % 2]) for place in range(10)))
    assert results == [(1000, ["A number please.", "Goodbye."]), (1000, ["Goodbye."])] * 5


async def test_a_message_too_large_for_the_server_ends_its_connection(serve: Serve) -> None:
    server = await serve(MENU)
    async with connect(await server.answer(), proxy=None, compression=None, close_timeout=0.1) as connection:
        await connection.send(START)
        await until(connection, "playAudio")
        await connection.send("x" * 2_000_000)
    assert connection.close_code == 1009
    await server.log.has("call ended", reason="caller")


async def test_what_comes_before_the_start_is_dropped(serve: Serve) -> None:
    server = await serve(MENU)
    async with stream(await server.answer()) as connection:
        for early in (
            '{"event": "media", "media": {"payload": "1dXV"}}',
            '{"event": "dtmf", "digit": "2"}',
            b"\xd5",
            "x",
        ):
            await connection.send(early)
        await connection.send(START)
        await until(connection, "checkpoint")
        assert [step["now_at"] for step in server.steps()] == ["choose"]
        await connection.send('{"event": "dtmf", "digit": "2"}')
        assert await closed(connection) == 1000
    assert len(server.log.lines("message before start", call="call-1")) == 4


@pytest.mark.parametrize("deep", ["[", '{"event":', '{"event":"media","media":['])
async def test_a_message_of_endless_depth_is_dropped(serve: Serve, deep: str) -> None:
    server = await serve(MENU)
    async with stream(await server.answer()) as connection:
        await connection.send(deep * 10_000)
        await connection.send(START)
        await connection.send(deep * 10_000)
        await until(connection, "playAudio")
        await connection.send('{"event": "dtmf", "dtmf": {"digit": "2"}}')
        assert await closed(connection) == 1000
    assert server.log.lines("message before start", call="call-1")
