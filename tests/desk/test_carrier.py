"""The desk behaves as the carrier does, towards a small server for which each test says what it does."""

from __future__ import annotations

import base64
import json
import socket
from contextlib import suppress

import pytest

from ivr.calls.clock import Clock
from ivr.carriers.codecs import CONTENT_TYPES, Codec, from_alaw
from ivr.carriers.sfvopi import answer_request, hangup_report
from ivr.desk.carrier import DeskCarrier
from ivr.desk.errors import NotHeard, ProtocolFault, Refused, Unreachable
from ivr.desk.facts import Line, Manners
from ivr.media.frame import silence
from tests.desk.conftest import Peer, Server


def sound(milliseconds: int, tone: int = 1) -> bytes:
    return bytes((tone,)) * (8 * milliseconds)


def events(peer: Peer) -> list[str]:
    return [message["event"] for message in peer.got if message["event"] != "media"]


# What the server is told


async def test_the_call_is_asked_about_opened_and_reported(server: Server, clock: Clock) -> None:
    async def conversation(peer: Peer) -> None:
        await peer.receive("start")
        await peer.connection.close()

    server.conversation = conversation
    async with DeskCarrier.call(server.url, "a flow", caller="+911", called="+912", clock=clock) as call:
        ending = await call.ended()
    assert (ending.by, ending.code) == ("ivr", 1000)
    assert call.reported
    (asked, answered), (ended, reported) = server.posts
    assert asked == "/answer/a%20flow"
    assert answered.keys() == {"call_uuid", "from", "to", "direction", "call_status", "answered_at"}
    assert answer_request(answered).caller == "+911"
    start = server.peers[0].got[0]
    assert start == {"event": "start", "streamId": call.stream_id, "callId": answered["call_uuid"], "desk": True}
    assert ended == "/hangup"
    report = hangup_report(reported)
    assert (report.call_id, report.called, report.status) == (answered["call_uuid"], "+912", "COMPLETED")
    assert report.started_at == answered["answered_at"]
    assert report.cause == "16"


async def test_without_a_flow_the_server_decides_and_a_secret_stays_in_the_path(server: Server, clock: Clock) -> None:
    async with DeskCarrier.call(server.url + "/secret/", clock=clock, direction="outbound"):
        pass
    assert [path for path, _ in server.posts] == ["/secret/answer", "/secret/hangup"]
    assert server.posts[0][1]["direction"] == "OUTBOUND"


async def test_media_comes_every_20_ms_and_keys_as_pressed(server: Server, clock: Clock) -> None:
    async with DeskCarrier.call(server.url, clock=clock) as call:
        await call.press("1#")
        await call.passes(1000)
        ending = await call.hang_up()
    (peer,) = server.peers
    await call.press("2")  # Lost, as on a telephone that was hung up.
    media = [message["media"] for message in peer.got if message["event"] == "media"]
    silent = {"payload": base64.b64encode(silence(20)).decode(), "contentType": "audio/PCMA", "sampleRate": 8000}
    assert media[0] == silent
    # A machine that is busy elsewhere may cost some, but there are never too many.
    assert ending.at // 40 <= len(media) <= ending.at // 20 + 1
    assert [message["dtmf"] for message in peer.got if message["event"] == "dtmf"] == [{"digit": "1"}, {"digit": "#"}]
    first, second = (message.at for message in call.sent if message.event == "dtmf")
    assert second - first >= 100


async def test_a_key_that_no_telephone_has_is_refused(server: Server, clock: Clock) -> None:
    async with DeskCarrier.call(server.url, clock=clock) as call:
        with pytest.raises(ValueError, match="no keys: x"):
            await call.press("1x")


async def test_speech_goes_out_whole_then_silence(server: Server, clock: Clock) -> None:
    async with DeskCarrier.call(server.url, clock=clock) as call:
        await call.speak(sound(50))
        await call.passes(100)
    payloads = [base64.b64decode(each["media"]["payload"]) for each in server.peers[0].got if each["event"] == "media"]
    assert b"".join(payloads).strip(b"\xd5") == sound(50)
    assert {len(payload) for payload in payloads} == {160}


