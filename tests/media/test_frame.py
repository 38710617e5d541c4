"""Whole frames of A-law."""

from __future__ import annotations

import pytest

from ivr.media import frame


@pytest.mark.parametrize(("length", "padded"), [(0, 0), (1, 160), (159, 160), (160, 160), (161, 320)])
def test_audio_is_padded_to_whole_frames_with_silence(length: int, padded: int) -> None:
    assert frame.pad(b"a" * length) == b"a" * length + b"\xd5" * (padded - length)


def test_silence_is_rounded_up_to_whole_frames() -> None:
    assert frame.silence(0) == b""
    assert frame.silence(20) == b"\xd5" * 160
    assert frame.silence(21) == b"\xd5" * 320


def test_a_second_of_audio_lasts_a_second() -> None:
    assert frame.milliseconds(b"a" * 8000) == 1000
