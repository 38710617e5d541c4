"""The messages of SFVoPI's audio stream from the carrier's side: writes its five, reads the three of a server."""

from __future__ import annotations

import json
from binascii import b2a_base64
from dataclasses import dataclass, field
from typing import Literal, get_args

from ivr.carriers.codecs import CONTENT_TYPES, Codec, from_alaw, named, to_alaw
from ivr.carriers.lenient import UnreadableError, base64_of
from ivr.desk.errors import ProtocolFault
from ivr.media.frame import SAMPLE_RATE

Who = Literal["ivr", "engine", "caller"]

LONGEST_MESSAGE = 64 * 1024
"""Bytes: what Plivo takes, SFVoPI's model."""
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class PlayAudio:
    """Play this behind all that was sent before."""

    audio: bytes = field(repr=False)
    """A-law at 8 kHz, whatever the wire carried."""


@dataclass(frozen=True, slots=True)
class ClearAudio:
    """Drop all that the caller has not heard yet."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Tell when all audio sent before has been heard."""

    name: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said, or decided and why, and at which node; only the desk is sent this."""

    who: Who
    node: str
    text: str


@dataclass(frozen=True, slots=True)
class AtNode:
    """The call has come to a node; this too is only for the desk."""

    node: str
    """As `flow/node` in a subflow."""


Command = PlayAudio | ClearAudio | Checkpoint | Transcript | AtNode


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one stream is spoken."""

    stream_id: str
    call_id: str
    codec: Codec
    in_text: bool = False
    """The caller speaks in text."""

    def start(self) -> str:
        """Make the first message of a connection; it also asks for transcripts, and may announce speech in text."""
        start = {"event": "start", "streamId": self.stream_id, "callId": self.call_id, "desk": True}
        return json.dumps({**start, "speaks": "text"} if self.in_text else start)

    def media(self, audio: bytes) -> str:
        """Make the message that carries some of the caller's voice, A-law at 8 kHz."""
        payload = b2a_base64(from_alaw(audio, self.codec), newline=False).decode()
        media = {"payload": payload, "contentType": CONTENT_TYPES[self.codec], "sampleRate": SAMPLE_RATE}
        return json.dumps({"event": "media", "streamId": self.stream_id, "media": media})

    def key(self, key: str) -> str:
        """Make the message of one key."""
        return json.dumps({"event": "dtmf", "streamId": self.stream_id, "dtmf": {"digit": key}})

    def speaking(self) -> str:
        """Make the message of a caller who begins to speak, in text."""
        return json.dumps({"event": "speech", "streamId": self.stream_id, "state": "began"})

    def said(self, text: str) -> str:
        """Make the message of a caller who has said something, in text."""
        return json.dumps({"event": "speech", "streamId": self.stream_id, "state": "ended", "text": text})

    def played(self, name: str) -> str:
        """Make the answer to a checkpoint that was reached."""
        return json.dumps({"event": "playedStream", "streamId": self.stream_id, "name": name})

    def cleared(self) -> str:
        """Make the answer to an order to clear."""
        return json.dumps({"event": "clearedAudio", "streamId": self.stream_id})

    def parse(self, message: str | bytes) -> Command:
        """Read a server's message as strictly as any carrier might.

        Raises:
            ProtocolFault: it is none, with what was expected.
        """
        try:
            return self._command(message)
        except UnreadableError as fault:
            shown = message if isinstance(message, str) else message.decode(errors="replace")
            raise ProtocolFault(f"the server sent {fault}: {shown[:_SHOWN]}") from None

    def _command(self, message: str | bytes) -> Command:
        if isinstance(message, bytes):
            raise UnreadableError("a binary message: expected text")
        if len(message.encode()) > LONGEST_MESSAGE:
            raise UnreadableError(f"a message longer than {LONGEST_MESSAGE} bytes")
        try:
            fields = json.loads(message)
        except ValueError:
            raise UnreadableError("a message that is not JSON") from None
        if not isinstance(fields, dict):
            raise UnreadableError("JSON that is no object")
        if fields.get("streamId", self.stream_id) != self.stream_id:
            raise UnreadableError("a command for another stream")
        match fields:
            case {
                "event": "playAudio",
                "media": {"payload": str(payload), "contentType": str(kind), "sampleRate": rate},
            }:
                return PlayAudio(self._audio(payload, kind, rate))
            case {"event": "clearAudio"}:
                return ClearAudio()
            case {"event": "checkpoint", "name": str(name)} if name:
                return Checkpoint(name)
            case {"event": "transcript", "who": who, "node": str(node), "text": str(text)} if who in get_args(Who):
                return Transcript(who, node, text)
            case {"event": "node", "node": str(node)} if node:
                return AtNode(node)
            case _:
                raise UnreadableError(
                    "no whole command: expected playAudio with payload, contentType and sampleRate in media,"
                    " clearAudio, checkpoint with a name, transcript with who, node and text, or node with node"
                )

    def _audio(self, payload: str, kind: str, rate: object) -> bytes:
        """Read audio, which must be of the kind that the stream was opened with."""
        codec, _ = named(kind)
        if codec != self.codec or rate != SAMPLE_RATE:
            raise UnreadableError(f"audio of {kind} at {rate}: expected {CONTENT_TYPES[self.codec]} at {SAMPLE_RATE}")
        return to_alaw(base64_of(payload), codec, SAMPLE_RATE)


def event_of(message: str | bytes) -> str:
    """The name of a message's event; empty where it has none."""
    try:
        event = json.loads(message)["event"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""
    return event if isinstance(event, str) else ""
