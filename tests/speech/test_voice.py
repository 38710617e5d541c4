"""eSpeak NG through pyttsx3, with real sound."""

from __future__ import annotations

import io
import subprocess
import sys
import wave

import numpy as np
import pytest

from ivr.core.segments import Voice
from ivr.speech.voice import Espeak
from ivr.speech.voices import UnknownVoiceError

SENTENCE = "Welcome to Acme. Press 1 for sales, or stay on the line."


def speak(espeak: Espeak, text: str, language: str = "en-US", voice: Voice | None = None) -> np.ndarray:
    with wave.open(io.BytesIO(espeak.speak(text, language, voice or Voice()))) as reader:
        assert reader.getparams()[:3] == (1, 2, 22050)
        return np.frombuffer(reader.readframes(reader.getnframes()), "<i2").astype(float)


def seconds(sound: np.ndarray) -> float:
    return len(sound) / 22050


def pitch(sound: np.ndarray) -> float:
    """The middle of the frequencies at which the sound repeats itself, in blocks of 70 ms."""
    found = []
    for start in range(0, len(sound) - 1500, 750):
        block = sound[start : start + 1500]
        if block.std() > 500:
            likeness = np.correlate(block, block, "full")[1499:]
            found.append(22050 / (np.argmax(likeness[60:330]) + 60))
    return float(np.median(found))


@pytest.mark.parametrize("times", [1, 8, 50])
def test_a_text_of_any_length_comes_out_whole(espeak: Espeak, times: int) -> None:
    once = seconds(speak(espeak, SENTENCE))
    assert seconds(speak(espeak, f"{SENTENCE} " * times)) == pytest.approx(times * once, rel=0.05)


def test_one_text_after_the_other_is_not_mixed_up(espeak: Espeak) -> None:
    short, long = seconds(speak(espeak, "Yes.")), seconds(speak(espeak, SENTENCE))
    for _ in range(10):
        assert seconds(speak(espeak, "Yes.")) == pytest.approx(short, abs=0.02)
        assert seconds(speak(espeak, SENTENCE)) == pytest.approx(long, abs=0.02)


def test_rate_and_voice_are_those_asked_for(espeak: Espeak) -> None:
    usual = speak(espeak, SENTENCE)
    assert seconds(speak(espeak, SENTENCE, voice=Voice(rate=250))) < 0.75 * seconds(usual)
    assert pitch(usual) < 150 < pitch(speak(espeak, SENTENCE, voice=Voice(name="gmw/en-us+f3")))
    assert pitch(speak(espeak, SENTENCE)) == pytest.approx(pitch(usual), abs=5), "nothing of it stays"


@pytest.mark.parametrize("language", ["hi-IN", "de-DE", "es-ES", "fr-FR", "en-IN", "zh-CN", "pt-BR", "ta-IN"])
def test_languages_have_voices(espeak: Espeak, language: str) -> None:
    assert seconds(speak(espeak, "1 2 3", language)) > 0.5


def test_an_unknown_language_or_voice_is_an_error_and_the_next_text_is_spoken(espeak: Espeak) -> None:
    with pytest.raises(UnknownVoiceError, match=r"no voice for the language 'tlh'; available are af, am, .* yue"):
        espeak.speak("Hello", "tlh", Voice())
    with pytest.raises(UnknownVoiceError, match=r"no voice 'anna'; available for en-US are .*gmw/en-us"):
        espeak.speak("Hello", "en-US", Voice(name="anna"))
    assert seconds(speak(espeak, "Hello")) > 0.5


@pytest.mark.parametrize("text", [".", "😀", "-", "\u200b", "!?!?", "[[h@l'oU]]", "ʘ", "ا", "&lt;"])
def test_odd_text_neither_breaks_nor_hangs_it(espeak: Espeak, text: str) -> None:
    assert seconds(speak(espeak, text)) >= 0


def test_nothing_is_printed(espeak: Espeak, capfd: pytest.CaptureFixture[str]) -> None:
    espeak.speak("Hello", "en-US", Voice())
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted as Linux tells them")
def test_it_speaks_in_the_thread_that_calls() -> None:
    # In a process of its own, because other tests have threads in this one.
    program = (
        "import os\n"
        "from ivr.core.segments import Voice\n"
        "from ivr.speech.voice import Espeak\n"
        "sound = Espeak().speak('Hello there', 'en-US', Voice())\n"
        "print(len(sound) > 22050, len(os.listdir('/proc/self/task')))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "1"]


def test_nothing_behind_a_text_is_read() -> None:
    # In a process of its own, because what it guards against ends the process.
    program = (
        "from ivr.speech.voice import Espeak\n"
        "from ivr.speech.voices import choose\n"
        "engine = Espeak()\n"
        "speaker = choose(engine.speakers, engine.variants, 'en-US', None)\n"
        "print(engine._piece('hello there ' * 2000, speaker, 400).getnframes() > 100 * 22050)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True"]
