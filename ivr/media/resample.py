"""Telephone audio for what wants twice its rate, piece by piece."""

from __future__ import annotations

import numpy as np
import soxr  # type: ignore[import-untyped]  # soxr ships no type hints

from ivr.media.alaw import DECODE_TABLE
from ivr.media.frame import SAMPLE_RATE

WIDE_RATE = 16_000
"""Samples a second that speech models are trained at."""


_SAMPLES = np.array(DECODE_TABLE, np.float32)


class Doubler:
    """Makes linear samples at 16 kHz of A-law at 8 kHz; one object serves one stream."""

    def __init__(self) -> None:
        """Begin a stream."""
        # Whole numbers would come out with random noise added, to hide their rounding.
        self._stream = soxr.ResampleStream(SAMPLE_RATE, WIDE_RATE, 1, dtype="float32", quality="MQ")

    def feed(self, audio: bytes, *, last: bool = False) -> bytes:
        """Take the next piece and return what is ready: it lags by some milliseconds, until the `last` piece."""
        samples = self._stream.resample_chunk(_SAMPLES[np.frombuffer(audio, np.uint8)], last=last)
        return bytes(np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes())

    def restart(self) -> None:
        """Forget what was fed, and begin another stream."""
        self._stream.clear()
