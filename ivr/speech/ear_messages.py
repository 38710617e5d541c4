"""What a recogniser process is asked and answers, as bytes on its pipes.

A message is its length, its kind and a body. A process that has started says that it is ready, or why it can't
be; from then on it gives one answer to each request, in the order in which they came.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from typing import Any, assert_never

from ivr.core.effects import Listen
from ivr.speech.reports import Began, Deaf, Ended, Heard, Report

HEAD = struct.Struct(">I")
"""Before a message: the length of the rest."""

_KIND = struct.Struct(">B")
_STREAM = struct.Struct(">I")
_NUMBER = struct.Struct(">i")
_AUDIO_AT = _KIND.size + _STREAM.size


@dataclass(frozen=True, slots=True)
class Attend:
    """Listen for something in a stream, which begins with that if it is new."""

    stream: int
    wanted: Listen


@dataclass(frozen=True, slots=True)
class Sound:
    """The next piece of a stream's audio, A-law at 8 kHz."""

    stream: int
    audio: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Leave:
    """A stream has ended."""

    stream: int


Request = Attend | Sound | Leave


@dataclass(frozen=True, slots=True)
class Ready:
    """The model is loaded and all recognisers are made: requests may come."""

    pid: int = 0
    """The process, where somebody else started it than who asks it."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The process can do nothing and ends."""

    why: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A request is done."""

    reports: tuple[Report, ...] = ()
    fault: str = ""
    """Where it failed, if it did: the type of an exception and the line, nothing of what was said."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The process has ended, says the one that started it."""

    code: int
    """As of `subprocess.Popen.returncode`."""


Answer = Ready | Broken | Taken | Gone


class _Kind(IntEnum):
    """The first byte of a message."""

    ATTEND = 0
    SOUND = 1
    LEAVE = 2
    READY = 3
    BROKEN = 4
    TAKEN = 5
    GONE = 6


_REPORTS: Mapping[str, type[Report]] = {"began": Began, "heard": Heard, "ended": Ended, "deaf": Deaf}
_NAMES = {each: name for name, each in _REPORTS.items()}


def encode(message: Request | Answer) -> bytes:
    """Write a message with its length."""
    match message:
        case Attend(stream, wanted):
            kind, body = _Kind.ATTEND, _STREAM.pack(stream) + json.dumps(asdict(wanted)).encode()
        case Sound(stream, audio):
            kind, body = _Kind.SOUND, _STREAM.pack(stream) + audio
        case Leave(stream):
            kind, body = _Kind.LEAVE, _STREAM.pack(stream)
        case Ready(pid):
            kind, body = _Kind.READY, _NUMBER.pack(pid)
        case Broken(why):
            kind, body = _Kind.BROKEN, why.encode(errors="replace")
        case Taken(reports, fault):
            told = [[_NAMES[type(each)], asdict(each)] for each in reports]
            # Most answers say nothing, 10 a second and call.
            kind, body = _Kind.TAKEN, json.dumps([fault, told]).encode() if told or fault else b""
        case Gone(code):
            kind, body = _Kind.GONE, _NUMBER.pack(code)
        case _:
            assert_never(message)
    return HEAD.pack(_KIND.size + len(body)) + _KIND.pack(kind) + body


def decode(message: bytes) -> Request | Answer:
    """Read a message, without its length; ValueError if it is none."""
    try:
        return _decode(_Kind(message[0]), message)
    except (IndexError, KeyError, TypeError, struct.error) as error:
        raise ValueError(f"no message of a recogniser process: {len(message)} bytes") from error


def _decode(kind: _Kind, message: bytes) -> Request | Answer:
    body = message[_KIND.size :]
    match kind:
        case _Kind.ATTEND:
            fields: dict[str, Any] = json.loads(message[_AUDIO_AT:])
            return Attend(_stream(message), Listen(**{**fields, "phrases": tuple(fields["phrases"])}))
        case _Kind.SOUND:
            return Sound(_stream(message), message[_AUDIO_AT:])
        case _Kind.LEAVE:
            return Leave(_stream(message))
        case _Kind.READY:
            return Ready(*_NUMBER.unpack(body))
        case _Kind.BROKEN:
            return Broken(body.decode())
        case _Kind.TAKEN if not body:
            return Taken()
        case _Kind.TAKEN:
            fault, told = json.loads(body)
            return Taken(tuple(_REPORTS[name](**fields) for name, fields in told), fault)
        case _Kind.GONE:
            return Gone(*_NUMBER.unpack(body))
        case _:
            assert_never(kind)


def _stream(message: bytes) -> int:
    stream: int = _STREAM.unpack_from(message, _KIND.size)[0]
    return stream
