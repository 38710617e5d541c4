"""Speech begins and ends with real speech, and with neither noise, nor clicks, nor an idle line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.media import alaw, convert, frame
from ivr.media.activity import BEGIN_MS, END_MS, FLOOR_MS, SILENCE_DBFS, Activity, level

SAY = """
import ctypes, os, sys, espeakng_loader
ctypes.CDLL(espeakng_loader.get_library_path() + ".1", mode=ctypes.RTLD_GLOBAL)
os.environ["ESPEAK_DATA_PATH"] = espeakng_loader.get_data_path()
import pyttsx3
from pyttsx3.drivers import _espeak
engine = pyttsx3.init()
engine.save_to_file(sys.argv[1], sys.argv[2])
engine.startLoop()
_espeak.Synchronize()
engine.endLoop()
"""
SENTENCE = "Please call me back about the invoice from last week, my number is on file."
TEN_DB_SOFTER = 10 ** (-10 / 20)


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Give A-law of a spoken sentence, at an active level of -30 dBFS."""
    wav: Path = tmp_path_factory.mktemp("speech") / "sentence.wav"
    subprocess.run([sys.executable, "-c", SAY, SENTENCE, str(wav)], check=True, capture_output=True)
    return convert.speech(wav.read_bytes(), TEN_DB_SOFTER)


def noise(milliseconds: int, dbfs: float) -> bytes:
    samples = np.random.default_rng(7).standard_normal(milliseconds * 8) * 32768 * 10 ** (dbfs / 20)
    return alaw.encode(samples.astype("<i2").tobytes())


def mixed(one: bytes, other: bytes) -> bytes:
    total = sum(np.frombuffer(alaw.decode(audio), "<i2").astype(int) for audio in (one, other))
    return alaw.encode(np.clip(total, -32768, 32767).astype("<i2").tobytes())


def changes(audio: bytes, activity: Activity | None = None) -> list[tuple[str, int]]:
    """Give each change with the milliseconds of audio that had been heard by then."""
    activity = activity or Activity()
    return [
        (change, start // 8 + frame.FRAME_MS)
        for start in range(0, len(audio), frame.FRAME_BYTES)
        for change in activity.feed(audio[start : start + frame.FRAME_BYTES])
    ]


def test_an_idle_line_is_silent() -> None:
    idle = frame.silence(5000)
    assert level(idle) == pytest.approx(SILENCE_DBFS)
    assert -73 < SILENCE_DBFS < -72
    assert changes(idle) == []


def test_levels_are_relative_to_full_scale() -> None:
    assert level(alaw.encode(np.full(160, 32767, "<i2").tobytes())) == pytest.approx(0, abs=0.2)
    assert level(noise(1000, -30)) == pytest.approx(-30, abs=0.2)


def test_speech_at_minus_30_dbfs_begins_and_ends_once(speech: bytes) -> None:
    spoken = len(speech) // 8
    (began, at), (ended, later) = changes(frame.silence(1000) + speech + frame.silence(1000))
    assert (began, ended) == ("began", "ended")
    assert 1000 + BEGIN_MS <= at <= 1000 + BEGIN_MS + 200
    assert 1000 + spoken <= later <= 1000 + spoken + END_MS + 40


def test_speech_is_heard_over_the_noise_of_a_line(speech: bytes) -> None:
    audio = frame.silence(1000) + speech + frame.silence(1000)
    heard = changes(mixed(audio, noise(len(audio) // 8, -45)))
    assert [change for change, _ in heard] == ["began", "ended"]


def test_speech_is_heard_from_the_first_moment(speech: bytes) -> None:
    assert changes(speech)[0][1] <= BEGIN_MS + 200


@pytest.mark.parametrize("dbfs", [-70, -60, -50, -45])
def test_the_noise_of_a_line_is_no_speech(dbfs: float) -> None:
    assert changes(noise(10_000, dbfs)) == []


def test_a_loud_steady_noise_is_speech_only_until_it_is_known() -> None:
    activity = Activity()
    (_, _), (ended, at) = changes(noise(10_000, -30), activity)
    assert ended == "ended"
    assert at <= FLOOR_MS + END_MS + 100
    activity.restart()
    assert changes(noise(10_000, -30), activity) == []


@pytest.mark.parametrize("apart", [100, 300, 1000])
def test_clicks_are_no_speech(apart: int) -> None:
    click = alaw.encode(np.array([20000, -20000] * 20, "<i2").tobytes())
    audio = bytearray(noise(5000, -60))
    for start in range(0, len(audio), apart * 8):
        audio[start : start + len(click)] = click
    assert changes(bytes(audio)) == []


def test_a_click_does_not_keep_speech_going() -> None:
    click = noise(20, -20)
    pause = frame.silence(200)
    heard = changes(noise(500, -20) + pause + click + pause + frame.silence(400))
    assert [change for change, _ in heard] == ["began", "ended"]


def test_a_pause_within_a_word_does_not_end_speech() -> None:
    heard = changes(noise(500, -20) + frame.silence(END_MS - 40) + noise(500, -20))
    assert [change for change, _ in heard] == ["began"]


def test_a_restart_forgets_speech_in_progress() -> None:
    activity = Activity()
    assert activity.feed(noise(500, -20) + b"\xd5") == ("began",)
    before = activity.speaking
    activity.restart()
    assert (before, activity.speaking) == (True, False)
    assert activity.feed(frame.silence(2000)) == ()


def test_what_is_known_of_speech(speech: bytes) -> None:
    activity = Activity(1000)
    changes(frame.silence(3000) + speech + frame.silence(500), activity)
    assert activity.speaking
    assert 400 <= activity.quiet_ms <= 700
    assert activity.sound_ms == pytest.approx(len(speech) / 8, rel=0.4)
    assert activity.loudness == pytest.approx(-30, abs=4)
    assert activity.variation > 5
    assert activity.floor == pytest.approx(SILENCE_DBFS)


def test_noise_keeps_its_level() -> None:
    activity = Activity()
    changes(noise(2500, -30), activity)
    assert activity.variation < 2
    assert activity.floor == pytest.approx(-30, abs=3)


def test_the_silence_that_ends_speech_may_be_longer(speech: bytes) -> None:
    ends = [changes(speech + frame.silence(2000), Activity(end))[-1][1] for end in (END_MS, 1000)]
    assert ends[1] - ends[0] == 1000 - END_MS


def test_nothing_is_known_before_anything_was_heard() -> None:
    activity = Activity()
    assert (activity.quiet_ms, activity.sound_ms, activity.variation) == (0, 0, 0)
    assert activity.loudness == activity.floor == SILENCE_DBFS


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 700), max_size=20))
def test_pieces_of_any_length_are_heard_as_whole_frames_are(lengths: list[int]) -> None:
    audio = noise(300, -20) + frame.silence(600) + noise(300, -25) + frame.silence(600)
    activity = Activity()
    heard: list[str] = []
    start = 0
    for length in [*lengths, len(audio)]:
        heard += activity.feed(audio[start : start + length])
        start += length
    assert heard == ["began", "ended", "began", "ended"]
