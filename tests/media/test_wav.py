"""What a WAV header says, and what is said of a file that can't be used."""

from __future__ import annotations

import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.media import wav


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def riff(*chunks: bytes) -> io.BytesIO:
    body = b"WAVE" + b"".join(chunks)
    return io.BytesIO(b"RIFF" + struct.pack("<I", len(body)) + body)


def form(tag: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16, rest: bytes = b"") -> bytes:
    step = channels * bits // 8
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * step, step, bits) + rest)


@pytest.mark.parametrize(
    ("channels", "width", "rate", "frames", "expected"),
    [(1, 2, 8000, 8000, 1000), (2, 3, 44100, 22050, 500), (1, 1, 11025, 11, 1), (6, 4, 48000, 4800, 100)],
)
def test_the_duration_is_that_of_the_samples(channels: int, width: int, rate: int, frames: int, expected: int) -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((channels, width, rate, 0, "NONE", ""))
        writer.writeframes(bytes(frames * channels * width))
    assert wav.duration_ms(file) == expected


def test_chunks_that_say_nothing_of_the_sound_are_passed_over() -> None:
    file = riff(chunk(b"LIST", b"odd"), form(), chunk(b"fact", bytes(4)), chunk(b"data", bytes(32)), b"id3 ")
    assert wav.layout(file) == wav.Layout("pcm", channels=1, rate=8000, bits=16, start=68, length=16)


def test_the_extensible_format_names_its_coding_in_a_guid() -> None:
    guid = struct.pack("<H", 3) + bytes.fromhex("000000001000800000aa00389b71")
    file = riff(form(0xFFFE, bits=32, rest=struct.pack("<HHI", 22, 32, 4) + guid), chunk(b"data", bytes(32)))
    assert wav.layout(file).coding == "float"


@pytest.mark.parametrize("claimed", [0xFFFFFFFF, 1000])
def test_a_header_that_promises_too_much_is_taken_for_what_is_there(claimed: int) -> None:
    file = riff(form(), b"data" + struct.pack("<I", claimed) + bytes(161))
    assert wav.duration_ms(file) == 10


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (io.BytesIO(b""), "no WAV file: it begins with b''"),
        (io.BytesIO(b"ID3\x04" + bytes(40)), r"no WAV file: it begins with b'ID3\\x04'"),
        (riff(), "ends before its sound begins"),
        (riff(form()), "ends before its sound begins"),
        (riff(chunk(b"data", bytes(8)), form()), "its sound comes before its format"),
        (
            riff(chunk(b"fmt ", bytes(14)), chunk(b"data", bytes(8))),
            "its format has 14 bytes, not 16 or more",
        ),
        (
            riff(form(0x55), chunk(b"data", bytes(8))),
            "format 0x0055; accepted are PCM of 8, 16, 24 or 32 bits",
        ),
        (riff(form(1, bits=12), chunk(b"data", bytes(8))), "pcm of 12 bits; accepted are PCM"),
        (riff(form(channels=0), chunk(b"data", bytes(8))), "0 channels of 16 bits can't take 0 bytes"),
        (riff(form(rate=0), chunk(b"data", bytes(8))), "0 samples a second; accepted are 1 to 384000"),
        (riff(form(), chunk(b"data", b"\0")), "holds no sound"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_that_says_why(file: io.BytesIO, message: str) -> None:
    with pytest.raises(wav.WavError, match=message):
        wav.duration_ms(file)


@given(st.binary(max_size=80), st.integers(0, 60))
def test_damage_is_an_error_or_harmless(damage: bytes, at: int) -> None:
    whole = riff(form(), chunk(b"data", bytes(32))).getvalue()
    try:
        found = wav.layout(io.BytesIO(whole[:at] + damage + whole[at + len(damage) :]))
    except wav.WavError:
        return
    assert found.start + found.size <= max(len(whole), at + len(damage))


def test_the_header_made_for_recordings_is_one_that_others_read() -> None:
    with wave.open(io.BytesIO(wav.header(100) + bytes(200)), "rb") as reader:
        assert reader.getparams()[:4] == (1, 2, 8000, 100)
