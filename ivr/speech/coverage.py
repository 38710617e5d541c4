"""How much of the sound of an utterance is accounted for by the words that were heard in it."""

from __future__ import annotations

from collections.abc import Iterable

from ivr.media.activity import SILENCE_DBFS, level
from ivr.media.frame import FRAME_BYTES, FRAME_MS

QUIETER_DB = 25.0
"""A frame softer than the loudest one by more than this is a pause: within a word, consonants are softer by less."""
SLACK = 0.06
"""Seconds by which recognisers place a word too early or too late."""

Span = tuple[float, float]
"""Where a word begins and ends, in seconds since the audio began."""


def covered(audio: bytes, spans: Iterable[Span]) -> float:
    """Tell which share of the sound in some A-law at 8 kHz lies within these spans, 0 to 1."""
    frames = [audio[start : start + FRAME_BYTES] for start in range(0, len(audio), FRAME_BYTES)]
    levels = [level(frame) for frame in frames]
    threshold = max(levels, default=SILENCE_DBFS) - QUIETER_DB
    middles = [(number + 0.5) * FRAME_MS / 1000 for number, loudness in enumerate(levels) if loudness > threshold]
    words = [(start - SLACK, end + SLACK) for start, end in spans]
    inside = sum(any(start <= middle < end for start, end in words) for middle in middles)
    return inside / len(middles) if middles else 0.0
