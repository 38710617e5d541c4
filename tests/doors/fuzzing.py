"""Inputs that nobody should send, for each door of the program, and what must hold whatever comes in."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from ivr.carriers.audio_messages import is_media
from ivr.carriers.facts import Fact, Key
from ivr.carriers.sfvopi import Stream
from ivr.document.finding import as_text
from ivr.document.journal import JournalError
from ivr.document.journal import read as read_journal
from ivr.document.load import load_sources
from ivr.document.source import read
from ivr.media.convert import recording
from ivr.media.wav import WavError, header, layout
from ivr.server.tokens import StreamPass, TokenRefused, Tokens
from tests.doors.odd_expressions import ATOMS, evaluate, fill_in, fit, values

TESTS_FOLDER = Path(__file__).parents[1]
FLOWS = [path.read_text("utf-8") for path in sorted((TESTS_FOLDER / "flows" / "ok").glob("*.yaml"))]
Strategy = st.SearchStrategy[Any]


@dataclass(frozen=True, slots=True)
class Door:
    """One way into the program."""

    inputs: Strategy
    enter: Callable[[Any], None]
    """Raises if something comes out that must not."""


# Texts of flows

PIECES = (
    *("&a ", "*a", "<<: ", "!!str ", "!!int ", "!x ", "? ", "- ", ": ", "{", "}", "[", "]", ",", "|", ">", "'", '"'),
    *("---\n", "...\n", "%YAML 1.1\n", "#", "\t", "\r", "\n", "\u2028", "\x85", "\ufeff", "\x00", "\ud800", "{{", "}}"),
    *("{{ 1 / 0 }}", "{% x %}", "{{ env.HOME }}", "../", "1e999", "0x" + "f" * 90, "0o7", "012", ".nan", "~", "yes"),
    *("next: ask", "type: menu", "press: 1", "prompt: ", "audio: /dev/zero", "\n  ", "\n      ", "x" * 200, "[" * 70),
)


@st.composite
def mangled(draw: st.DrawFn, texts: tuple[str, ...], pieces: tuple[str, ...]) -> str:
    """A text of which parts were cut out, doubled, moved or replaced."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(1, 6))):
        begin = draw(st.integers(0, len(text)))
        end = min(len(text), begin + draw(st.sampled_from((0, 0, 1, 3, 30, 300))))
        into = draw(st.integers(0, len(text)))
        match draw(st.sampled_from(("cut", "double", "move", "put", "put", "any"))):
            case "cut":
                text = text[:begin] + text[end:]
            case "double":
                text = text[:end] + text[begin:end] * draw(st.integers(1, 5)) + text[end:]
            case "move":
                text = text[:into] + text[begin:end] + text[into:]
            case "put":
                text = text[:begin] + draw(st.sampled_from(pieces)) + text[end:]
            case _:
                text = text[:begin] + draw(st.text(max_size=4)) + text[end:]
    return text


def read_flow(text: str | bytes) -> None:
    loaded = load_sources({"main.yaml": read(text, "main.yaml")}, 2026)
    assert loaded.flows or loaded.findings
    assert as_text(loaded.findings, loaded.lines) is not None


# Messages

MESSAGES: tuple[Mapping[str, Any], ...] = (
    {"event": "start", "streamId": "s1", "callId": "c1"},
    {"event": "start", "start": {"streamId": "s1", "callId": "c1"}, "desk": True, "speaks": "text"},
    {
        "event": "media",
        "streamId": "s1",
        "media": {"payload": "1dXV1Q==", "contentType": "audio/PCMA", "sampleRate": 8000},
    },
    {
        "event": "media",
        "media": {"payload": "1dXV1Q==", "contentType": "audio/x-l16;rate=16000", "sampleRate": "16000"},
    },
    {"event": "dtmf", "streamId": "s1", "dtmf": {"digit": "5", "timestamp": "17"}, "sequenceNumber": 4},
    {"event": "dtmf", "digits": "12#"},
    {"event": "playedStream", "name": "p1"},
    {"event": "clearedAudio", "streamId": "s1"},
    {"event": "speech", "state": "ended", "text": "one two"},
    {"event": "stop"},
)
odd = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from(
        [0, -1, 10**30, 1e300, 8000, 44100, 1, "", "5", "ABCD*#", "audio/PCMU", "audio/x-l16", "A===", "\ud800"]
    )
    | st.floats()
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
TEXTS = tuple(json.dumps(message) for message in MESSAGES)


@st.composite
def wrong_types(draw: st.DrawFn) -> str:
    """A message in which some values are of another type, at any level."""
    message = json.loads(draw(st.sampled_from(TEXTS)))
    holders = [message, *(inner for inner in message.values() if isinstance(inner, dict))]
    for _ in range(draw(st.integers(1, 3))):
        holder = draw(st.sampled_from(holders))
        holder[draw(st.sampled_from([*holder, "event", "media", "dtmf", "digit", "name"]))] = draw(odd)
    return json.dumps(message)