async def test_a_caller_may_speak_in_text(server: Server, clock: Clock) -> None:
    async with DeskCarrier.call(server.url, clock=clock, call_id="call-7", in_text=True) as call:
        await call.say("to the sales people", 500)
    (peer,) = server.peers
    assert (peer.got[0]["callId"], peer.got[0]["speaks"]) == ("call-7", "text")
    assert [post["call_uuid"] for _, post in server.posts] == ["call-7", "call-7"]
    began, ended = (message for message in peer.got if message["event"] == "speech")
    assert (began["state"], ended["state"], ended["text"]) == ("began", "ended", "to the sales people")
    first, second = (message.at for message in call.sent if message.event == "speech")
    assert second - first >= 500


async def test_a_caller_with_a_voice_can_not_speak_in_text(server: Server, clock: Clock) -> None:
    async with DeskCarrier.call(server.url, clock=clock) as call:
        with pytest.raises(ValueError, match="in_text=True"):
            await call.say("to the sales people", 500)


async def test_some_carriers_send_no_silence(server: Server, clock: Clock) -> None:
    async with DeskCarrier.call(server.url, clock=clock, manners=Manners(silence=False)) as call:
        await call.passes(300)
        await call.speak(sound(50))
        await call.passes(300)
        await call.speak(sound(20))
    (peer,) = server.peers
    assert len([message for message in peer.got if message["event"] == "media"]) == 4


async def test_one_may_wait_for_anything(server: Server, clock: Clock) -> None:
    server.conversation = talkative
    async with DeskCarrier.call(server.url, clock=clock) as call:
        assert await call.until(lambda: len(call.transcript) == 3)
        assert not await call.until(lambda: len(call.transcript) == 4, 100)
        await call.hang_up()
        assert not await call.until(lambda: len(call.transcript) == 4)


async def test_where_only_we_are_heard_no_media_goes_out(server: Server, clock: Clock) -> None:
    server.stream["direction"] = "OUTBOUND"
    async with DeskCarrier.call(server.url, clock=clock) as call:
        await call.passes(200)
        await call.speak(sound(100))
    assert events(server.peers[0]) == ["start"]
    assert "media" not in {message["event"] for message in server.peers[0].got}
    assert call.stream_id.startswith("SFV_STRM_OUT_")


# What the caller hears


@pytest.mark.parametrize("codec", ["PCMA", "L16"])
async def test_a_checkpoint_is_answered_when_all_before_it_was_heard(
    server: Server, clock: Clock, codec: Codec
) -> None:
    server.stream["codec"] = codec

    async def conversation(peer: Peer) -> None:
        await peer.receive("start")
        await peer.play(from_alaw(sound(300, 0xAA), codec), CONTENT_TYPES[codec])
        await peer.send("checkpoint", name="end")
        await peer.receive("playedStream")
        await peer.connection.close()

    server.conversation = conversation
    async with DeskCarrier.call(server.url, clock=clock) as call:
        await call.ended()
    played = await call.receives("playAudio")
    (answer,) = (message for message in call.sent if message.event == "playedStream")
    assert answer.at >= played.at + 300
    assert json.loads(answer.raw) == {"event": "playedStream", "streamId": call.stream_id, "name": "end"}
    assert call.audio.strip(b"\xd5") == sound(300, 0xAA)
    assert call.ending is not None
    assert len(call.audio) == 8 * call.ending.at


async def cleared(peer: Peer) -> None:
    await peer.receive("start")
    await peer.play(sound(5_000))
    await peer.send("checkpoint", name="lost")
    await peer.send("clearAudio")
    await peer.receive("clearedAudio")
    await peer.play(sound(20, 2))
    await peer.send("checkpoint", name="kept")
    await peer.receive("playedStream")
    await peer.connection.close()


async def test_what_is_cleared_is_neither_heard_nor_acknowledged(server: Server, clock: Clock) -> None:
    server.conversation = cleared
    async with DeskCarrier.call(server.url, clock=clock) as call:
        await call.ended()
    assert call.audio.count(1) < 8 * 5_000
    assert call.audio.count(2) == 8 * 20
    assert [message["name"] for message in server.peers[0].got if message["event"] == "playedStream"] == ["kept"]


