"""G.711 companding by table: A-law, mu-law and linear samples, bytes in and bytes out.

Linear samples are 16 bits, signed, little-endian. The tables hold what the functions `alaw_compress`,
`alaw_expand`, `ulaw_compress` and `ulaw_expand` of the ITU-T Software Tool Library (Recommendation G.191)
compute, for each of the 65,536 samples and 256 codes. Nothing here needs NumPy: a frame takes microseconds.
"""

from __future__ import annotations

import struct

_SIGN = 0x80
"""Set in the code of a positive sample, in both laws."""
_EVEN_BITS = 0x55
"""A-law is sent with every other bit inverted, so that a quiet line still carries ones (G.711, table 1a)."""
_MULAW_BIAS = 33
"""What mu-law adds to a magnitude of 14 bits, so that every segment is a power of two (G.711, table 2a)."""
_MULAW_LARGEST = 0x1FFF


def _alaw_code(magnitude: int) -> int:
    """Give the seven-bit A-law code of a magnitude of 11 bits: a segment number and four bits within it."""
    segment = max(magnitude.bit_length() - 4, 0)
    if segment == 0:
        return magnitude
    return segment << 4 | (magnitude >> (segment - 1)) & 0x0F


def _alaw_magnitude(code: int) -> int:
    """Give the middle, on the scale of 16 bits, of the interval that a seven-bit A-law code stands for."""
    segment, step = code >> 4, code & 0x0F
    if segment == 0:
        return step << 4 | 0x08
    return ((step | 0x10) << 4 | 0x08) << (segment - 1)


def _mulaw_code(magnitude: int) -> int:
    """Give the seven-bit mu-law code, before its bits are inverted, of a magnitude of 13 bits."""
    biased = min(magnitude + _MULAW_BIAS, _MULAW_LARGEST)
    segment = biased.bit_length() - 6
    return segment << 4 | (biased >> (segment + 1)) & 0x0F


def _mulaw_magnitude(code: int) -> int:
    """Give the middle, on the scale of 16 bits, of the interval that a seven-bit mu-law code stands for."""
    segment, step = code >> 4, code & 0x0F
    return ((2 * step + _MULAW_BIAS << segment) - _MULAW_BIAS) << 2


# Both laws cut the lowest bits of a sample off: A-law four, mu-law two. So whole runs of the table are equal.
# A negative sample takes the code of its one's complement. The index is the sample's bits as an unsigned
# number: first come the samples from 0 to 32767, then those from -32768 to -1.
_ALAW_POSITIVE = b"".join(bytes((_SIGN ^ _EVEN_BITS ^ _alaw_code(m),)) * 16 for m in range(1 << 11))
_ALAW_NEGATIVE = b"".join(bytes((_EVEN_BITS ^ _alaw_code(m),)) * 16 for m in reversed(range(1 << 11)))
_MULAW_POSITIVE = b"".join(bytes((_SIGN | 0x7F ^ _mulaw_code(m),)) * 4 for m in range(1 << 13))
_MULAW_NEGATIVE = b"".join(bytes((0x7F ^ _mulaw_code(m),)) * 4 for m in reversed(range(1 << 13)))

ENCODE_TABLE = _ALAW_POSITIVE + _ALAW_NEGATIVE
"""The A-law code of each sample, indexed by the sample taken as an unsigned number of 16 bits."""

MULAW_ENCODE_TABLE = _MULAW_POSITIVE + _MULAW_NEGATIVE
"""The same for mu-law."""

DECODE_TABLE = tuple(_alaw_magnitude((code ^ _EVEN_BITS) & 0x7F) * (1 if code & _SIGN else -1) for code in range(256))
"""The sample of each A-law code."""

MULAW_DECODE_TABLE = tuple(_mulaw_magnitude(~code & 0x7F) * (1 if code & _SIGN else -1) for code in range(256))
"""The sample of each mu-law code."""

_LOW_BYTES = bytes(sample & 0xFF for sample in DECODE_TABLE)
_HIGH_BYTES = bytes(sample >> 8 & 0xFF for sample in DECODE_TABLE)
_TO_MULAW = bytes(MULAW_ENCODE_TABLE[sample & 0xFFFF] for sample in DECODE_TABLE)
_FROM_MULAW = bytes(ENCODE_TABLE[sample & 0xFFFF] for sample in MULAW_DECODE_TABLE)


def encode(pcm: bytes) -> bytes:
    """Make A-law of linear samples, little-endian; ValueError if there is half a sample at the end."""
    if len(pcm) % 2:
        raise ValueError(f"{len(pcm)} bytes are no whole number of 16-bit samples")
    return bytes(map(ENCODE_TABLE.__getitem__, struct.unpack(f"<{len(pcm) // 2}H", pcm)))


def decode(alaw: bytes) -> bytes:
    """Make linear samples, little-endian, of A-law."""
    pcm = bytearray(2 * len(alaw))
    pcm[0::2] = alaw.translate(_LOW_BYTES)
    pcm[1::2] = alaw.translate(_HIGH_BYTES)
    return bytes(pcm)


def from_mulaw(mulaw: bytes) -> bytes:
    """Make A-law of mu-law, code by code, as by decoding and encoding."""
    return mulaw.translate(_FROM_MULAW)


def to_mulaw(alaw: bytes) -> bytes:
    """Make mu-law of A-law, code by code, as by decoding and encoding."""
    return alaw.translate(_TO_MULAW)


def mixed(alaw: bytes, other: bytes, gain: float) -> bytes:
    """Add A-law of the same length, `gain` times as loud, and cut off what becomes too loud."""
    samples = zip(map(DECODE_TABLE.__getitem__, alaw), map(DECODE_TABLE.__getitem__, other), strict=True)
    sums = (max(-32768, min(32767, round(one + gain * two))) for one, two in samples)
    return bytes(ENCODE_TABLE[each & 0xFFFF] for each in sums)
