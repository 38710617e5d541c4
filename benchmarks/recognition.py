"""How well each engine understands recorded words sent through a telephone, and what else it takes for them.

`make bench SPEECH=DIR` says where the recordings are: WAV files named `7_speaker_take.wav`, as in the Free Spoken Digit
Dataset, or standing in a folder named by their word, as in Google's Speech Commands.
"""

from __future__ import annotations

import math
import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.core.effects import Listen
from ivr.media import alaw, convert
from ivr.media.activity import level
from ivr.media.frame import FRAME_BYTES, SAMPLE_RATE
from ivr.media.wav import WavError
from ivr.speech import models
from ivr.speech.engine import Engine
from ivr.speech.listener import Listener
from ivr.speech.reports import Ended, Heard
from ivr.speech.sphinx_engine import SphinxEngine
from ivr.speech.vosk_engine import VoskEngine

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
MENU = ("yes", "no", "stop", "go", "up", "down", "left", "right", "on", "off", "operator", "repeat")
THRESHOLDS = (0.3, 0.5, 0.7, 0.9)
"""Of confidence; 0.5 is what a flow has where it says nothing."""
SEED = 1
CHUNK = SAMPLE_RATE // 10
IDLE = b"\xd5"
LEAD_MS, TRAIL_MS = 1000, 1500
"""Idle line around each recording."""
SOFTER_DB = -6
HISS_DBFS = -40
"""Of a line with white noise: 20 dB below the recordings."""
FADED_DB = 20.0
"""A recording's speech ends with the last frame that is no more than this below its loudest one."""
SOUND_SECONDS = 20
PER_WORD = 20
"""Recordings of a word that are used at most."""
KEY_HERTZ = tuple((low, high) for low in (697, 770, 852, 941) for high in (1209, 1336, 1477, 1633))
"""The two tones of each key (ITU-T Q.23)."""
PLACES = (
    "github.com/Jakobovski/free-spoken-digit-dataset and Google's Speech Commands (on github.com and tensorflow.org)"
)


@dataclass(frozen=True, slots=True)
class Clip:
    """One recorded word, as A-law."""

    word: str
    audio: bytes

    @property
    def end(self) -> float:
        """When its speech ends, in seconds."""
        levels = [level(self.audio[at : at + FRAME_BYTES]) for at in range(0, len(self.audio), FRAME_BYTES)]
        last = max(index for index, each in enumerate(levels) if each > max(levels) - FADED_DB)
        return (last + 1) * FRAME_BYTES / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Line:
    """What a telephone line does to what is said."""

    gain_db: int = 0
    hiss_dbfs: int | None = None

    def carry(self, audio: bytes) -> bytes:
        if self == QUIET:
            return audio
        samples = np.frombuffer(alaw.decode(audio), "<i2") * 10 ** (self.gain_db / 20)
        if self.hiss_dbfs is not None:
            samples += np.random.default_rng(SEED).normal(scale=32768 * 10 ** (self.hiss_dbfs / 20), size=len(samples))
        return alaw.encode(np.clip(samples, -32768, 32767).astype("<i2").tobytes())


