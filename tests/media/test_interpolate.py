"""Doubling the rate by straight lines, in pieces of any size."""

from __future__ import annotations

import numpy as np

from ivr.media import alaw
from ivr.media.interpolate import Interpolator

SOUND = alaw.encode(np.round(8000 * np.sin(np.arange(1600) / 3)).astype("<i2").tobytes())


def test_every_other_sample_is_the_sound_and_the_rest_lies_between() -> None:
    doubled = np.frombuffer(Interpolator().feed(SOUND), "<i2").astype(int)
    sound = np.frombuffer(alaw.decode(SOUND), "<i2").astype(int)
    assert len(doubled) == 2 * len(sound)
    assert (doubled[2::2] == sound[:-1]).all()
    assert (doubled[3::2] == (sound[:-1] + sound[1:]) // 2).all()


def test_pieces_give_the_same_as_the_whole_and_a_restart_forgets() -> None:
    stream = Interpolator()
    whole = stream.feed(SOUND)
    stream.restart()
    assert b"".join(stream.feed(SOUND[at : at + 37]) for at in range(0, len(SOUND), 37)) == whole
    assert stream.feed(b"") == b""
