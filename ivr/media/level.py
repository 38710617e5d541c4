"""How loud sound is, and bringing it to the level of a telephone prompt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ivr.media.frame import FRAME_BYTES

Samples = NDArray[np.float32]
"""One channel at 8 kHz; full scale is -1 to 1."""

TARGET = -20.0
"""The active level of every prompt, in decibels below full scale (root mean square): where A-law is at its
best and speech, with peaks 15 to 20 dB above it, is not yet cut."""
CEILING = -1.0
"""No sample comes out louder, in decibels below full scale."""
QUIETEST = -50.0
"""What is below this is taken for silence or the noise of a room, and stays as it is."""
MOST_GAIN = 25.0
"""Decibels by which a quiet recording is lifted at most, so that its noise stays in the background."""

_MARGIN = 15.9
"""Decibels below the active level at which sound counts as a pause (ITU-T P.56, method B)."""
_LOOKAHEAD = 80
"""Samples, 10 ms, in which the limiter goes down before a peak and up after it: slow enough not to click."""
_NOTHING = 1e-12
"""A power below that of any 16-bit sample."""


def active_level(samples: Samples) -> float:
    """Measure how loud the sounding parts are, in decibels below full scale: pauses do not count.

    After the idea of ITU-T P.56, by frames: what is more than 15.9 dB below the result is left out of it.
    Nothing at all gives minus infinity.
    """
    whole = np.pad(samples, (0, -len(samples) % FRAME_BYTES)).reshape(-1, FRAME_BYTES)
    power = np.mean(np.square(whole, dtype=np.float64), axis=1)
    level, counted = 0.0, -1
    active = power[power > _NOTHING]
    while len(active) != counted:
        counted = len(active)
        if not counted:
            return float("-inf")
        level = float(np.mean(active))
        active = active[active > level * _ratio(-_MARGIN)]
    return float(10 * np.log10(level))


def levelled(samples: Samples, volume: float = 1.0) -> Samples:
    """Bring sound without offset to `TARGET` times `volume` (0 to 1), its peaks no higher than `CEILING`."""
    level = active_level(samples)
    gain = min(TARGET - level, MOST_GAIN) if level > QUIETEST else 0.0
    factor = np.float32(10 ** (gain / 20) * min(max(volume, 0.0), 1.0))
    return _limited(samples * factor)


def centred(samples: Samples) -> Samples:
    """Take a constant offset (direct current) away."""
    return samples - np.mean(samples, dtype=np.float64).astype(np.float32) if len(samples) else samples


def _limited(samples: Samples) -> Samples:
    """Turn the sound down around each peak above `CEILING`, smoothly, instead of cutting the peak off."""
    ceiling = np.float32(10 ** (CEILING / 20))
    loudness = np.abs(samples)
    if not len(samples) or loudness.max() <= ceiling:
        return samples
    needed = np.pad(ceiling / np.maximum(loudness, ceiling), _LOOKAHEAD, constant_values=1)
    # The least gain within reach of each sample, then its weighted mean over the same reach: at a peak, all
    # that is averaged is at most what the peak needs.
    reach = _LOOKAHEAD + 1
    least = np.lib.stride_tricks.sliding_window_view(needed, reach).min(axis=1)
    weights = np.hanning(reach + 2)[1:-1]
    gain = np.convolve(least, weights / weights.sum(), mode="valid")
    return np.clip(samples * gain.astype(np.float32), -ceiling, ceiling)


def _ratio(decibels: float) -> float:
    """Give the ratio of powers of so many decibels."""
    return float(10 ** (decibels / 10))