JSON_PIECES = (
    '"event"',
    "\\u0065vent",
    "null",
    "NaN",
    "1e999",
    "9" * 5000,
    "[" * 3000,
    '{"a":' * 2000,
    "\\ud800",
    "\x00",
    "\\",
)
messages = (
    wrong_types()
    | mangled(TEXTS, JSON_PIECES)
    | mangled(TEXTS, JSON_PIECES).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | odd.map(json.dumps)
    | st.binary(max_size=200)
    | st.sampled_from(["", "[" * 100_000, '{"event":"media"' * 10_000, b"\xff\xfe" * 1000, "x" * 300_000])
)


def _event(message: str) -> object:
    """What a message says it is; None where it is no JSON."""
    try:
        return json.loads(message)["event"]
    except (ValueError, RecursionError):
        return None


def parse(message: str | bytes) -> None:
    for stream in (Stream(), Stream(in_text=True)):
        if isinstance(message, str):
            assert not is_media(message) or _event(message) in ("media", None)
        facts: tuple[Fact, ...] = stream.parse(message)
        assert facts
        assert all(fact.key in "0123456789*#ABCD" for fact in facts if isinstance(fact, Key))
        stream.checkpoint("p1").encode()
        stream.clear().encode()


# Files of sound

SOUND = header(400) + bytes(800)
EXTENSIBLE = (
    b"RIFF" + struct.pack("<I", 0) + b"WAVEfmt " + struct.pack("<IHHIIHH", 40, 0xFFFE, 2, 44100, 352800, 8, 32)
    + struct.pack("<HHIH", 22, 32, 3, 3) + bytes(14) + b"LIST" + struct.pack("<I", 4) + b"abcd"
    + b"data" + struct.pack("<I", 800) + bytes(800)
)  # fmt: skip
LIMITS = (0, 1, 2, 3, 6, 7, 8, 16, 24, 32, 64, 0x7F, 0xFF, 0x7FFF, 0xFFFE, 0xFFFF, 384_000, 2**31 - 1, 2**32 - 1)


@st.composite
def sounds(draw: st.DrawFn) -> bytes:
    """A WAV file with some bytes of its header changed, or cut off."""
    sound = bytearray(draw(st.sampled_from((SOUND, EXTENSIBLE))))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, min(100, len(sound) - 5)))
        number = draw(st.sampled_from(LIMITS))
        sound[at : at + 2] = struct.pack("<H", number & 0xFFFF)
        if draw(st.booleans()):
            sound[at : at + 4] = struct.pack("<I", number)
    if draw(st.booleans()):
        sound = sound[: draw(st.integers(0, len(sound)))]
    return bytes(sound)


def hear(sound: bytes) -> None:
    try:
        found = layout(io.BytesIO(sound))
    except WavError as error:
        fit(error)
        return
    assert found.length > 0
    assert found.start + found.size <= len(sound)
    try:
        audio = recording(sound)
    except WavError:
        return
    assert len(audio) % 160 == 0


# What we wrote ourselves, and get back

KEY = "k" * 32
TOKEN = Tokens(KEY).sign(StreamPass("c1", "+1", "+2", "inbound", "main", 1, 2**62))
OTHERS = (".", "-", "_", ".eJw", "=", "A" * 5000, "\x00", "é", "/", ".eJwDAAAAAAE")
JOURNAL = "".join(
    json.dumps(line) + "\n"
    for line in (
        {"journal": 1, "flow": "main", "fingerprint": "f", "call": {"id": "c"}, "env": {}, "language": "en"},
        {"at": 0, "event": {"is": "Answered"}, "place": "a", "playing": 0},
        {"at": 9, "event": {"is": "KeyPressed", "key": "1"}, "place": "a", "playing": 1, "decisions": []},
        {"end": {"at": 10, "reason": "caller", "by": "caller"}},
    )
)


def admit(token: str) -> None:
    try:
        stream_pass = Tokens(KEY).read(token, 1)
    except TokenRefused as refusal:
        fit(refusal)
        return
    assert stream_pass == Tokens(KEY).read(TOKEN, 1)


def replay(text: str) -> None:
    try:
        read_journal(text.encode("utf-8", "surrogatepass"), "c.jsonl")
    except JournalError as error:
        fit(error)


flow_texts = mangled(tuple(FLOWS), PIECES)
DOORS: Mapping[str, Door] = {
    "YAML": Door(
        flow_texts | flow_texts.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(), read_flow
    ),
    "expressions": Door(values | mangled(("account == '0123' and body.a[0].b | int > 1",), ATOMS), evaluate),
    "templates": Door(
        st.builds("a {{{{ {} }}}} b {{{{ {} }}}}".format, values, values)
        | mangled(("a {{ pin }} b {{ name }}",), PIECES),
        fill_in,
    ),
    "messages": Door(messages, parse),
    "sounds": Door(sounds() | st.binary(), hear),
    "tokens": Door(mangled((TOKEN,), OTHERS) | st.text(), admit),
    "journals": Door(mangled((JOURNAL,), JSON_PIECES), replay),
}
