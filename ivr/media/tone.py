"""The tone after which a caller's voice is recorded."""

from __future__ import annotations

import math
import struct

from ivr.media import alaw, frame

_HERTZ = 1000
_LEVEL = -18
"""Decibels below full scale, of the root mean square: a little above speech, which is at -20."""
_RAMP_MS = 10
"""Of rise and of fall: a tone that begins at once clicks."""


def beep(milliseconds: int) -> bytes:
    """Make a tone of A-law, padded to whole frames."""
    count, ramp = (span * frame.SAMPLE_RATE // 1000 for span in (milliseconds, _RAMP_MS))
    peak = 32768 * 10 ** (_LEVEL / 20) * math.sqrt(2)
    samples = (
        round(peak * min(1, i / ramp, (count - i) / ramp) * math.sin(math.tau * _HERTZ * i / frame.SAMPLE_RATE))
        for i in range(count)
    )
    return frame.pad(alaw.encode(struct.pack(f"<{count}h", *samples)))
