"""SFVoPI's messages of audio, nearly all there are: known, read and written with as little work as can be."""

from __future__ import annotations

import re
from binascii import b2a_base64
from functools import lru_cache

import msgspec

from ivr.carriers.codecs import CODECS, CONTENT_TYPES, Codec, from_alaw, to_alaw
from ivr.carriers.lenient import LONGEST_MESSAGE
from ivr.media.frame import SAMPLE_RATE, Audio

MOST_SHARED = 8192
"""Pieces of shared sounds whose messages are kept: 27 minutes of prompts, in 19 MB."""

_FIRST = ('{"event":"media"', '{"event": "media"')
_USUAL = ('"event":"media"', '"event": "media"')
_ANY = re.compile(r'\s*\{[^{]*?(?<!\\)"event"\s*:\s*"media"')
"""An object whose first level says before any inner object that it is media."""


class _Media(msgspec.Struct):
    payload: bytes
    contentType: str = ""  # noqa: N815  the carrier's name
    sampleRate: int = SAMPLE_RATE  # noqa: N815  as above


class _Message(msgspec.Struct):
    media: _Media


_read = msgspec.json.Decoder(_Message).decode


def is_media(message: str) -> bool:
    """Tell cheaply that a message is media, so that one nobody listens to is not parsed.

    True is certain of any message that is JSON; where a message is written too unusually to be sure, False
    leaves it to `Stream.parse`.
    """
    # Without escapes a name is what it seems to be; and a second "event" could overrule the first one.
    if message.startswith(_FIRST) and message.rfind('"event"') == 1 and "\\" not in message:
        return True
    return _is_media(message)


def _is_media(message: str) -> bool:
    """Tell the same of messages that don't begin with it."""
    start = message.find('"event"')
    if start < 0:
        return False
    if message.startswith(_USUAL, start) and message[0] == "{" and "\\" not in message:
        # With no other brace before it, it is one of the first level.
        return message.find("{", 1, start) < 0 and message.rfind('"event"') == start
    found = _ANY.match(message)
    return found is not None and message.find('"event"', found.end()) < 0 and "\\u" not in message


def audio_of(message: str, asked: Codec) -> bytes | None:
    """Read the audio of a message that `is_media`, as A-law, where it is written as usual.

    None leaves it to be read with more patience. `asked` is the codec of one that names none. Raises
    UnreadableError for half a sample.
    """
    if len(message) > LONGEST_MESSAGE:
        return None
    try:
        media = _read(message).media
    except (ValueError, RecursionError):
        return None  # Not JSON, no base64, of other types than usual, or nested too deep.
    codec = CODECS.get(media.contentType) if media.contentType else asked
    return to_alaw(media.payload, codec, SAMPLE_RATE) if codec and media.sampleRate == SAMPLE_RATE else None


def playing(audio: Audio, codec: Codec) -> str:
    """Make the part of `playAudio` that all streams have in common: its end, with A-law in `codec`."""
    payload = b2a_base64(from_alaw(bytes(audio), codec), newline=False).decode("ascii")
    # Put together by hand: ten times as fast as by json, and the most frequent thing we write.
    return f'"media":{{"payload":"{payload}","contentType":"{CONTENT_TYPES[codec]}","sampleRate":{SAMPLE_RATE}}}}}'


playing_shared = lru_cache(maxsize=MOST_SHARED)(playing)
"""The same for a piece that is nobody's own, made once."""
