"""SFVoPI's stream is read in every form it may have, and nothing that comes can break it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.carriers.audio_messages import is_media
from ivr.carriers.codecs import Codec, to_alaw
from ivr.carriers.facts import Cleared, Fact, Key, Marked, Media, Nonsense, Said, Speaking, Started, Stopped
from ivr.carriers.sfvopi import LONGEST_SPEECH, Stream, StreamSettings, transcript

STREAM_ID = "SFV_STRM_BI_01JJXYZ123ABC456DEF789GHI"
CALL_ID = "550e8400-e29b-41d4-a716-446655440000"
FRAME = bytes(range(160))


def message(**fields: object) -> str:
    return json.dumps(fields)


def parse(**fields: object) -> tuple[Fact, ...]:
    return Stream().parse(message(**fields))


def started(**options: Any) -> Stream:
    stream = Stream(StreamSettings(**options))
    stream.parse(message(event="start", streamId=STREAM_ID, callId=CALL_ID))
    return stream


def why(facts: tuple[Fact, ...]) -> str:
    (fact,) = facts
    assert isinstance(fact, Nonsense)
    return fact.why


def test_start_flat_and_nested() -> None:
    assert parse(event="start", streamId=STREAM_ID, callId=CALL_ID) == (Started(STREAM_ID, CALL_ID),)
    nested = {"streamId": STREAM_ID, "callId": CALL_ID, "tracks": ["inbound"]}
    assert parse(event="start", sequenceNumber=1, start=nested) == (Started(STREAM_ID, CALL_ID),)
    assert parse(event="start", start="soon") == (Started("", ""),)


def test_our_own_desk_caller_says_so() -> None:
    assert parse(event="start", streamId="s", callId="c", desk=True) == (Started("s", "c", desk=True),)
    assert parse(event="start", streamId="s", callId="c", desk="true") == (Started("s", "c"),)


def desk(**start: object) -> Stream:
    stream = Stream()
    stream.parse(message(event="start", streamId=STREAM_ID, callId=CALL_ID, **start))
    return stream


def test_the_desk_may_speak_in_text() -> None:
    start = message(event="start", streamId="s", callId="c", desk=True, speaks="text")
    assert Stream().parse(start) == (Started("s", "c", desk=True, in_text=True),)
    stream = desk(desk=True, speaks="text")
    assert stream.parse(message(event="speech", state="began")) == (Speaking(),)
    assert stream.parse(message(event="speech", state="ended", text=" हाँ, yes ")) == (Said("हाँ, yes"),)
    for unusable in (None, ["yes"], "x" * (LONGEST_SPEECH + 1)):
        assert stream.parse(message(event="speech", state="ended", text=unusable)) == (Said(""),)
    assert stream.parse(message(event="speech", state="ended")) == (Said(""),)
    assert "expected one of these in state" in why(stream.parse(message(event="speech", text="yes")))
    assert "yes" not in repr(Said("yes"))


@pytest.mark.parametrize("start", [{}, {"desk": True}, {"speaks": "text"}, {"desk": True, "speaks": "loudly"}])
def test_nobody_else_speaks_in_text(start: dict[str, object]) -> None:
    assert "unknown event" in why(desk(**start).parse(message(event="speech", state="ended", text="yes")))


@pytest.mark.parametrize("codec", ["PCMA", "PCMU", "L16"])
def test_media_comes_as_alaw_whatever_the_frame_names(codec: Codec) -> None:
    names = {"PCMA": "audio/PCMA", "PCMU": "audio/x-mulaw;rate=8000", "L16": "AUDIO/x-l16"}
    media = {"payload": base64.b64encode(FRAME).decode(), "contentType": names[codec], "sampleRate": 8000}
    assert parse(event="media", streamId=STREAM_ID, media=media) == (Media(to_alaw(FRAME, codec, 8000)),)


@pytest.mark.parametrize("codec", ["PCMA", "PCMU", "L16"])
def test_media_that_names_no_format_has_the_one_asked_for(codec: Codec) -> None:
    media = message(event="media", media={"payload": base64.b64encode(FRAME).decode()})
    assert started(codec=codec).parse(media) == (Media(to_alaw(FRAME, codec, 8000)),)


def test_the_rate_of_the_frame_counts() -> None:
    payload = base64.b64encode(FRAME).decode()
    for media in (
        {"payload": payload, "contentType": "audio/x-l16", "sampleRate": "16000"},
        {"payload": payload, "contentType": "audio/x-l16;rate=16000"},
    ):
        assert parse(event="media", media=media) == (Media(to_alaw(FRAME, "L16", 16000)),)


def test_media_may_be_empty_or_unpadded() -> None:
    assert parse(event="media", media={"payload": ""}) == (Media(b""),)
    assert parse(event="media", media={"payload": "1dU"}) == (Media(b"\xd5\xd5"),)


@pytest.mark.parametrize(
    ("media", "reason"),
    [
        (None, "without a payload"),
        ("1dXV", "without a payload"),
        ({}, "without a payload"),
        ({"payload": 5}, "without a payload"),
        ({"payload": "not base64!"}, "not base64"),
        ({"payload": "1dXV", "contentType": "audio/opus"}, "unknown content type"),
        ({"payload": "1dXV", "sampleRate": 44100}, "unexpected rate"),
        ({"payload": "1dXV", "contentType": "audio/x-l16"}, "within a sample"),
    ],
)
def test_media_that_is_none_is_nonsense(media: object, reason: str) -> None:
    assert reason in why(parse(event="media", media=media))


@pytest.mark.parametrize(
    "body",
    [
        {"dtmf": {"digit": "5"}},
        {"dtmf": {"digit": 5}},
        {"dtmf": {"digit": 5.0}},
        {"dtmf": {"digits": "5"}},
        {"dtmf": {"key": "5"}},
        {"dtmf": {"digit": "", "digits": None, "key": " 5 "}},
        {"dtmf": {"track": "inbound", "digit": "5", "timestamp": "1705312250000"}, "sequenceNumber": 50},
        {"dtmf": "5"},
        {"dtmf": 5},
        {"digit": "5"},
        {"digits": 5},
        {"key": "5"},
        {"dtmf": {}, "digit": "5"},
    ],
)
def test_a_key_in_every_form(body: dict[str, object]) -> None:
    assert parse(event="dtmf", streamId=STREAM_ID, **body) == (Key("5"),)


def test_several_characters_are_several_keys() -> None:
    assert parse(event="dtmf", dtmf={"digits": "1*#0ad"}) == tuple(map(Key, "1*#0AD"))
    assert parse(event="dtmf", dtmf=42) == (Key("4"), Key("2"))


def test_what_is_no_key_is_dropped_and_told_without_the_keys() -> None:
    *keys, rest = parse(event="dtmf", dtmf={"digit": "1e2"})
    assert keys == [Key("1"), Key("2")]
    assert isinstance(rest, Nonsense)
    assert "no keys" in rest.why
    assert not set("12") & set(rest.excerpt)


@pytest.mark.parametrize("body", [{}, {"dtmf": None}, {"dtmf": {"digit": True}}, {"dtmf": [5]}, {"dtmf": "9" * 300}])
def test_dtmf_without_a_key_is_nonsense(body: dict[str, object]) -> None:
    assert "dtmf without a key" in why(parse(event="dtmf", **body))


def test_equal_keys_are_separate_presses() -> None:
    stream = Stream()
    for _ in range(3):
        assert stream.parse(message(event="dtmf", dtmf={"digit": "1"})) == (Key("1"),)


@pytest.mark.parametrize("stamp", [{"sequenceNumber": 7}, {"timestamp": "100"}])
def test_a_key_that_the_carriers_own_count_proves_a_repeat_is_dropped(stamp: dict[str, object]) -> None:
    stream = Stream()
    press = message(event="dtmf", dtmf={"digit": "1"}, **stamp)
    assert stream.parse(press) == (Key("1"),)
    assert "came before" in why(stream.parse(press))
    assert stream.parse(message(event="dtmf", dtmf={"digit": "2"}, **stamp)) == (Key("2"),)
    assert stream.parse(press) == (Key("1"),)


def test_equal_keys_with_other_counts_are_separate_presses() -> None:
    stream = Stream()
    for sequence in (7, 8, 9):
        press = message(event="dtmf", sequenceNumber=sequence, dtmf={"digit": "1", "timestamp": 1705312250})
        assert stream.parse(press) == (Key("1"),)


def test_acknowledgements_and_the_end() -> None:
    assert parse(event="playedStream", streamId=STREAM_ID, name="playback-1") == (Marked("playback-1"),)
    assert parse(event="playedStream", name="playback-1") == (Marked("playback-1"),)
    assert "without a name" in why(parse(event="playedStream", streamId=STREAM_ID))
    assert parse(event="clearedAudio") == (Cleared(),)
    assert parse(event="stop", stop={"reason": "hangup"}) == (Stopped(),)


@pytest.mark.parametrize("fields", [{}, {"event": None}, {"event": ["media"]}, {"event": "Media"}, {"event": "mark"}])
def test_unknown_events_are_nonsense(fields: dict[str, object]) -> None:
    assert "unknown event" in why(parse(**fields))


def test_text_in_bytes_is_read_and_other_bytes_are_nonsense() -> None:
    assert Stream().parse(b'{"event":"clearedAudio"}') == (Cleared(),)
    assert "not JSON" in why(Stream().parse(FRAME))


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = [
    "event",
    "media",
    "dtmf",
    "start",
    "payload",
    "contentType",
    "sampleRate",
    "digit",
    "name",
    "streamId",
    "desk",
]
EVENTS = ["start", "media", "dtmf", "playedStream", "clearedAudio", "stop", "connected"]
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        **{name: JSON | st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4) for name in NAMES},
        "event": st.sampled_from(EVENTS) | JSON,
    },
).map(json.dumps)


@settings(deadline=None, max_examples=150)
@given(st.lists(MESSAGES | JSON.map(json.dumps) | st.text() | st.binary(), max_size=5))
def test_nothing_that_comes_can_break_a_stream(messages: list[str | bytes]) -> None:
    stream = Stream()
    for each in messages:
        for fact in stream.parse(each):
            if isinstance(fact, Nonsense):
                (fact.why + fact.excerpt).encode()
    stream.clear().encode()


def test_a_media_message_is_known_without_parsing() -> None:
    assert is_media(message(event="media", streamId=STREAM_ID, media={"payload": "1dXV"}))
    assert is_media('{"event":"media","streamId":"s","media":{"payload":"1dXV"}}')
    assert is_media(' {\n "sequenceNumber" : 0 , "event"\t: "media", "media": {"payload": "\\/\\/7+"}}')
    assert not is_media(message(event="dtmf", dtmf={"digit": "5"}))
    assert not is_media(message(event="dtmf", name='"event":"media"'))
    assert not is_media('{"event":"media","media":{},"event":"dtmf"}')
    assert not is_media('{"event":"media","media":{},"\\u0065vent":"dtmf"}')
    assert not is_media('{"start":{"event":"media"},"event":"start"}')
    assert not is_media('{"a\\"event":"media"}')
    assert not is_media("")


PIECES = st.sampled_from(["event", "media", '"event"', '"event":"media"', '\\"', "dtmf", "", "x"])
WRITTEN = st.dictionaries(
    PIECES,
    PIECES | st.dictionaries(PIECES, PIECES, max_size=2) | st.lists(PIECES, max_size=2),
    max_size=4,
)


@settings(deadline=None)
@given(WRITTEN, WRITTEN, st.sampled_from([None, (",", ":"), (" ,\n", "\t: ")]))
def test_what_is_known_as_media_is_media(
    one: dict[str, object], other: dict[str, object], separators: tuple[str, str] | None
) -> None:
    # Two objects in one, so that a name may come twice, as json.dumps would never write it.
    first, second = (json.dumps(half, separators=separators)[1:-1] for half in (one, other))
    text = "{" + (first + "," + second if first and second else first + second) + "}"
    if is_media(text):
        assert json.loads(text)["event"] == "media"


@pytest.mark.parametrize(
    ("codec", "content_type"), [("PCMA", "audio/PCMA"), ("PCMU", "audio/PCMU"), ("L16", "audio/x-l16")]
)
def test_play_is_in_the_streams_codec(codec: Codec, content_type: str) -> None:
    sent = json.loads(started(codec=codec).play(FRAME))
    payload = base64.b64decode(sent["media"].pop("payload"))
    assert sent == {"event": "playAudio", "media": {"contentType": content_type, "sampleRate": 8000}}
    assert len(payload) == (320 if codec == "L16" else 160)
    if codec != "PCMU":
        assert to_alaw(payload, codec, 8000) == FRAME


def test_play_names_the_stream_where_asked_to() -> None:
    assert json.loads(started(stream_id_in_play=True).play(FRAME))["streamId"] == STREAM_ID


def test_what_is_played_could_be_read_back() -> None:
    echoed = json.loads(started().play(FRAME)) | {"event": "media"}
    assert Stream().parse(json.dumps(echoed)) == (Media(FRAME),)


def test_clear_and_checkpoint_name_the_stream() -> None:
    stream = started()
    assert json.loads(stream.clear()) == {"event": "clearAudio", "streamId": STREAM_ID}
    assert json.loads(stream.checkpoint("playback-1")) == {
        "event": "checkpoint",
        "streamId": STREAM_ID,
        "name": "playback-1",
    }


def test_a_stream_without_an_id_is_commanded_without_one() -> None:
    stream = Stream()
    stream.parse(message(event="start"))
    assert json.loads(stream.clear()) == {"event": "clearAudio"}


@pytest.mark.parametrize(
    ("direction", "plays", "listens"),
    [("BOTH", True, True), ("INBOUND", False, True), ("OUTBOUND", True, False)],
)
def test_directions(direction: Any, plays: bool, listens: bool) -> None:
    chosen = StreamSettings(direction=direction)
    assert (chosen.can_play, chosen.can_listen) == (plays, listens)


def test_an_inbound_stream_plays_nothing() -> None:
    with pytest.raises(ValueError, match="an INBOUND stream plays nothing"):
        started(direction="INBOUND").play(FRAME)


def test_a_transcript_for_the_desk() -> None:
    assert json.loads(transcript("ivr", "main_menu", "For sales press 1.")) == {
        "event": "transcript",
        "who": "ivr",
        "node": "main_menu",
        "text": "For sales press 1.",
    }


def test_keys_and_audio_stay_out_of_what_is_printed() -> None:
    assert "5" not in repr(Key("5"))
    assert "xd5" not in repr(Media(b"\xd5"))
    stream = Stream()
    stream.parse(message(event="dtmf", dtmf={"digit": "5"}))
    assert "5" not in repr(stream)
