"""A carrier comes back to a stream that broke, with the same ids, and gives up after three attempts."""

from __future__ import annotations

import json

from ivr.calls.clock import Clock
from ivr.desk.carrier import DeskCarrier
from ivr.desk.facts import Manners
from tests.desk.conftest import Peer, Server

RETURNS = Manners(returns=True)
AROUND_MS = 400
"""How much later than due something may be, on a machine that is busy elsewhere."""


def closing_first_with(server: Server, code: int) -> None:
    """Let the server close its first connection of a call."""

    async def conversation(peer: Peer) -> None:
        await peer.receive("start")
        if len(server.peers) == 1:
            await peer.connection.close(code)
        await peer.until_closed()

    server.conversation = conversation


async def test_it_comes_back_a_second_after_an_unexpected_close(server: Server, clock: Clock) -> None:
    closing_first_with(server, 1012)
    async with DeskCarrier.call(server.url, clock=clock, manners=RETURNS) as call:
        await call.until(lambda: bool(call.breaks) and not call.away, 10_000)
        await call.until(lambda: len(server.peers) == 2 and bool(server.peers[1].got), 10_000)
        assert call.ending is None
    (lost,) = call.breaks
    assert lost.code == 1012
    assert lost.back is not None
    assert 1_000 <= lost.back - lost.at <= 1_000 + AROUND_MS
    first, second = server.peers
    assert first.got[0] == second.got[0]
    told = [(line.who, line.text) for line in call.transcript]
    assert told == [("carrier", "lost the stream (1012), and will try to come back"), ("carrier", "is back")]
    assert [path for path, _ in server.posts] == ["/answer", "/hangup"]


async def test_an_orderly_close_is_the_end(server: Server, clock: Clock) -> None:
    closing_first_with(server, 1000)
    async with DeskCarrier.call(server.url, clock=clock, manners=RETURNS) as call:
        assert (await call.ended()).code == 1000
    assert not call.breaks
    assert len(server.peers) == 1


async def test_after_three_refusals_the_call_is_given_up_and_reported(server: Server, clock: Clock) -> None:
    closing_first_with(server, 1001)
    async with DeskCarrier.call(server.url, clock=clock, manners=RETURNS) as call:
        await call.until(lambda: call.away, 10_000)
        server.stream_status = 503
        ending = await call.ended()
        await call.press("1")
    assert (ending.by, ending.code) == ("ivr", 1001)
    (lost,) = call.breaks
    assert lost.back is None
    assert 7_000 <= ending.at - lost.at <= 7_000 + 3 * AROUND_MS
    assert call.reported
    assert "dtmf" not in [message.event for message in call.sent]


async def test_each_break_has_three_attempts_of_its_own(server: Server, clock: Clock) -> None:
    async def conversation(peer: Peer) -> None:
        await peer.receive("start")
        if len(server.peers) < 5:
            await peer.connection.close(1011)
        await peer.until_closed()

    server.conversation = conversation
    async with DeskCarrier.call(server.url, clock=clock, manners=RETURNS) as call:
        await call.until(lambda: len(call.breaks) == 4 and not call.away, 30_000)
        assert call.ending is None


async def test_keys_of_a_caller_whose_stream_is_lost_are_lost(server: Server, clock: Clock) -> None:
    async with DeskCarrier.call(server.url, clock=clock, manners=RETURNS) as call:
        await call.press("1")
        call.cut()
        await call.until(lambda: call.away, 10_000)
        await call.press("2")
        await call.until(lambda: not call.away, 10_000)
        await call.press("3")
        await call.until(lambda: len(server.peers) == 2, 10_000)
    keys = [message["dtmf"]["digit"] for peer in server.peers for message in peer.got if message["event"] == "dtmf"]
    assert keys == ["1", "3"]
    assert server.peers[0].connection.close_code == 1006


async def test_a_server_may_not_see_that_a_stream_is_lost(server: Server, clock: Clock) -> None:
    async def conversation(peer: Peer) -> None:
        await peer.receive("start")
        if len(server.peers) == 2:
            await server.peers[0].say("into the dark")
            await peer.say("to the caller")
        await peer.until_closed()

    server.conversation = conversation
    async with DeskCarrier.call(server.url, clock=clock, manners=RETURNS) as call:
        await call.until(lambda: bool(server.peers and server.peers[0].got), 10_000)
        call.cut(unnoticed=True)
        await call.hears("to the caller")
        assert server.peers[0].connection.close_code is None
        await call.hang_up()
    assert "into the dark" not in [line.text for line in call.transcript]
    await server.peers[0].connection.wait_closed()
    assert [peer.connection.close_code for peer in server.peers] == [1006, 1000]


async def test_a_caller_hangs_up_while_the_stream_is_lost(server: Server, clock: Clock) -> None:
    closing_first_with(server, 1012)
    async with DeskCarrier.call(server.url, clock=clock, manners=RETURNS) as call:
        await call.until(lambda: call.away, 10_000)
        ending = await call.hang_up()
    assert (ending.by, ending.code) == ("caller", 1006)
    assert len(server.peers) == 1
    assert server.posts[-1][0] == "/hangup"


async def test_it_may_come_back_to_another_address(server: Server, clock: Clock) -> None:
    closing_first_with(server, 1012)
    given: list[str] = []

    def elsewhere(address: str) -> str:
        given.append(address)
        return address + "/2"

    async with DeskCarrier.call(server.url, clock=clock, manners=RETURNS, returns_to=elsewhere) as call:
        await call.until(lambda: len(server.peers) == 2, 10_000)
        call.cut()
        await call.until(lambda: len(server.peers) == 3, 10_000)
    paths = [peer.connection.request.path for peer in server.peers if peer.connection.request]
    assert paths == ["/stream/token", "/stream/token/2", "/stream/token/2/2"]
    assert given == [call.offer.url, call.offer.url + "/2"]


async def test_what_was_to_be_heard_is_lost(server: Server, clock: Clock) -> None:
    async def conversation(peer: Peer) -> None:
        await peer.receive("start")
        if len(server.peers) == 1:
            await peer.play(bytes((1,)) * 8 * 5_000)
            await peer.send("checkpoint", name="never reached")
            await peer.connection.close(1012)
        await peer.until_closed()

    server.conversation = conversation
    async with DeskCarrier.call(server.url, clock=clock, manners=RETURNS) as call:
        await call.until(lambda: len(server.peers) == 2, 10_000)
        heard = call.audio.count(1)
        await call.passes(500)
        assert call.audio.count(1) == heard
    assert [json.loads(message.raw)["event"] for message in call.sent] == ["start", "start"]
