"""Telephone audio played faster or slower, by which a voice sounds higher or deeper as well."""

from __future__ import annotations

import numpy as np
import soxr  # type: ignore[import-untyped]  # soxr ships no type hints

from ivr.media.alaw import DECODE_TABLE, ENCODE_TABLE
from ivr.media.frame import SAMPLE_RATE, pad

_SAMPLES = np.array(DECODE_TABLE, np.float32)
_CODES = np.frombuffer(ENCODE_TABLE, np.uint8)


def played(audio: bytes, speed: float) -> bytes:
    """Play A-law at 8 kHz at so many times its speed, and return whole frames.

    Pitch and formants move alike, so that another person seems to speak (Ko, Peddinti, Povey and Khudanpur, "Audio
    augmentation for speech recognition", Interspeech 2015).
    """
    samples = _SAMPLES[np.frombuffer(audio, np.uint8)]
    other = soxr.resample(samples, speed * SAMPLE_RATE, SAMPLE_RATE, quality="HQ")
    pcm = np.clip(np.rint(other), -32768, 32767).astype(np.int16)
    return pad(_CODES[pcm.view(np.uint16)].tobytes())
