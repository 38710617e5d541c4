"""The unit of telephone audio: 20 ms of A-law at 8 kHz."""

from __future__ import annotations

SAMPLE_RATE = 8000
"""Samples a second; in A-law also bytes a second."""

FRAME_MS = 20

FRAME_BYTES = SAMPLE_RATE * FRAME_MS // 1000
"""Bytes of one frame of A-law: 160."""

SILENCE_BYTE = 0xD5
"""The A-law code of the smallest positive value: what an idle line carries (ITU-T G.711, table 1a)."""


Audio = bytes | memoryview
"""A-law; a view is of bytes that never change."""


def pad(audio: bytes) -> bytes:
    """Fill A-law up to whole frames with silence; whole frames come back as they are."""
    return audio + bytes((SILENCE_BYTE,)) * (-len(audio) % FRAME_BYTES)


def silence(milliseconds: int) -> bytes:
    """Make that much A-law silence, rounded up to whole frames."""
    return bytes((SILENCE_BYTE,)) * (-(-milliseconds // FRAME_MS) * FRAME_BYTES)


def milliseconds(audio: Audio) -> int:
    """Tell how long some A-law lasts, rounded down."""
    return len(audio) * 1000 // SAMPLE_RATE
