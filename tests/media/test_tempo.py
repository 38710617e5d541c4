"""Audio played at another speed is shorter or longer, and sounds higher or deeper."""

from __future__ import annotations

import math
import struct

import pytest

from ivr.media import alaw
from ivr.media.frame import FRAME_BYTES, SAMPLE_RATE
from ivr.media.tempo import played


def tone(hertz: float) -> bytes:
    """A second of it, in A-law."""
    samples = (round(8000 * math.sin(2 * math.pi * hertz * at / SAMPLE_RATE)) for at in range(SAMPLE_RATE))
    return alaw.encode(struct.pack(f"<{SAMPLE_RATE}h", *samples))


def pitch(audio: bytes) -> float:
    """In hertz, by counting how often the wave rises through zero."""
    samples = struct.unpack(f"<{len(audio)}h", alaw.decode(audio))
    rises = [at for at in range(1, len(samples)) if samples[at - 1] < 0 <= samples[at]]
    return (len(rises) - 1) * SAMPLE_RATE / (rises[-1] - rises[0])


@pytest.mark.parametrize("speed", [0.8, 1.0, 1.25])
def test_speed_moves_length_and_pitch(speed: float) -> None:
    other = played(tone(440), speed)
    assert len(other) % FRAME_BYTES == 0
    assert len(other) == pytest.approx(SAMPLE_RATE / speed, abs=FRAME_BYTES)
    assert pitch(other) == pytest.approx(440 * speed, rel=0.01)


def test_nothing_stays_nothing() -> None:
    assert played(b"", 1.2) == b""
