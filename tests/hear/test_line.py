"""The line between a voice and a recogniser: lengths, levels, and the same noise each time."""

from __future__ import annotations

import pytest

from ivr.hear.line import AFTER_MS, BEFORE_MS, LEAD_MS, SPEECH_DBFS, lead, line
from ivr.media import alaw
from ivr.media.activity import level
from ivr.media.frame import milliseconds

SPEECH = alaw.encode(bytes([0, 16]) * 4000)


@pytest.mark.parametrize("snr", [None, 40.0, 15.0])
def test_silence_is_put_around_speech(snr: float | None) -> None:
    found = line(SPEECH, snr, 123_456_789)
    assert milliseconds(found) == BEFORE_MS + 500 + AFTER_MS
    assert level(found[2400:6400]) == pytest.approx(level(SPEECH), abs=1.5)
    assert milliseconds(lead(snr)) == LEAD_MS


@pytest.mark.parametrize("snr", [30.0, 15.0, 0.0])
def test_noise_is_so_much_softer_than_speech(snr: float) -> None:
    assert level(lead(snr)) == pytest.approx(SPEECH_DBFS - snr, abs=0.5)
    assert level(line(b"", snr, 0)) == pytest.approx(SPEECH_DBFS - snr, abs=0.5)


def test_without_noise_the_line_is_idle() -> None:
    assert line(SPEECH, None, 7) == b"\xd5" * 2400 + SPEECH + b"\xd5" * 9600


def test_noise_is_the_same_at_the_same_place_only() -> None:
    assert line(SPEECH, 15.0, 5) == line(SPEECH, 15.0, 5)
    assert line(SPEECH, 15.0, 5) != line(SPEECH, 15.0, 6)


def test_noise_louder_than_full_scale_is_cut() -> None:
    assert len(line(SPEECH, -30.0, 0)) == len(line(SPEECH, None, 0))
