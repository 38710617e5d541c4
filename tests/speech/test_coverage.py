"""Words cover the sound that lies within their times, and no more."""

from __future__ import annotations

import pytest

from ivr.media.frame import silence
from ivr.speech.coverage import Span, covered

SOUND = bytes((0x2A, 0xAA)) * 4000
"""A second."""


@pytest.mark.parametrize(
    ("audio", "spans", "share"),
    [
        (silence(500) + SOUND, [(0.5, 1.5)], 1),
        (silence(500) + SOUND, [(0.45, 1.0), (1.05, 1.55)], 1),
        (silence(500) + SOUND + silence(500), [(0.0, 1.0)], 0.56),
        (silence(500) + SOUND, [(0.0, 0.3)], 0),
        (SOUND, [], 0),
        (b"", [(0.0, 1.0)], 0),
    ],
)
def test_the_share_of_sound_in_words(audio: bytes, spans: list[Span], share: float) -> None:
    assert covered(audio, spans) == pytest.approx(share, abs=0.01)


def test_what_is_much_softer_is_no_sound() -> None:
    soft = bytes((0xD5 ^ 0x10, 0x55 ^ 0x10)) * 4000
    assert covered(SOUND + soft, [(0.0, 1.0)]) == 1
