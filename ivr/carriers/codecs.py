"""The codecs of a carrier's audio, to and from A-law at 8 kHz."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, assert_never

from ivr.carriers.lenient import UnreadableError
from ivr.media import alaw
from ivr.media.frame import SAMPLE_RATE

Codec = Literal["PCMA", "PCMU", "L16"]
"""A-law, mu-law, and linear samples of 16 bits: little-endian, which RFC 3551 does not mean by this name, but
SFVoPI does."""

CONTENT_TYPES: Mapping[Codec, str] = {"PCMA": "audio/PCMA", "PCMU": "audio/PCMU", "L16": "audio/x-l16"}
CODECS: Mapping[str, Codec] = {name: codec for codec, name in CONTENT_TYPES.items()}
"""By their names as we write them."""

_NAMES: Mapping[str, Codec] = {
    "audio/pcma": "PCMA",
    "audio/x-alaw": "PCMA",
    "audio/pcmu": "PCMU",
    "audio/x-mulaw": "PCMU",
    "audio/x-l16": "L16",
    "audio/l16": "L16",
}
RATES = tuple(multiple * SAMPLE_RATE for multiple in (1, 2, 3, 4, 6))
"""The rates at which audio is taken."""

_RATE_PARAMETER = re.compile(r"\brate\s*=\s*(\d{1,6})\b")


def named(content_type: str) -> tuple[Codec, int | None]:
    """Tell the codec that a content type names, and the rate where it has a `;rate=…`.

    Raises UnreadableError where it names none that is known.
    """
    name, _, parameters = content_type.lower().partition(";")
    codec = _NAMES.get(name.strip())
    if codec is None:
        raise UnreadableError(f"audio of an unknown content type: expected one of {', '.join(sorted(_NAMES))}")
    rate = _RATE_PARAMETER.search(parameters)
    return codec, int(rate[1]) if rate else None


def to_alaw(payload: bytes, codec: Codec, rate: float) -> bytes:
    """Make A-law at 8 kHz of audio in `codec` at `rate` samples a second.

    At a multiple of 8 kHz the samples between are left out, without a filter: the telephone network is at
    8 kHz, so that the carrier has made them up. Raises UnreadableError at another rate, or at half a sample.
    """
    if rate not in RATES:
        raise UnreadableError(f"audio at an unexpected rate: expected one of {', '.join(map(str, RATES))} Hz")
    step = int(rate) // SAMPLE_RATE
    match codec:
        case "PCMA":
            return payload[::step]
        case "PCMU":
            return alaw.from_mulaw(payload[::step])
        case "L16":
            if len(payload) % 2:
                raise UnreadableError("audio that ends within a sample of 16 bits")
            return alaw.encode(memoryview(payload).cast("h")[::step].tobytes())
        case _:
            assert_never(codec)


def from_alaw(audio: bytes, codec: Codec) -> bytes:
    """Make audio in `codec` of A-law, both at 8 kHz."""
    match codec:
        case "PCMA":
            return audio
        case "PCMU":
            return alaw.to_mulaw(audio)
        case "L16":
            return alaw.decode(audio)
        case _:
            assert_never(codec)
