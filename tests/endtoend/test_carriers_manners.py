"""What carriers may do differently, or wrong, without harm to the call."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode

import pytest

from ivr.desk.carrier import CALLED, CALLER
from ivr.desk.facts import Manners
from ivr.media import alaw
from tests.endtoend.conftest import FOR_THE_DESK, SILENCE, Serve, Server

MENU = """
start: choose
variables: {message: "", number: ""}
nodes:
  choose:
    type: menu
    prompt: For your balance press 1. For opening hours press 2.
    timeout: 10m
    choices:
      - {press: 1, next: hours}
      - {press: 2, next: bye}
      - {press: 3, next: record}
      - {press: 4, next: collect}
      - {press: A, next: bye}
    no_match: That is not an option.
    attempts: 3
  hours: {type: play, prompt: We are always open., next: bye}
  record: {type: record, prompt: Please speak., into: message, silence: 10s, max_duration: 10m, next: bye}
  collect: {type: collect, into: number, digits: {min: 2, max: 2, between: 10m}, timeout: 10m, next: tell}
  tell: {type: hangup, prompt: "You entered {{ number }}."}
  bye: {type: hangup, prompt: Goodbye.}
"""
PROMPT = "For your balance press 1. For opening hours press 2."

MALFORMED: dict[str, str | bytes] = {
    "empty": "",
    "blank": " \n",
    "not JSON": "hello",
    "half JSON": '{"event": "dtm',
    "binary": b"\x00\xff\xd5\x80",
    "empty binary": b"",
    "binary audio": SILENCE * 160,
    "a list": "[]",
    "a text": '"start"',
    "a number": "17",
    "null": "null",
    "NaN": '{"event": NaN}',
    "a number of many digits": '{"event": "dtmf", "dtmf": {"digit": ' + "9" * 5000 + "}}",
    "no event": "{}",
    "unknown event": '{"event": "weather", "sun": true}',
    "event of a wrong type": '{"event": {"event": "media"}}',
    "dtmf of a wrong type": '{"event": "dtmf", "dtmf": ["2"]}',
    "dtmf without a key": '{"event": "dtmf"}',
    "dtmf with an empty key": '{"event": "dtmf", "dtmf": {"digit": ""}}',
    "dtmf that is no key": '{"event": "dtmf", "dtmf": {"digit": "x"}}',
    "dtmf that is null": '{"event": "dtmf", "dtmf": {"digit": null}}',
    "dtmf that is true": '{"event": "dtmf", "dtmf": {"digit": true}}',
    "dtmf out of range": '{"event": "dtmf", "dtmf": {"digit": -1e400}}',
    "media without a body": '{"event": "media"}',
    "media of a wrong type": '{"event": "media", "media": 5}',
    "media whose payload is a number": '{"event": "media", "media": {"payload": 5}}',
    "media that is not base64": '{"event": "media", "media": {"payload": "***"}}',
    "media of an unknown type": '{"event": "media", "media": {"payload": "1dXV", "contentType": "audio/opus"}}',
    "media at an odd rate": '{"event": "media", "media": {"payload": "1dXV", "sampleRate": 11025}}',
    "media with half a sample": '{"event": "media", "media": {"payload": "AAAA", "contentType": "audio/x-l16"}}',
    "mark without a name": '{"event": "playedStream"}',
    "mark of a wrong type": '{"event": "playedStream", "name": {}}',
    "mark that nobody set": '{"event": "playedStream", "name": "playback-999"}',
    "nothing was cleared": '{"event": "clearedAudio"}',
    "surrogates": '{"event": "\\ud800", "name": "\\udfff"}',
    "control characters": '{"event": "\\u0000\\u001b[31m\\n"}',
    "over 256 KiB": '{"event": "dtmf", "dtmf": {"digit": "2"}, "filler": "' + "x" * 300_000 + '"}',
}
UNNOTICED = {name for name in MALFORMED if name.startswith("media")} | {"mark that nobody set", "nothing was cleared"}
"""What is not even parsed while nobody listens, and what means nothing but is well formed."""


async def test_malformed_messages_of_every_kind_change_nothing(serve: Serve) -> None:
    server = await serve(MENU, max_message="512")
    async with server.call() as call:
        await call.hears("For your balance")
        for message in MALFORMED.values():
            await call.send_raw(message)
        await call.press("1")
        await call.hears("always open")
        assert (await call.ended()).code == 1000
    assert [step["happened"] for step in server.steps()].count("KeyPressed") == 1
    dropped = server.log.lines("message dropped", call=call.dialled.call_id)
    assert len(dropped) == len(MALFORMED) - len(UNNOTICED)
    assert all(len(line["message"]) <= 201 for line in dropped)
    assert "\x1b" not in server.log.getvalue()


async def test_a_message_that_is_too_long_breaks_the_stream_and_the_call_goes_on(serve: Serve) -> None:
    server = await serve(MENU)
    async with server.call(manners=Manners(returns=True)) as call:
        await call.hears("For your balance")
        await call.send_raw(MALFORMED["over 256 KiB"])
        await call.hears("For your balance")
        await call.press("1")
        await call.hears("always open")
        await call.ended()
    assert [step["happened"] for step in server.steps()].count("Reconnected") == 1


async def test_malformed_media_is_dropped_from_a_recording(serve: Serve) -> None:
    server = await serve(MENU)
    malformed = [message for name, message in MALFORMED.items() if name.startswith("media")]
    async with server.call() as call:
        await call.hears("For your balance")
        await call.press("3")
        await server.log.has("step", node="record", effects=["Record"])
        for message in malformed:
            await call.send_raw(message)
        await call.speak(server.spoken(PROMPT))
        await call.hears("Goodbye")
        await call.ended()
    assert len(server.log.lines("message dropped")) == len(malformed)
    [recording] = (server.data / "recordings").iterdir()
    assert alaw.decode(server.spoken(PROMPT)) in recording.read_bytes()


FORMS: list[tuple[dict[str, object], str]] = [
    ({"dtmf": {"digit": "2"}}, "2"),
    ({"dtmf": {"digit": 3}}, "3"),
    ({"dtmf": {"digit": 4.0}}, "4"),
    ({"dtmf": {"digits": "5"}}, "5"),
    ({"dtmf": {"key": "6"}}, "6"),
    ({"dtmf": "7"}, "7"),
    ({"dtmf": 8}, "8"),
    ({"digit": "9"}, "9"),
    ({"digits": "0"}, "0"),
    ({"key": " 1 "}, "1"),
    ({"dtmf": {"digit": "A"}}, "A"),
    ({"dtmf": {"digit": "d"}}, "D"),
    ({"dtmf": {"digit": "x2"}}, "2"),
    ({"sequenceNumber": 50, "dtmf": {"track": "inbound", "digit": "3", "timestamp": "1705312250000"}}, "3"),
]


async def test_a_key_is_found_wherever_it_may_stand(serve: Serve) -> None:
    server = await serve(f"""
