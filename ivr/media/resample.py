"""Telephone audio for what wants twice its rate, piece by piece."""

from __future__ import annotations

import numpy as np
import soxr  # type: ignore[import-untyped]  # soxr ships no type hints

from ivr.media.alaw import decode
from ivr.media.frame import SAMPLE_RATE

WIDE_RATE = 16_000
"""Samples a second that speech models are trained at."""


class Doubler:
    """Makes linear samples at 16 kHz of A-law at 8 kHz; one object serves one stream."""

    def __init__(self) -> None:
        """Begin a stream."""
        self._stream = soxr.ResampleStream(SAMPLE_RATE, WIDE_RATE, 1, dtype="int16", quality="MQ")

    def feed(self, audio: bytes, *, last: bool = False) -> bytes:
        """Take the next piece and return what is ready: it lags by some milliseconds, until the `last` piece."""
        pcm = self._stream.resample_chunk(np.frombuffer(decode(audio), "<i2"), last=last)
        return bytes(pcm.astype("<i2").tobytes())

    def restart(self) -> None:
        """Forget what was fed, and begin another stream."""
        self._stream.clear()
