"""Messages of audio are read and written the short way only where that means the same as the long one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.carriers.audio_messages import audio_of, is_media, playing, playing_shared
from ivr.carriers.codecs import Codec
from ivr.carriers.lenient import LONGEST_MESSAGE
from ivr.carriers.sfvopi import Stream, StreamSettings

AUDIO = bytes(range(160))

MEDIA = st.fixed_dictionaries(
    {},
    optional={
        "payload": st.sampled_from(["", "1dXV", "1dU=", "1dW=", "1dU", "1d V", "a\nb", "ü", "=", 5, None, ["1dXV"]]),
        "contentType": st.sampled_from(["audio/PCMA", "audio/PCMU", "audio/x-l16", "audio/pcma", "text", "", 5, None]),
        "sampleRate": st.sampled_from([8000, 8000.0, "8000", 16000, 0, -8000, True, None, 10**30]),
        "track": st.sampled_from(["inbound", 1, None, "हाँ", float("nan"), {"payload": "1dXV"}]),
    },
)
WRITTEN = st.fixed_dictionaries({}, optional={"media": MEDIA | st.none() | st.text(), "x": st.text() | st.floats()})


@settings(deadline=None)
@given(WRITTEN, st.sampled_from(["PCMA", "PCMU", "L16"]))
def test_the_short_way_leads_where_the_long_one_does(fields: dict[str, object], codec: Codec) -> None:
    message = json.dumps({"event": "media"} | fields, ensure_ascii=False)
    stream = Stream(StreamSettings(codec=codec))
    # Bytes are always read the long way.
    assert stream.parse(message) == stream.parse(message.encode())


@pytest.mark.parametrize(
    "message",
    [
        '{"event":"media","media":{"payload":"1dXV"},"media":{"payload":5}}',
        '{"event":"media","media":{"payload":"1dXV"},"x":' + "[" * 10_000 + "]" * 10_000 + "}",
        '{"event":"media","media":{"payload":"' + "1dXV" * (LONGEST_MESSAGE // 4) + '"}}',
        '{"event":"media","media":{"payload":"1dXV"}',
        "",
    ],
    ids=["overruled", "deep", "long", "cut off", "empty"],
)
def test_what_is_unusual_is_left_to_more_patience(message: str) -> None:
    assert audio_of(message, "PCMA") is None


def test_usual_audio_is_read() -> None:
    message = '{"sequenceNumber":7,"event":"media","media":{"track":"inbound","payload":"1dXV"},"extra":"{}"}'
    assert is_media(message)
    assert audio_of(message, "PCMA") == b"\xd5\xd5\xd5"


@pytest.mark.parametrize("codec", ["PCMA", "PCMU", "L16"])
def test_what_calls_share_is_written_once_and_what_is_a_callers_own_is_not_kept(codec: Codec) -> None:
    playing_shared.cache_clear()
    stream = Stream(StreamSettings(codec=codec, stream_id_in_play=True), "stream")
    own = stream.play(AUDIO)
    assert playing_shared.cache_info().currsize == 0
    assert stream.play(memoryview(AUDIO), shared=True) == own
    assert Stream(StreamSettings(codec=codec)).play(AUDIO, shared=True) == own.replace('"streamId":"stream",', "")
    assert playing_shared.cache_info().currsize == 1
    assert playing(memoryview(AUDIO), codec) in own
