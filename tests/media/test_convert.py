"""From WAV files of all kinds to A-law at the level of a prompt."""

from __future__ import annotations

import io
import struct
import wave

import numpy as np
import pytest
from numpy.typing import NDArray

from ivr.media import alaw, convert, frame, level

Sound = NDArray[np.float64]


def tone(hertz: float, seconds: float, rate: int, peak: float = 0.2) -> Sound:
    return peak * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def chatter(seconds: float, peak: float, rate: int = 8000) -> Sound:
    """Make noise in bursts of 300 ms with pauses of 200 ms, as speech has them."""
    noise = np.random.default_rng(1).normal(0, 0.25, int(seconds * rate)).clip(-1, 1)
    return peak * noise * (np.arange(len(noise)) / rate % 0.5 < 0.3)


def pcm(sound: Sound, rate: int = 8000, width: int = 2, channels: int = 1) -> bytes:
    """Write a WAV file with the standard library, the same sound on all channels."""
    file = io.BytesIO()
    whole = np.rint(np.repeat(sound, channels) * (2 ** (8 * width - 1) - 1)).astype("<i8")
    body = (whole + 128).astype("u1").tobytes() if width == 1 else whole.view("u1").reshape(-1, 8)[:, :width]
    with wave.open(file, "wb") as writer:
        writer.setparams((channels, width, rate, 0, "NONE", ""))
        writer.writeframes(bytes(body))
    return file.getvalue()


def other(tag: int, bits: int, body: bytes) -> bytes:
    """Write a mono WAV file of 8 kHz that the standard library can't."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, tag, 1, 8000, 8000 * bits // 8, bits // 8, bits)
    data = b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(form) + len(data)) + b"WAVE" + form + data


def heard(audio: bytes) -> Sound:
    assert len(audio) % frame.FRAME_BYTES == 0
    return np.frombuffer(alaw.decode(audio), "<i2") / 32768


def strength(sound: Sound, hertz: float) -> float:
    """Give the amplitude of one pure tone in a sound."""
    turn = np.exp(-2j * np.pi * hertz * np.arange(len(sound)) / 8000)
    return 2 * abs(complex(np.mean(sound * turn)))


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize(("width", "channels"), [(2, 1), (2, 2)])
def test_any_rate_comes_out_at_the_level_of_a_prompt(rate: int, width: int, channels: int) -> None:
    audio = convert.recording(pcm(tone(1000, 1, rate, 0.02), rate, width, channels))
    assert len(audio) == 8000
    assert strength(heard(audio), 1000) == pytest.approx(0.1 * 2**0.5, rel=0.03)


@pytest.mark.parametrize(
    "wav",
    [
        pcm(tone(500, 1, 8000), width=1),
        pcm(tone(500, 1, 8000), width=3, channels=6),
        pcm(tone(500, 1, 8000), width=4),
        other(3, 32, tone(500, 1, 8000).astype("<f4").tobytes()),
        other(3, 64, tone(500, 1, 8000).astype("<f8").tobytes()),
        other(6, 8, alaw.encode((tone(500, 1, 8000) * 32767).astype("<i2").tobytes())),
        other(7, 8, alaw.to_mulaw(alaw.encode((tone(500, 1, 8000) * 32767).astype("<i2").tobytes()))),
    ],
    ids=["pcm8", "pcm24", "pcm32", "float32", "float64", "alaw", "mulaw"],
)
def test_any_coding_gives_the_same_tone(wav: bytes) -> None:
    sound = heard(convert.recording(wav))
    assert strength(sound, 500) == pytest.approx(0.1 * 2**0.5, rel=0.03)
    assert np.mean(sound**2) == pytest.approx(0.01, rel=0.05), "and nothing besides"


def test_what_a_telephone_cannot_carry_is_removed_and_not_folded_down() -> None:
    sound = heard(convert.recording(pcm(tone(1000, 1, 44100) + tone(5300, 1, 44100), 44100)))
    assert strength(sound, 2700) < 0.001, "5.3 kHz would fold down to 2.7 kHz"


def test_an_offset_is_removed() -> None:
    sound = heard(convert.recording(pcm(tone(400, 1, 8000) + 0.3)))
    assert abs(np.mean(sound)) < 0.001


def test_pauses_do_not_count_for_the_level() -> None:
    short = convert.recording(pcm(chatter(2, 0.05)))
    padded = convert.recording(pcm(np.concatenate([np.zeros(80_000), chatter(2, 0.05)])))
    assert level.active_level(heard(short).astype(np.float32)) == pytest.approx(-20, abs=0.3)
    assert level.active_level(heard(padded).astype(np.float32)) == pytest.approx(-20, abs=0.3)


def test_peaks_are_turned_down_and_not_cut() -> None:
    sound = tone(300, 2, 8000, 0.02)
    sound[8000:8400] *= 45
    heard_sound = heard(convert.recording(pcm(sound)))
    assert np.abs(heard_sound).max() < 10 ** (-0.8 / 20)
    loud = heard_sound[8080:8320]
    assert np.sum(np.abs(loud) > 0.97 * np.abs(loud).max()) < 0.3 * len(loud), "a cut sine is flat on top"


@pytest.mark.parametrize("peak", [0.0, 0.0005, 0.002])
def test_silence_and_the_noise_of_a_room_are_not_lifted(peak: float) -> None:
    noise = np.random.default_rng(1).normal(0, peak, 8000)
    assert np.std(heard(convert.recording(pcm(noise)))) < 2 * peak + 0.0005


def test_a_very_quiet_recording_is_lifted_by_a_limit() -> None:
    assert strength(heard(convert.recording(pcm(tone(400, 1, 8000, 0.006)))), 400) == pytest.approx(
        0.006 * 10 ** (level.MOST_GAIN / 20), rel=0.05
    )


def test_speech_ends_with_a_short_pause() -> None:
    sound = np.concatenate([tone(400, 1, 22050), np.zeros(10_000)])
    audio = convert.speech(pcm(sound, 22050), volume=1.0)
    assert frame.milliseconds(audio) == pytest.approx(1000 + convert.TRAILING_MS, abs=25)


@pytest.mark.parametrize(("volume", "expected"), [(1.0, -20), (0.5, -26), (0.1, -40)])
def test_the_volume_is_relative_to_the_usual_level(volume: float, expected: float) -> None:
    sound = heard(convert.speech(pcm(chatter(2, 0.3)), volume))
    assert level.active_level(sound.astype(np.float32)) == pytest.approx(expected, abs=0.5)


def test_speech_of_volume_nought_is_silent_but_as_long() -> None:
    audio = convert.speech(pcm(chatter(2, 0.3)), volume=0)
    assert set(audio) == {frame.SILENCE_BYTE}
    assert len(audio) == len(convert.speech(pcm(chatter(2, 0.3)), volume=1))


def test_speech_without_sound_gives_nothing() -> None:
    assert convert.speech(pcm(np.zeros(800)), volume=1.0) == b""


def test_one_sample_is_enough() -> None:
    assert len(convert.recording(pcm(np.full(1, 0.5), 44100))) in {0, frame.FRAME_BYTES}
