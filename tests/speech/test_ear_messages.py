"""Messages between a server and its recogniser processes come through as they were."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.effects import Listen
from ivr.speech.ear_messages import (
    HEAD,
    Answer,
    Attend,
    Broken,
    Gone,
    Leave,
    Ready,
    Request,
    Sound,
    Taken,
    decode,
    encode,
)
from ivr.speech.reports import Began, Deaf, Ended, Heard

NUMBERS = st.integers(0, 2**32 - 1)
WORDS = st.text(st.characters(codec="utf-8"))
CONFIDENCES = st.floats(0, 1)
WANTED = st.builds(Listen, WORDS, st.lists(WORDS).map(tuple), st.integers(0, 30), st.booleans())
REPORTS = st.one_of(
    st.builds(Began),
    st.builds(Heard, WORDS, CONFIDENCES),
    st.builds(Ended, WORDS, CONFIDENCES, st.booleans()),
    st.builds(Deaf, WORDS),
)
MESSAGES = st.one_of(
    st.builds(Attend, NUMBERS, WANTED),
    st.builds(Sound, NUMBERS, st.binary()),
    st.builds(Leave, NUMBERS),
    st.builds(Ready, st.integers(0, 2**31 - 1)),
    st.builds(Gone, st.integers(-64, 255)),
    st.builds(Broken, WORDS),
    st.builds(Taken, st.lists(REPORTS).map(tuple), WORDS),
)


@given(MESSAGES)
def test_a_message_is_its_length_and_what_it_was(message: Request | Answer) -> None:
    encoded = encode(message)
    assert HEAD.unpack_from(encoded) == (len(encoded) - HEAD.size,)
    assert decode(encoded[HEAD.size :]) == message


@given(st.binary(max_size=40))
def test_nonsense_is_an_error_of_one_kind(noise: bytes) -> None:
    with contextlib.suppress(ValueError):
        decode(noise)


def test_what_is_no_message_says_so() -> None:
    with pytest.raises(ValueError, match="no message of a recogniser process: 0 bytes"):
        decode(b"")


def test_audio_costs_nine_bytes_more_and_silence_five() -> None:
    assert len(encode(Sound(1, bytes(800)))) == 809
    assert len(encode(Taken())) == 5


def test_what_is_said_is_in_no_log() -> None:
    assert "secret" not in repr(Taken((Heard("secret", 1.0), Ended("secret"))))
    assert "xff" not in repr(Sound(1, b"\xff"))
