"""Every codec of the wire comes to A-law at 8 kHz, and back."""

from __future__ import annotations

import pytest

from ivr.carriers.codecs import CONTENT_TYPES, Codec, from_alaw, named, to_alaw
from ivr.carriers.lenient import UnreadableError
from ivr.media import alaw

ALL_CODES = bytes(range(256))
CODECS: tuple[Codec, ...] = ("PCMA", "PCMU", "L16")


@pytest.mark.parametrize("codec", ["PCMA", "L16"])
def test_alaw_survives_the_wire(codec: Codec) -> None:
    assert to_alaw(from_alaw(ALL_CODES, codec), codec, 8000) == ALL_CODES


def test_mulaw_is_what_the_tables_say() -> None:
    assert from_alaw(ALL_CODES, "PCMU") == alaw.to_mulaw(ALL_CODES)
    assert to_alaw(ALL_CODES, "PCMU", 8000) == alaw.from_mulaw(ALL_CODES)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("rate", [16000, 24000, 32000, 48000])
def test_samples_that_the_carrier_made_up_are_left_out(codec: Codec, rate: int) -> None:
    eight = from_alaw(ALL_CODES, codec)
    width = len(eight) // len(ALL_CODES)
    upsampled = b"".join(eight[start : start + width] * (rate // 8000) for start in range(0, len(eight), width))
    assert to_alaw(upsampled, codec, rate) == to_alaw(eight, codec, 8000)


@pytest.mark.parametrize("rate", [0, 1, 8000.5, 11025, 44100, 64000, 1e300])
def test_other_rates_are_unreadable(rate: float) -> None:
    with pytest.raises(UnreadableError, match="expected one of 8000, 16000, 24000, 32000, 48000 Hz"):
        to_alaw(b"\xd5\xd5", "PCMA", rate)


def test_half_a_sample_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="within a sample"):
        to_alaw(b"\0\0\0", "L16", 8000)


@pytest.mark.parametrize(
    ("content_type", "codec", "rate"),
    [
        *((CONTENT_TYPES[codec], codec, None) for codec in CODECS),
        ("AUDIO/pcma", "PCMA", None),
        ("audio/x-alaw;rate=8000", "PCMA", 8000),
        ("audio/x-mulaw; rate = 8000", "PCMU", 8000),
        ("audio/L16;channels=1;rate=16000", "L16", 16000),
        ("audio/pcmu;bitrate=8000", "PCMU", None),
    ],
)
def test_content_types(content_type: str, codec: Codec, rate: int | None) -> None:
    assert named(content_type) == (codec, rate)


@pytest.mark.parametrize("content_type", ["audio/opus", "PCMA", "", ";rate=8000"])
def test_unknown_content_types_are_unreadable(content_type: str) -> None:
    with pytest.raises(UnreadableError, match="expected one of audio/l16"):
        named(content_type)
