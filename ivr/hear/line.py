"""The telephone line between a caller and the recogniser: silence around speech, noise, and A-law."""

from __future__ import annotations

import math
import random
import struct
from array import array
from functools import cache
from itertools import cycle

from ivr.media import alaw
from ivr.media.frame import SAMPLE_RATE

SPEECH_DBFS = -20.0
"""How loud the speech is (`media.level.TARGET`), to which the noise is set in proportion."""
BEFORE_MS = 300
"""Silence before a phrase."""
AFTER_MS = 1_200
"""Silence after it: more than a listener waits for after digits."""
LEAD_MS = 2_500
"""So much of a line's noise is heard before the first phrase, as in a call, whose prompt comes first."""

_IDLE = alaw.encode(bytes(2))
_NOISE_S = 20
_SEED = 8_000
_LARGEST = 32_767
_ROWS = 8
"""Sources of noise that are summed, each one changing half as often as the one before."""


def line(speech: bytes, snr: float | None, place: int) -> bytes:
    """Put speech on a line, with silence around it.

    Args:
        speech: A-law at 8 kHz, at `SPEECH_DBFS`.
        snr: by how many decibels the speech is louder than the noise; None for a line without noise.
        place: where in the noise it begins, any number: other places sound different, the same one the same.
    """
    before, after = _samples(BEFORE_MS), _samples(AFTER_MS)
    if snr is None:
        return _IDLE * before + speech + _IDLE * after
    noise = _noise(snr)
    start = place % (len(noise) // 2)
    end = start + before + len(speech)
    return (
        _alaw(noise[start : start + before])
        + _mixed(speech, noise[start + before : end])
        + _alaw(noise[end : end + after])
    )


def lead(snr: float | None) -> bytes:
    """The line before anybody speaks, A-law at 8 kHz."""
    length = _samples(LEAD_MS)
    return _IDLE * length if snr is None else _alaw(_noise(snr)[:length])


def _samples(milliseconds: int) -> int:
    return milliseconds * SAMPLE_RATE // 1000


def _mixed(speech: bytes, noise: array[int]) -> bytes:
    samples = struct.unpack(f"<{len(speech)}h", alaw.decode(speech))
    return _alaw(array("h", (max(-_LARGEST, min(_LARGEST, sum(both))) for both in zip(samples, cycle(noise)))))


def _alaw(samples: array[int]) -> bytes:
    return alaw.encode(struct.pack(f"<{len(samples)}h", *samples))


@cache
def _noise(snr: float) -> array[int]:
    """Pink noise, as of streets and rooms, the same in each run, and twice, so that it goes on behind its end.

    By the method of Voss (Gardner, "White and brown music", Scientific American, April 1978): of several sources
    the n-th gets a new value at every 2^n-th sample.
    """
    chance = random.Random(_SEED)
    rows = [0.0] * _ROWS
    raw = []
    for at in range(1, _NOISE_S * SAMPLE_RATE + 1):
        rows[min((at & -at).bit_length() - 1, _ROWS - 1)] = chance.uniform(-1, 1)
        raw.append(sum(rows) + chance.uniform(-1, 1))
    mean = sum(raw) / len(raw)
    power = sum((each - mean) ** 2 for each in raw) / len(raw)
    factor = (_LARGEST + 1) * 10 ** ((SPEECH_DBFS - snr) / 20) / math.sqrt(power)
    return array("h", (round(max(-_LARGEST, min(_LARGEST, (each - mean) * factor))) for each in raw)) * 2