async def test_some_carriers_acknowledge_what_they_cleared(server: Server, clock: Clock) -> None:
    server.conversation = cleared
    async with DeskCarrier.call(server.url, clock=clock, manners=Manners(acknowledges_cleared=True)) as call:
        await call.ended()
    assert events(server.peers[0]) == ["start", "clearedAudio", "playedStream"]
    assert server.peers[0].got[-1]["name"] == "lost"


async def test_some_carriers_acknowledge_nothing(server: Server, clock: Clock) -> None:
    async def conversation(peer: Peer) -> None:
        await peer.receive("start")
        await peer.send("checkpoint", name="nothing before it")
        await peer.until_closed()

    server.conversation = conversation
    async with DeskCarrier.call(server.url, clock=clock, manners=Manners(acknowledges=False)) as call:
        await call.receives("checkpoint")
        await call.passes(200)
    assert events(server.peers[0]) == ["start"]


# What the caller waits for


async def talkative(peer: Peer) -> None:
    await peer.receive("start")
    await peer.say("Welcome to Acme!")
    await peer.say("a key is kept", who="engine")
    await peer.say("Press 1, or press 2.")
    await peer.receive("dtmf")
    await peer.say("Press 1, or press 2.")
    await peer.until_closed()


async def test_prompts_are_found_in_order_without_case_and_punctuation(server: Server, clock: Clock) -> None:
    server.conversation = talkative
    told: list[Line] = []
    async with DeskCarrier.call(server.url, clock=clock, told=told.append) as call:
        first = await call.hears("press 1 or PRESS 2")
        assert first.node == "main"
        with pytest.raises(NotHeard, match=r"“press 1” was not heard within 0\.2 s; heard was: nothing"):
            await call.hears("press 1", within=200)
        await call.press("1")
        second = await call.hears("press 1")
        assert second.at >= first.at
        with pytest.raises(NotHeard, match="“a key is kept” was not heard"):
            await call.hears("a key is kept", within=50)
    assert [line.text for line in call.transcript] == [line.text for line in told]
    assert [line.who for line in told] == ["ivr", "engine", "ivr", "ivr"]


async def test_what_was_heard_instead_is_told_when_the_call_ends(server: Server, clock: Clock) -> None:
    async def conversation(peer: Peer) -> None:
        await peer.say("Goodbye.")
        await peer.connection.close()

    server.conversation = conversation
    async with DeskCarrier.call(server.url, clock=clock) as call:
        with pytest.raises(NotHeard, match="“menu” was not heard before the call ended; heard was: Goodbye"):
            await call.hears("menu")
        with pytest.raises(NotHeard, match="clearAudio did not come before the call ended"):
            await call.receives("clearAudio")
        assert (await call.hears("goodbye")).text == "Goodbye."


async def test_a_call_that_goes_on_is_told(server: Server, clock: Clock) -> None:
    async with DeskCarrier.call(server.url, clock=clock) as call:
        with pytest.raises(NotHeard, match=r"the call did not end within 0\.1 s"):
            await call.ended(within=100)


# How calls end and break


async def test_the_caller_hangs_up_with_any_code(server: Server, clock: Clock) -> None:
    async with DeskCarrier.call(server.url, clock=clock) as call:
        ending = await call.close(4321)
    assert (ending.by, ending.code) == ("caller", 4321)
    assert server.peers[0].connection.close_code == 4321


async def test_a_reset_comes_without_a_word(server: Server, clock: Clock) -> None:
    async with DeskCarrier.call(server.url, clock=clock) as call:
        ending = await call.abort()
    assert (ending.by, ending.code) == ("caller", 1006)
    await server.peers[0].connection.wait_closed()
    assert server.peers[0].connection.close_code == 1006
    assert server.posts[-1][0] == "/hangup"


