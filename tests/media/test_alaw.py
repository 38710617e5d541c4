"""G.711 by table, against the algorithm of ITU-T G.191 and known vectors."""

from __future__ import annotations

import importlib
import struct
import sys
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.media import alaw

SAMPLES = range(-32768, 32768)


def g191_alaw_compress(sample: int) -> int:
    value = ~sample >> 4 if sample < 0 else sample >> 4
    if value > 15:
        exponent = 1
        while value > 16 + 15:
            value >>= 1
            exponent += 1
        value = value - 16 + (exponent << 4)
    if sample >= 0:
        value |= 0x80
    return value ^ 0x55


def g191_alaw_expand(code: int) -> int:
    bits = (code ^ 0x55) & 0x7F
    exponent, mantissa = bits >> 4, bits & 0x0F
    if exponent > 0:
        mantissa += 16
    mantissa = (mantissa << 4) + 8
    if exponent > 1:
        mantissa <<= exponent - 1
    return mantissa if code > 127 else -mantissa


def g191_ulaw_compress(sample: int) -> int:
    value = (~sample >> 2) + 33 if sample < 0 else (sample >> 2) + 33
    value = min(value, 0x1FFF)
    segment, rest = 1, value >> 6
    while rest:
        segment += 1
        rest >>= 1
    code = (8 - segment) << 4 | (0x0F - (value >> segment & 0x0F))
    return code | 0x80 if sample >= 0 else code


def g191_ulaw_expand(code: int) -> int:
    mantissa = ~code
    exponent = mantissa >> 4 & 0x07
    mantissa &= 0x0F
    step = 4 << (exponent + 1)
    value = (0x80 << exponent) + step * mantissa + step // 2 - 4 * 33
    return -value if code < 0x80 else value


def test_all_samples_become_the_codes_of_g191() -> None:
    pcm = struct.pack("<65536h", *SAMPLES)
    assert alaw.encode(pcm) == bytes(map(g191_alaw_compress, SAMPLES))
    assert bytes(alaw.MULAW_ENCODE_TABLE[s & 0xFFFF] for s in SAMPLES) == bytes(map(g191_ulaw_compress, SAMPLES))


def test_all_codes_become_the_samples_of_g191() -> None:
    samples = struct.unpack("<256h", alaw.decode(bytes(range(256))))
    assert list(samples) == [g191_alaw_expand(code) for code in range(256)]
    assert list(alaw.MULAW_DECODE_TABLE) == [g191_ulaw_expand(code) for code in range(256)]


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="audioop left the standard library with Python 3.13")
def test_the_standard_library_agrees() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        audioop = importlib.import_module("audioop")
    pcm, codes = struct.pack("<65536h", *SAMPLES), bytes(range(256))
    assert alaw.encode(pcm) == audioop.lin2alaw(pcm, 2)
    assert alaw.decode(codes) == audioop.alaw2lin(codes, 2)
    assert struct.pack("<256h", *alaw.MULAW_DECODE_TABLE) == audioop.ulaw2lin(codes, 2)


@pytest.mark.parametrize(
    ("sample", "code", "decoded"),
    [
        (0, 0xD5, 8),
        (-1, 0x55, -8),
        (16, 0xD4, 24),
        (1000, 0xFA, 1008),
        (32767, 0xAA, 32256),
        (-32768, 0x2A, -32256),
    ],
)
def test_known_vectors(sample: int, code: int, decoded: int) -> None:
    assert alaw.encode(struct.pack("<h", sample)) == bytes((code,))
    assert alaw.decode(bytes((code,))) == struct.pack("<h", decoded)


def test_mulaw_translates_as_by_decoding_and_encoding() -> None:
    codes = bytes(range(256))
    assert alaw.from_mulaw(codes) == bytes(g191_alaw_compress(g191_ulaw_expand(code)) for code in codes)
    assert alaw.to_mulaw(codes) == bytes(g191_ulaw_compress(g191_alaw_expand(code)) for code in codes)
    assert alaw.from_mulaw(b"\xff") == b"\xd5", "silence stays silence"


@given(st.binary(max_size=500))
def test_decoded_codes_encode_to_themselves(codes: bytes) -> None:
    assert alaw.encode(alaw.decode(codes)) == codes


def test_half_a_sample_is_an_error() -> None:
    with pytest.raises(ValueError, match="3 bytes are no whole number of 16-bit samples"):
        alaw.encode(b"abc")


def test_two_sounds_are_added_and_cut_off_where_they_are_too_loud() -> None:
    one, two = (alaw.encode(struct.pack("<3h", *samples)) for samples in ((1000, -20000, 32000), (500, 8000, 32000)))
    assert alaw.mixed(one, alaw.encode(bytes(6)), 1.0) == one
    added = struct.unpack("<3h", alaw.decode(alaw.mixed(one, two, 0.5)))
    assert added == pytest.approx((1250, -16000, 32256), rel=0.05)
    with pytest.raises(ValueError, match="shorter"):
        alaw.mixed(one, two[:1], 1.0)
