"""Any WAV file to A-law at the level of a telephone prompt."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import soxr  # type: ignore[import-untyped]  # soxr ships no type hints
from numpy.typing import NDArray

from ivr.media import alaw, frame, level
from ivr.media.level import Samples
from ivr.media.wav import Layout, layout

TRAILING_MS = 150
"""The pause left after speech: of two pieces of a prompt the second must not run into the first, and eSpeak's
own 200 to 450 ms make a prompt of several pieces halt."""

_AUDIBLE = 10 ** (-50 / 20)
"""Full scale is 1; the end of eSpeak's speech is digital silence."""

_ENCODE = np.frombuffer(alaw.ENCODE_TABLE, np.uint8)


def recording(wav: bytes) -> bytes:
    """Make frames of A-law of a recording, its channels mixed; WavError as by `ivr.media.wav.layout`."""
    return _frames(level.levelled(_telephone(wav)))


def speech(wav: bytes, volume: float) -> bytes:
    """Make frames of A-law of synthesised speech, with a short pause for the silence at its end.

    `volume` (0 to 1) is relative to the level of recordings. Speech in which nothing is heard gives no
    frames. WavError as by `ivr.media.wav.layout`.
    """
    samples = _telephone(wav)
    heard = np.flatnonzero(np.abs(samples) > _AUDIBLE)
    if not len(heard):
        return b""
    pause = TRAILING_MS * frame.SAMPLE_RATE // 1000
    return _frames(level.levelled(samples[: heard[-1] + 1 + pause], volume))


def _telephone(wav: bytes) -> Samples:
    """Make one channel at 8 kHz without offset."""
    found = layout(BytesIO(wav))
    mono = _samples(wav, found).reshape(-1, found.channels).mean(axis=1, dtype=np.float32)
    if found.rate != frame.SAMPLE_RATE:
        mono = np.asarray(soxr.resample(mono, found.rate, frame.SAMPLE_RATE, quality="HQ"), np.float32)
    return level.centred(mono)


def _samples(wav: bytes, found: Layout) -> Samples:
    """Read the samples of all channels, interleaved, on the scale of -1 to 1."""
    sound = wav[found.start : found.start + found.size]
    match found.coding, found.bits:
        case "alaw", _:
            return _companded(sound, alaw.DECODE_TABLE)
        case "mulaw", _:
            return _companded(sound, alaw.MULAW_DECODE_TABLE)
        case "float", bits:
            floats = np.nan_to_num(np.frombuffer(sound, f"<f{bits // 8}"))
            return np.asarray(floats.clip(-1, 1), np.float32)
        case "pcm", 8:
            return np.frombuffer(sound, np.uint8).astype(np.float32) / np.float32(128) - np.float32(1)
        case _, 24:
            whole = np.zeros((len(sound) // 3, 4), np.uint8)
            whole[:, 1:] = np.frombuffer(sound, np.uint8).reshape(-1, 3)
            return _fractions(whole.view("<i4").ravel())
        case _, bits:
            return _fractions(np.frombuffer(sound, f"<i{bits // 8}"))


def _companded(codes: bytes, table: tuple[int, ...]) -> Samples:
    return _fractions(np.array(table, np.int16)[np.frombuffer(codes, np.uint8)])


def _fractions(whole: NDArray[np.signedinteger]) -> Samples:
    return (whole / -float(np.iinfo(whole.dtype).min)).astype(np.float32)


def _frames(samples: Samples) -> bytes:
    pcm = np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)
    return frame.pad(_ENCODE[pcm.view(np.uint16)].tobytes())
