"""The tone before a recording."""

from __future__ import annotations

import numpy as np
import pytest

from ivr.media import alaw, tone


def test_the_beep_is_a_soft_tone_at_a_thousand_hertz() -> None:
    audio = tone.beep(200)
    assert len(audio) == 1600
    samples = np.frombuffer(alaw.decode(audio), "<i2") / 32768
    assert 10 * np.log10(np.mean(samples[200:-200] ** 2)) == pytest.approx(-18, abs=0.2)
    assert np.abs(samples[:8]).max() < 0.02, "it rises softly"
    assert np.abs(samples[-8:]).max() < 0.02, "and falls softly"
    assert np.argmax(np.abs(np.fft.rfft(samples))) * 8000 / len(samples) == pytest.approx(1000, abs=5)


def test_a_beep_fills_whole_frames() -> None:
    assert len(tone.beep(30)) == 320