async def test_a_reconnection_has_the_same_ids_and_an_empty_loudspeaker(server: Server, clock: Clock) -> None:
    async def conversation(peer: Peer) -> None:
        await peer.receive("start")
        if len(server.peers) == 1:
            await peer.play(sound(5_000))
        await peer.until_closed()

    server.conversation = conversation
    async with DeskCarrier.call(server.url, clock=clock) as call:
        await call.receives("playAudio")
        await call.reconnect()
        heard = call.audio.count(1)
        await call.passes(200)
        assert call.audio.count(1) == heard
        assert call.ending is None
    first, second = server.peers
    assert first.got[0] == second.got[0]
    await first.connection.wait_closed()
    assert (first.connection.close_code, second.connection.close_code) == (1006, 1000)


async def unconcerned(call: DeskCarrier) -> None:
    with suppress(ProtocolFault):
        await call.ended()


@pytest.mark.parametrize("message", ["{", '{"event": "stop"}'])
async def test_nonsense_of_the_server_is_a_fault_wherever_one_waits(server: Server, clock: Clock, message: str) -> None:
    async def conversation(peer: Peer) -> None:
        await peer.connection.send(message)
        await peer.until_closed()

    server.conversation = conversation
    with pytest.raises(ProtocolFault, match="the server sent"):
        async with DeskCarrier.call(server.url, clock=clock) as call:
            await call.hears("hello")
    with pytest.raises(ProtocolFault, match="the server sent"):
        async with DeskCarrier.call(server.url, clock=clock) as call:
            await unconcerned(call)
    assert [peer.connection.close_code for peer in server.peers] == [1002, 1002]
    assert [path for path, _ in server.posts] == ["/answer", "/hangup"] * 2


async def test_raw_messages_are_sent_as_they_are(server: Server, clock: Clock) -> None:
    got: list[str | bytes] = []

    async def conversation(peer: Peer) -> None:
        await peer.receive("start")
        async for message in peer.connection:
            if b"media" not in (message if isinstance(message, bytes) else message.encode()):
                got.append(message)

    server.conversation = conversation
    async with DeskCarrier.call(server.url, clock=clock) as call:
        await call.send_raw("{")
        await call.send_raw(b"\x00")
    assert got == ["{", b"\x00"]
    assert [message.event for message in call.sent] == ["start", "", ""]


# Calls that are not taken


async def test_no_server_is_told_with_what_to_start(clock: Clock) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(Unreachable, match=rf"no server answers at {url}.*ivr serve"):
            async with DeskCarrier.call(url, clock=clock):
                pass
    with pytest.raises(Unreachable, match="'file:///etc' is no address of a server"):
        async with DeskCarrier.call("file:///etc", clock=clock):
            pass


@pytest.mark.parametrize(
    ("status", "body", "complaint"),
    [
        (404, b'{"error": "there is no flow x"}', "refuses /answer/x with status 404: there is no flow x"),
        (503, b"busy", "refuses /answer/x with status 503: busy"),
        (200, b"<Response/>", "no stream with url, codec and sample_rate: <Response/>"),
        (200, b'{"stream": {"url": "ws://a"}}', "no stream with url"),
        (200, b'{"stream": {"url": "http://a", "codec": "PCMA", "sample_rate": 8000}}', "expected ws://"),
        (200, b'{"stream": {"url": "ws://a", "codec": "OPUS", "sample_rate": 8000}}', "stream of OPUS, 8000, BOTH"),
        (200, b'{"stream": {"url": "ws://a", "codec": "L16", "sample_rate": 16000}}', "the desk has PCMA, PCMU, L16"),
    ],
)
async def test_an_answer_without_a_stream_is_a_refusal(
    server: Server, clock: Clock, status: int, body: bytes, complaint: str
) -> None:
    server.status, server.body = status, body
    with pytest.raises(Refused, match=complaint):
        async with DeskCarrier.call(server.url, "x", clock=clock):
            pass


async def test_a_refused_stream_is_a_failed_call(server: Server, clock: Clock) -> None:
    server.stream_status = 410
    with pytest.raises(Refused, match="refuses the stream with status 410: no such call"):
        async with DeskCarrier.call(server.url, clock=clock):
            pass
    assert server.posts[-1][1]["call_status"] == "FAILED"
    server.stream["url"] = "ws://127.0.0.1:9/nothing"
    with pytest.raises(Refused, match="there is no stream at the address"):
        async with DeskCarrier.call(server.url, clock=clock):
            pass
