"""Sound of one stream brought from one rate to another, piece by piece."""

from __future__ import annotations

import numpy as np
import soxr  # type: ignore[import-untyped]  # it has no type hints
from numpy.typing import NDArray

from ivr.media import alaw, frame

_LINEAR = np.array(alaw.DECODE_TABLE, np.int16)


class Upsampler:
    """A-law at 8 kHz made into 16-bit samples at another rate, as the pieces of a stream come in."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self.forget()

    def forget(self) -> None:
        """Start with a new stream."""
        self._stream = soxr.ResampleStream(frame.SAMPLE_RATE, self._rate, 1, dtype="int16")

    def feed(self, audio: bytes) -> bytes:
        """Take a piece of the stream and return what can be told of the sound so far: some of it is held back."""
        return self._resampled(audio, last=False)

    def finish(self) -> bytes:
        """Return what was held back, and start with a new stream."""
        rest = self._resampled(b"", last=True)
        self.forget()
        return rest

    def _resampled(self, audio: bytes, last: bool) -> bytes:
        samples: NDArray[np.int16] = self._stream.resample_chunk(_LINEAR[np.frombuffer(audio, np.uint8)], last)
        return samples.tobytes()