QUIET = Line()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one clip."""

    said: str
    heard: str
    confidence: float
    delay: float
    """Seconds from the end of speech to the report, the time of computing included."""


def main() -> None:
    if len(sys.argv) < 2:
        print(f"recognition: no recordings given; make bench SPEECH=DIR, with recordings from {PLACES}")
        return
    clips = tuple(_clips(Path(sys.argv[1])))
    words = Counter(clip.word for clip in clips)
    print(f"recognition: {len(clips)} recordings of {len(words)} words, brought to one level, as A-law at 8 kHz")
    sounds = _sounds(clips)
    for name, engine in _engines().items():
        for menu, phrases in (("digits", DIGITS), ("menu", MENU)):
            _measure(f"{name}, {menu}", engine, phrases, clips, sounds)


def _engines() -> dict[str, Engine]:
    found = models.available(models.places(None, Path(".ivr"), os.environ))
    vosk = {f"Vosk, {each.name}": VoskEngine(each.directory) for each in found if each.engine == "vosk"}
    return {"PocketSphinx": SphinxEngine(), **vosk}


def _measure(
    name: str, engine: Engine, phrases: tuple[str, ...], clips: Sequence[Clip], sounds: dict[str, bytes]
) -> None:
    listener = Listener(engine.recogniser())
    listener.listen(Listen("en-US", phrases))
    began = time.process_time()
    outcomes = [_outcome(listener, clip) for clip in clips]
    used = (time.process_time() - began) / sum(len(clip.audio) / SAMPLE_RATE for clip in clips)
    offered = [each for each in outcomes if each.said in phrases]
    lacking = ", ".join(sorted(engine.unknown(phrases)))
    print(f"\n{name}: {len(offered)} recordings of the phrases, {len(clips) - len(offered)} of other words", end="")
    print(f"; the model lacks {lacking}" if lacking else "")
    print(f"  {'confidence':<12}{'right':>8}{'wrong':>8}{'rejected':>10}{'others accepted':>17}")
    for threshold in THRESHOLDS:
        right, wrong, false = _shares(outcomes, phrases, threshold)
        print(f"  {threshold:<12}{right:>8.1%}{wrong:>8.1%}{1 - right - wrong:>10.1%}{false:>17.1%}")
    delays = sorted(each.delay * 1000 for each in offered if each.confidence >= 0.5 and each.heard == each.said)
    if delays:
        median, p95 = statistics.median(delays), delays[int(0.95 * len(delays))]
        print(
            f"  decided after the end of speech: median {median:.0f} ms, p95 {p95:.0f} ms, of {len(delays)} understood"
        )
    print(f"  processor: {used:.1%} of one while somebody speaks")
    print(f"  accepted at 0.5 in {SOUND_SECONDS} s each: ", end="")
    print(", ".join(f"{sound} {_accepted(listener, audio)}" for sound, audio in sounds.items()))
    for condition, line in (("softer by 6 dB", Line(SOFTER_DB)), ("in hiss", Line(hiss_dbfs=HISS_DBFS))):
        # Another listener, for one that has learnt the noise of a line would take the next line for quieter.
        listener = Listener(engine.recogniser())
        listener.listen(Listen("en-US", phrases))
        right, wrong, false = _shares([_outcome(listener, clip, line) for clip in clips], phrases, 0.5)
        print(f"  {condition}, at 0.5: right {right:.1%}, wrong {wrong:.1%}, others accepted {false:.1%}")


def _shares(outcomes: Sequence[Outcome], phrases: Sequence[str], threshold: float) -> tuple[float, float, float]:
    """Give which share of the phrases was understood, which was taken for another, and which of other words for one."""
    accepted = [each.confidence >= threshold for each in outcomes]
    offered = [each.said in phrases for each in outcomes]
    right = [each.heard == each.said for each in outcomes]
    taken = Counter(zip(offered, accepted, right, strict=True))
    return (
        taken[True, True, True] / sum(offered),
        taken[True, True, False] / sum(offered),
        taken[False, True, False] / (len(outcomes) - sum(offered)),
    )


def _outcome(listener: Listener, clip: Clip, line: Line = QUIET) -> Outcome:
    """Say a clip into a line; the first report of a phrase counts, else the last one."""
    lead = IDLE * (LEAD_MS * SAMPLE_RATE // 1000 + random.Random(clip.audio).randrange(CHUNK))
    audio = line.carry(lead + clip.audio + IDLE * (TRAIL_MS * SAMPLE_RATE // 1000))
    end = len(lead) / SAMPLE_RATE + clip.end
    found = Outcome(clip.word, "", 0.0, 0.0)
    for start in range(0, len(audio), CHUNK):
        began = time.perf_counter()
        reports = listener.hear(audio[start : start + CHUNK])
        now = (start + CHUNK) / SAMPLE_RATE + time.perf_counter() - began
        for report in reports:
            if isinstance(report, Heard | Ended) and report.confidence > found.confidence:
                found = Outcome(clip.word, report.text, report.confidence, now - end)
    return found


def _accepted(listener: Listener, audio: bytes) -> int:
    """Count the phrases that are heard in a sound."""
    reports = chain.from_iterable(listener.hear(audio[start : start + CHUNK]) for start in range(0, len(audio), CHUNK))
    return sum(isinstance(each, Heard | Ended) and bool(each.text) and each.confidence >= 0.5 for each in reports)


def _clips(directory: Path) -> Iterable[Clip]:
    paths = sorted(directory.rglob("*.wav"))
    random.Random(SEED).shuffle(paths)
    taken: Counter[str] = Counter()
    for path in paths:
        first = path.stem.split("_")[0]
        word = DIGITS[int(first)] if first in {str(digit) for digit in range(10)} else path.parent.name
        taken[word] += 1
        if taken[word] > PER_WORD:
            continue
        try:
            yield Clip(word, convert.recording(path.read_bytes()))
        except WavError as error:
            print(f"{path.name} is left out: {error}")


def _sounds(clips: Sequence[Clip]) -> dict[str, bytes]:
    """Make what is no speech, or none that could be understood."""
    source = np.random.default_rng(SEED)
    white = source.normal(size=SOUND_SECONDS * SAMPLE_RATE)
    spectrum = np.fft.rfft(white)
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)))
    noises = {"white": white, "pink": pink, "babble": _babble(clips, source)}
    return {
        "silence": IDLE * SOUND_SECONDS * SAMPLE_RATE,
        **{f"{name} {level}": _encoded(noise, level) for name, noise in noises.items() for level in (-30, -20)},
        "coughs": _encoded(pink * _bursts(source), -20),
        "keys": b"".join(_key(low, high) + IDLE * CHUNK * 10 for low, high in KEY_HERTZ),
    }


def _key(low: int, high: int) -> bytes:
    """Press a key for 200 ms."""
    times = np.arange(SAMPLE_RATE // 5) / SAMPLE_RATE * math.tau
    return _encoded(np.sin(low * times) + np.sin(high * times), -12)


def _babble(clips: Sequence[Clip], source: np.random.Generator) -> NDArray[np.float64]:
    """Let eight voices speak at once, backwards, so that no word can be understood."""
    size = SOUND_SECONDS * SAMPLE_RATE
    voices = []
    for _ in range(8):
        order = source.permutation(len(clips))
        said = b"".join(clips[index].audio for index in order[: size // 2000])[:size]
        samples = np.frombuffer(alaw.decode(said), "<i2").astype(np.float64)[::-1]
        voices.append(np.pad(samples, (0, size - len(samples))))
    return np.asarray(np.sum(voices, axis=0), np.float64)


def _bursts(source: np.random.Generator) -> NDArray[np.float64]:
    """Give the loudness of two quick bursts, as of a cough, once in two seconds."""
    loudness = np.zeros(SOUND_SECONDS * SAMPLE_RATE)
    for start in range(SAMPLE_RATE, len(loudness) - SAMPLE_RATE, 2 * SAMPLE_RATE):
        for offset in (0.0, 0.3):
            at, length = start + int(offset * SAMPLE_RATE), int(source.uniform(0.12, 0.25) * SAMPLE_RATE)
            loudness[at : at + length] = np.exp(-4 * np.arange(length) / length)
    return loudness


def _encoded(samples: NDArray[np.float64], dbfs: int) -> bytes:
    """Encode sound as A-law, its loud parts at a level in dBFS."""
    loud = samples[np.abs(samples) > 1e-9]
    factor = 32768 * 10 ** (dbfs / 20) / np.sqrt(np.mean(np.square(loud)))
    return alaw.encode(np.clip(samples * factor, -32768, 32767).astype("<i2").tobytes())


if __name__ == "__main__":
    main()
