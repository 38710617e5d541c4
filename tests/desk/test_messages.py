"""The two ends of the wire understand each other, and what a carrier might not understand is a fault."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ivr.carriers.codecs import Codec
from ivr.carriers.facts import Cleared, Key, Marked, Media, Said, Speaking, Started
from ivr.carriers.sfvopi import Stream, StreamSettings, at_node, transcript
from ivr.desk.errors import ProtocolFault
from ivr.desk.messages import AtNode, Checkpoint, ClearAudio, Dialect, PlayAudio, Transcript

SOUND = bytes(range(160))
DESK = Dialect("SFV_STRM_BI_1", "call-1", "PCMA")


def test_the_server_reads_what_the_desk_writes() -> None:
    stream = Stream()
    assert stream.parse(DESK.start()) == (Started("SFV_STRM_BI_1", "call-1", desk=True),)
    assert stream.parse(DESK.key("#")) == (Key("#"),)
    assert stream.parse(DESK.played("playback-1")) == (Marked("playback-1"),)
    assert stream.parse(DESK.cleared()) == (Cleared(),)


def test_the_server_reads_what_the_desk_says_in_text() -> None:
    desk, stream = replace(DESK, in_text=True), Stream()
    assert stream.parse(desk.start()) == (Started("SFV_STRM_BI_1", "call-1", desk=True, in_text=True),)
    assert stream.parse(desk.speaking()) == (Speaking(),)
    assert stream.parse(desk.said("to the sales people")) == (Said("to the sales people"),)


def test_start_is_flat() -> None:
    start = {"event": "start", "streamId": "SFV_STRM_BI_1", "callId": "call-1", "desk": True}
    assert json.loads(DESK.start()) == start


@pytest.mark.parametrize(("codec", "lossless"), [("PCMA", True), ("L16", True), ("PCMU", False)])
def test_audio_crosses_in_every_codec(codec: Codec, lossless: bool) -> None:
    desk, stream = Dialect("s", "c", codec), Stream(StreamSettings(codec=codec))
    (media,) = stream.parse(desk.media(SOUND))
    played = desk.parse(stream.play(SOUND))
    assert isinstance(media, Media)
    assert isinstance(played, PlayAudio)
    assert media.audio == played.audio
    assert len(media.audio) == len(SOUND)
    assert (media.audio == SOUND) is lossless


def test_the_desk_reads_what_the_server_writes() -> None:
    stream = Stream(stream_id="SFV_STRM_BI_1")
    assert DESK.parse(stream.clear()) == ClearAudio()
    assert DESK.parse(stream.checkpoint("playback-1")) == Checkpoint("playback-1")
    assert DESK.parse(transcript("ivr", "main", "Hello.")) == Transcript("ivr", "main", "Hello.")
    assert DESK.parse(at_node("verify/pin")) == AtNode("verify/pin")


def play(**media: Any) -> str:
    whole = {"payload": "1dXV", "contentType": "audio/PCMA", "sampleRate": 8000}
    return json.dumps({"event": "playAudio", "media": {**whole, **media}})


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        (b"{}", "a binary message: expected text"),
        ("{", "not JSON"),
        ("[]", "no object"),
        ("{}", "no whole command: expected playAudio"),
        ('{"event": "hangup"}', "no whole command"),
        ('{"event": "checkpoint"}', "no whole command"),
        ('{"event": "checkpoint", "name": ""}', "no whole command"),
        ('{"event": "clearAudio", "streamId": "another"}', "another stream"),
        ('{"event": "transcript", "who": "nobody", "node": "a", "text": "b"}', "no whole command"),
        ('{"event": "node", "node": ""}', "no whole command"),
        (play(payload=7), "no whole command"),
        (play(payload="?"), "not base64"),
        (play(contentType="audio/ogg"), "unknown content type"),
        (play(contentType="audio/PCMU"), "audio of audio/PCMU at 8000: expected audio/PCMA at 8000"),
        (play(sampleRate=16000), "expected audio/PCMA at 8000"),
        (play(payload="1dXV" * 16384), "longer than 65536 bytes"),
    ],
)
def test_what_a_carrier_might_not_understand_is_a_fault(message: str | bytes, complaint: str) -> None:
    with pytest.raises(ProtocolFault, match=complaint):
        DESK.parse(message)
