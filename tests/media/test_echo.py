"""An echo of a prompt is told from a caller's words, with real speech through A-law."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from ivr.core.segments import Voice
from ivr.media import alaw, convert
from ivr.media.echo import REACH_MS, WINDOW_MS, Echo
from ivr.media.frame import FRAME_BYTES, FRAME_MS, milliseconds
from ivr.speech.voice import Espeak

PROMPT = "For sales, press 1 or say sales. For support, press 2 or say support. To hear this again, say repeat."
MIDDLE_MS = 3_000
"""Into the prompt."""


def samples(audio: bytes) -> np.ndarray:
    return np.frombuffer(alaw.decode(audio), "<i2").astype(float)


@pytest.fixture(scope="module")
def spoken(espeak: Espeak) -> dict[str, np.ndarray]:
    texts = (PROMPT, "sales", "support", "operator", "yes", "seven")
    voices = {text: Voice(None if text == PROMPT else "gmw/en-us+f3") for text in texts}
    return {text: samples(convert.speech(espeak.speak(text, "en-US", voices[text]), 1.0)) for text in texts}


def line(prompt: np.ndarray, echo_db: float | None, delay: int, word: np.ndarray | None) -> bytes:
    """What comes from the caller while a prompt plays: an echo, line noise, and a word in the middle."""
    sound = np.random.default_rng(1).normal(0, 20, len(prompt) + 8000)
    if echo_db is not None:
        start = delay * 8
        sound[start : start + len(prompt)] += prompt * 10 ** (echo_db / 20)
    if word is not None:
        sound[MIDDLE_MS * 8 :][: len(word)] += word
    return alaw.encode(np.clip(sound, -32768, 32767).astype("<i2").tobytes())


def compared(prompt: bytes, heard: bytes, until: int) -> Echo:
    """Both ways of a call, up to a time in milliseconds, the prompt a little ahead of it."""
    echo = Echo()
    for at in range(0, until, FRAME_MS):
        start = at * 8
        if piece := prompt[start : start + FRAME_BYTES]:
            echo.played(at, piece)
        echo.heard(at + FRAME_MS, heard[start : start + FRAME_BYTES])
    return echo


@pytest.mark.parametrize("delay", [0, 60, 300, 900])
@pytest.mark.parametrize("echo_db", [-6, -15, -25])
def test_a_prompt_that_comes_back_is_an_echo(spoken: dict[str, np.ndarray], echo_db: float, delay: int) -> None:
    prompt = spoken[PROMPT]
    heard = line(prompt, echo_db, delay, None)
    played = alaw.encode(prompt.astype("<i2").tobytes())
    assert all(compared(played, heard, until).is_echo() for until in range(2_000, 6_000, 500))


@pytest.mark.parametrize("word", ["sales", "support", "operator", "yes", "seven"])
@pytest.mark.parametrize("echo_db", [None, -30, -20])
def test_a_caller_who_speaks_into_a_prompt_is_none(
    spoken: dict[str, np.ndarray], word: str, echo_db: float | None
) -> None:
    prompt = spoken[PROMPT]
    heard = line(prompt, echo_db, 100, spoken[word])
    played = alaw.encode(prompt.astype("<i2").tobytes())
    end = MIDDLE_MS + len(spoken[word]) // 8
    assert not compared(played, heard, end).is_echo()
    assert not compared(played, heard, end + 300).is_echo()


def test_silence_is_no_echo_and_neither_is_anything_without_a_prompt(spoken: dict[str, np.ndarray]) -> None:
    prompt = alaw.encode(spoken[PROMPT].astype("<i2").tobytes())
    assert compared(prompt, b"\xd5" * 48_000, 4_000).is_echo() is False
    assert not compared(b"", prompt, 4_000).is_echo()
    assert not Echo().is_echo()


@pytest.mark.parametrize("word", ["sales", "support", "operator", "yes", "seven"])
@pytest.mark.parametrize("begins", [0, 100, 200, 400])
def test_a_word_at_the_beginning_of_a_prompt_is_no_echo(spoken: dict[str, np.ndarray], word: str, begins: int) -> None:
    played = alaw.encode(spoken[PROMPT].astype("<i2").tobytes())
    said = alaw.encode(spoken[word].astype("<i2").tobytes())
    heard = b"\xd5" * (8 * begins) + said + b"\xd5" * 48_000
    ends = begins + milliseconds(said)
    assert not any(compared(played, heard, until).is_echo() for until in range(begins + 100, ends + 500, 100))


def test_an_echo_is_possible_while_a_prompt_plays_and_for_a_while_after_it(spoken: dict[str, np.ndarray]) -> None:
    prompt = alaw.encode(spoken[PROMPT].astype("<i2").tobytes())
    echo = Echo()
    assert not echo.possible(0)
    echo.played(10_000, prompt[: 2_000 * 8])
    assert not echo.possible(9_000)
    assert echo.possible(10_500)
    assert echo.possible(12_000 + REACH_MS // 2)
    assert not echo.possible(12_500 + REACH_MS)


def test_what_was_cleared_has_no_echo(spoken: dict[str, np.ndarray]) -> None:
    prompt = alaw.encode(spoken[PROMPT].astype("<i2").tobytes())
    echo = Echo()
    echo.played(0, prompt[: 1_000 * 8])
    echo.cleared(0)
    assert not echo.possible(500)


def test_an_echo_is_known_though_messages_are_held_up(spoken: dict[str, np.ndarray]) -> None:
    prompt = alaw.encode(spoken[PROMPT].astype("<i2").tobytes())
    heard = line(spoken[PROMPT], -15, 100, None)
    echo, held_up = Echo(), b""
    for at in range(0, 5_000, FRAME_MS):
        echo.played(at, prompt[at * 8 : (at + FRAME_MS) * 8])
        held_up += heard[at * 8 : (at + FRAME_MS) * 8]
        if at % 1_000 >= 700:  # For 700 ms of each second nothing comes, then all of it at once.
            for start in range(0, len(held_up), FRAME_BYTES):
                echo.heard(at + FRAME_MS, held_up[start : start + FRAME_BYTES])
            held_up = b""
    assert echo.is_echo()


def test_a_pause_of_the_carrier_keeps_both_ways_together(spoken: dict[str, np.ndarray]) -> None:
    prompt = alaw.encode(spoken[PROMPT].astype("<i2").tobytes())
    echo = Echo()
    for start in (0, 60_000):
        echo.played(start, prompt)
        echo.heard(start + milliseconds(prompt) + 400, prompt)
        assert echo.is_echo()


@pytest.mark.parametrize("piece_ms", [FRAME_MS, 100])
def test_a_long_prompt_takes_no_more_memory_than_what_is_compared(piece_ms: int) -> None:
    echo = Echo()
    tracemalloc.start()
    try:
        for at in range(0, 300_000, piece_ms):
            echo.played(at, bytes(piece_ms * 8))
            echo.heard(at, bytes(piece_ms * 8))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 2 * (WINDOW_MS + REACH_MS) * 8 + 50_000


@pytest.mark.parametrize("word", ["support", "operator"])
def test_a_word_is_left_of_what_is_heard_and_the_echo_around_it_is_not(
    spoken: dict[str, np.ndarray], word: str
) -> None:
    prompt = spoken[PROMPT]
    heard = line(prompt, -20, 100, spoken[word])
    played = alaw.encode(prompt.astype("<i2").tobytes())
    echo = compared(played, heard, 2_500)
    before = heard[2_480 * 8 : 2_500 * 8]
    assert echo.without_echo(before) == before
    assert echo.is_echo()
    assert echo.without_echo(before) == b"\xd5" * FRAME_BYTES
    left = b""
    for at in range(2_500, 5_000, FRAME_MS):
        piece = heard[at * 8 : (at + FRAME_MS) * 8]
        echo.played(at, played[at * 8 : (at + FRAME_MS) * 8])
        echo.heard(at + FRAME_MS, piece)
        left += echo.without_echo(piece)
    frames = [left[start : start + FRAME_BYTES] for start in range(0, len(left), FRAME_BYTES)]
    kept = np.array([frame != b"\xd5" * FRAME_BYTES for frame in frames])
    first = (MIDDLE_MS - 2_500) // FRAME_MS
    spoken_frames = spoken[word][: len(spoken[word]) // FRAME_BYTES * FRAME_BYTES].reshape(-1, FRAME_BYTES)
    loud = np.sqrt((spoken_frames**2).mean(axis=1)) > 1_000
    assert kept[first : first + len(loud)][loud].mean() > 0.8
    assert kept[:first].mean() < 0.1
    assert kept[first + len(loud) :].mean() < 0.1
