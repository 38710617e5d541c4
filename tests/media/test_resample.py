"""Telephone audio at twice its rate is the same sound, whatever the pieces it comes in."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ivr.media import alaw
from ivr.media.frame import SAMPLE_RATE
from ivr.media.resample import WIDE_RATE, Doubler


def sine(rate: int, hertz: int = 1000) -> NDArray[np.float64]:
    return 8000 * np.sin(2 * np.pi * hertz * np.arange(rate) / rate)


SECOND = alaw.encode(sine(SAMPLE_RATE).astype("<i2").tobytes())


def doubled(doubler: Doubler, lengths: list[int]) -> bytes:
    pieces, start = b"", 0
    for length in lengths:
        pieces += doubler.feed(SECOND[start : start + length])
        start += length
    return pieces + doubler.feed(SECOND[start:], last=True)


def test_a_tone_is_the_same_tone() -> None:
    samples = np.frombuffer(doubled(Doubler(), []), "<i2")
    assert len(samples) == WIDE_RATE
    # The ends ring, and A-law rounds.
    assert np.abs(samples - sine(WIDE_RATE))[500:-500].max() < 300


def test_nothing_is_left_for_the_next_stream() -> None:
    doubler = Doubler()
    first = doubled(doubler, [])
    doubler.restart()
    doubler.feed(SECOND[:1234])
    doubler.restart()
    assert doubled(doubler, []) == first


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 2000), max_size=10))
def test_pieces_of_any_length_give_the_same(lengths: list[int]) -> None:
    assert doubled(Doubler(), lengths) == doubled(Doubler(), [])