start: collect
variables: {{number: ""}}
nodes:
  collect:
    type: collect
    prompt: Well?
    into: number
    digits: {{min: {len(FORMS)}, max: {len(FORMS)}, between: 10m, keys: 0123456789ABCD}}
    timeout: 10m
    next: tell
  tell: {{type: hangup, prompt: "You entered {{{{ number }}}}."}}
""")
    async with server.call() as call:
        await call.hears("Well")
        for body, _ in FORMS:
            await call.send_raw(json.dumps({"event": "dtmf", **body}))
        await call.hears(f"You entered {''.join(key for _, key in FORMS)}")
        await call.ended()


async def test_several_keys_in_one_message_are_pressed_in_order(serve: Serve) -> None:
    server = await serve(MENU)
    async with server.call() as call:
        await call.hears("For your balance")
        await call.send_raw('{"event": "dtmf", "dtmf": {"digits": "437"}}')
        await call.hears("You entered 37")
        await call.ended()


async def test_the_same_key_twice_is_two_keys_unless_it_is_the_same_message(serve: Serve) -> None:
    server = await serve(MENU)
    async with server.call() as call:
        await call.hears("For your balance")
        await call.press("4")
        await call.send_raw('{"event": "dtmf", "sequenceNumber": 7, "dtmf": {"digit": "5"}}')
        await call.send_raw('{"event": "dtmf", "sequenceNumber": 7, "dtmf": {"digit": "5"}}')
        await call.send_raw('{"event": "dtmf", "sequenceNumber": 8, "dtmf": {"digit": "5"}}')
        await call.hears("You entered 55")
        await call.ended()


async def test_a_second_start_on_the_same_connection_changes_nothing(serve: Serve) -> None:
    server = await serve(MENU)
    async with server.call() as call:
        await call.hears("For your balance")
        await call.send_raw(call.sent[0].raw)
        await call.press("1")
        await call.hears("always open")
        await call.ended()
    assert call.said() == [PROMPT, "We are always open.", "Goodbye."]
    assert [step["happened"] for step in server.steps()].count("Reconnected") == 0


async def test_a_carrier_that_never_acknowledges_checkpoints_is_not_waited_for(serve: Serve) -> None:
    server = await serve(MENU)
    async with server.call(manners=Manners(acknowledges=False)) as call:
        await call.hears("For your balance")
        await call.press("1")
        await call.hears("always open")
        await call.hears("Goodbye")
        assert (await call.ended()).code == 1000
    assert [message.event for message in call.sent] == ["start", "dtmf", "clearedAudio"]
    assert call.sent_audio().endswith(server.spoken("We are always open.") + server.spoken("Goodbye."))


async def test_late_marks_of_cleared_audio_are_ignored(serve: Serve) -> None:
    server = await serve(MENU)
    async with server.call(manners=Manners(acknowledges_cleared=True)) as call:
        await call.hears("For your balance")
        cleared = json.loads((await call.receives("checkpoint")).raw)["name"]
        await call.press("1")
        await call.hears("always open")
        for _ in range(3):
            await call.send_raw(json.dumps({"event": "playedStream", "name": cleared}))
        await call.ended()
    after = [step["now_at"] for step in server.steps() if step["node"] != "choose"]
    assert after == ["bye", "bye"]
    assert call.sent_audio().endswith(server.spoken("We are always open.") + server.spoken("Goodbye."))


async def test_one_key_stops_the_audio_and_nothing_of_the_old_prompt_follows(serve: Serve) -> None:
    server = await serve(MENU.replace(PROMPT, f"[{PROMPT}, {{silence: 1m}}]"))
    async with server.call() as call:
        await call.receives("playAudio")
        await call.press("1")
        await call.ended()
    events = call.events()
    assert events.count("clearAudio") == 1
    clear = events.index("clearAudio")
    assert set(events[:clear]) == {"playAudio"}
    messages = [json.loads(message.raw) for message in call.received if message.event not in FOR_THE_DESK]
    new = b"".join(b64decode(each["media"]["payload"]) for each in messages[clear:] if each["event"] == "playAudio")
    assert new == server.spoken("We are always open.") + server.spoken("Goodbye.")


def media(audio: bytes, **told: object) -> str:
    return json.dumps({"event": "media", "media": {"payload": b64encode(audio).decode(), **told}})


@pytest.mark.parametrize("kind", ["audio/PCMA", "audio/x-alaw;rate=8000", "audio/PCMU", "audio/x-l16", "nothing"])
async def test_audio_is_taken_as_each_frame_says(serve: Serve, kind: str) -> None:
    server = await serve(MENU)
    said = server.spoken(PROMPT)
    match kind:
        case "audio/PCMU":
            raw = media(alaw.to_mulaw(said), contentType=kind, sampleRate=8000)
        case "audio/x-l16":
            raw = media(alaw.decode(said), contentType=kind, sampleRate="8000")
        case "nothing":
            raw = media(said)
        case _:
            raw = media(said, contentType=kind)
    async with server.call() as call:
        await call.hears("For your balance")
        await call.press("3")
        await server.log.has("step", node="record", effects=["Record"])
        await call.send_raw(raw)
        await call.hears("Goodbye")
        await call.ended()
    [recording] = (server.data / "recordings").iterdir()
    heard = said if kind != "audio/PCMU" else alaw.from_mulaw(alaw.to_mulaw(said))
    assert alaw.decode(heard) in recording.read_bytes()


async def stream_offered(server: Server) -> dict[str, object]:
    asked = {"call_uuid": "call-1", "from": CALLER, "to": CALLED}
    stream: dict[str, object] = (await server.ask("POST", "/answer", json=asked)).json()["stream"]
    stream.pop("url")
    return stream


@pytest.mark.parametrize("codec", ["PCMA", "PCMU", "L16"])
async def test_a_stream_of_any_codec_carries_a_whole_call(serve: Serve, codec: str) -> None:
    server = await serve(MENU, codec=codec)
    assert await stream_offered(server) == {
        "codec": codec,
        "sample_rate": 8000,
        "direction": "BOTH",
        "bidirectional": True,
        "stream_timeout": 86_400,
        "keep_call_alive": False,
    }
    async with server.call() as call:
        await call.hears("For your balance")
        await call.press("3")
        await server.log.has("step", node="record", effects=["Record"])
        await call.speak(server.spoken(PROMPT))
        await call.hears("Goodbye")
        await call.ended()
    words = server.spoken("Goodbye.")
    sent = {
        "PCMA": words,
        "PCMU": alaw.to_mulaw(words),
        "L16": alaw.decode(words),
    }[codec]
    assert call.sent_audio().endswith(sent)
    [recording] = (server.data / "recordings").iterdir()
    spoken = server.spoken(PROMPT)
    heard = alaw.from_mulaw(alaw.to_mulaw(spoken)) if codec == "PCMU" else spoken
    assert alaw.decode(heard) in recording.read_bytes()


async def test_on_an_inbound_stream_nothing_is_played_and_keys_work(serve: Serve) -> None:
    server = await serve(MENU, direction="INBOUND")
    assert (await stream_offered(server))["bidirectional"] is False
    async with server.call() as call:
        await call.hears("For your balance")
        await call.press("1")
        await call.hears("always open")
        assert (await call.ended()).code == 1000
    assert call.events() == []
    assert call.heard_audio() == b""


async def test_on_an_outbound_stream_no_media_is_needed_and_keys_work(serve: Serve) -> None:
    server = await serve(MENU, direction="OUTBOUND", media_timeout="1s")
    assert (await stream_offered(server))["bidirectional"] is True
    async with server.call() as call:
        await call.hears("For your balance")
        await call.passes(5_000)
        await call.press("1")
        await call.hears("always open")
        assert (await call.ended()).code == 1000
    assert server.log.lines("stream is silent") == []
    assert call.sent_audio().endswith(server.spoken("Goodbye."))


async def test_an_outbound_call_is_one(serve: Serve) -> None:
    flow = "{start: bye, nodes: {bye: {type: hangup, prompt: 'Going {{ call.direction }} from {{ call.from }}.'}}}"
    server = await serve(flow)
    async with server.call(direction="outbound", caller="+918000000001") as call:
        await call.hears("Going outbound from +918000000001")
        await call.ended()
