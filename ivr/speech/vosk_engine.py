"""Recognition by Vosk, kept from what crashes it.

- A model is never looked for by Vosk itself, which downloads what it does not find, and ends the process if it can't.
- An empty grammar, and a grammar switched within an utterance, are native crashes: the first is never made, the second
  never done.
- `Reset` leaves the last moments of what was fed to the next utterance; `FinalResult` does not.
- Audio at another rate than the model's fails at the first piece, unless the model's configuration allows it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import vosk  # type: ignore[import-untyped]  # it ships no type hints

from ivr.core.effects import Listen
from ivr.media.alaw import decode
from ivr.media.frame import SAMPLE_RATE
from ivr.media.resample import WIDE_RATE, Doubler
from ivr.speech.coverage import covered
from ivr.speech.engine import NOTHING, Guess
from ivr.speech.grammar import Grammar, grammar, unknown

SCORE_OF_HALF = 0.85
"""The score that one in fifty utterances outside the grammar reaches (docs/speech-measurements.md)."""
PHRASES_SHARE = 0.15
"""How probable a grammar makes it beforehand that a phrase is said, the same for two phrases and for twenty. With twice
as much, words that are not offered are heard as phrases with the highest score."""
DIGITS_SHARE = 0.5
"""How probable it makes it that a word is a digit. Each digit of a number pays for that, while nothing else that a
caller says is heard as so many digits."""


class VoskEngine:
    """One model in the memory of this process."""

    def __init__(self, directory: Path) -> None:
        """Load the model in a directory; OSError if there is none that can be loaded."""
        vosk.SetLogLevel(-1)
        try:
            self._model: Any = vosk.Model(model_path=str(directory))
        except Exception as error:  # Vosk raises nothing more specific
            raise OSError(f"{directory} holds no Vosk model that can be loaded") from error
        self._wide = not _takes_telephone_rate(directory)

    def recogniser(self) -> VoskRecogniser:
        """Make what understands one caller."""
        return VoskRecogniser(self)

    def unknown(self, words: Iterable[str]) -> frozenset[str]:
        """Those of some words or phrases, as written in a flow, that hold a word the model lacks."""
        return unknown(words, self.knows)

    def knows(self, word: str) -> bool:
        """Whether the model has a word, spelt exactly so."""
        return bool(self._model.vosk_model_find_word(word) >= 0)

    def decoding(self, wanted: Grammar | None) -> Decoding:
        """Make a decoding by a grammar that is not empty, or of whatever is said."""
        rate = WIDE_RATE if self._wide else SAMPLE_RATE
        grammars = () if wanted is None else (_json(wanted),)
        decoder = vosk.KaldiRecognizer(self._model, rate, *grammars)
        decoder.SetWords(True)
        return Decoding(decoder, rate, Doubler() if self._wide else None)


class VoskRecogniser:
    """Understands one utterance of one caller after the other."""

    def __init__(self, engine: VoskEngine) -> None:
        """Listen for nothing at first."""
        self._engine = engine
        self._grammar: Grammar | None = None
        self._bounded: Decoding | None = None
        self._free: Decoding | None = None
        self._decoding: Decoding | None = None

    def listen(self, wanted: Listen) -> None:
        """Understand this from now on."""
        self.forget()
        if wanted.free:
            self._grammar = None
            self._free = self._decoding = self._free or self._engine.decoding(None)
            return
        self._grammar = grammar(wanted, self._engine.knows)
        if self._grammar.empty:
            self._decoding = None
        elif self._bounded is None:
            self._bounded = self._decoding = self._engine.decoding(self._grammar)
        else:
            self._bounded.switch(self._grammar)
            self._decoding = self._bounded

    def feed(self, audio: bytes) -> str:
        """Take the next piece of the utterance, and return what it seems to be so far."""
        return "" if self._decoding is None else self._text(self._decoding.feed(audio))

    def finish(self) -> Guess:
        """Return what the utterance was."""
        if self._decoding is None:
            return NOTHING
        audio, words = self._decoding.audio, self._decoding.finish()
        text = self._text(word.text for word in words)
        return Guess(text, _calibrated(self._score(words, audio))) if text else NOTHING

    def forget(self) -> None:
        """Drop what was fed."""
        if self._decoding is not None:
            self._decoding.finish()

    def _text(self, words: Iterable[str]) -> str:
        return " ".join(words) if self._grammar is None else self._grammar.read(words)

    def _score(self, words: tuple[Word, ...], audio: bytes) -> float:
        """Rate, from 0 to 1, how sure Vosk is of each word, and how much of the sound lies in words that are wanted.

        Vosk's own confidence is how much more probable a word is than what else the grammar offers there; where that is
        not much, it is 1 for wrong words too.
        """
        if self._grammar is None:
            return fmean(word.confidence for word in words) * covered(audio, (word.span for word in words))
        meant = [word for word in words if self._grammar.is_wanted(word.text)]
        return min(word.confidence for word in meant) * covered(audio, (word.span for word in meant))


@dataclass(frozen=True, slots=True)
class Word:
    """A word that Vosk heard."""

    text: str
    confidence: float
    span: tuple[float, float]
    """Its beginning and end, in seconds of the utterance."""


class Decoding:
    """A recogniser of Vosk's, from utterance to utterance."""

    def __init__(self, decoder: Any, rate: int, doubler: Doubler | None) -> None:
        """Begin with an utterance."""
        self._decoder, self._rate, self._doubler = decoder, rate, doubler
        self._bytes = 0
        """All that Vosk was ever given: its clock."""
        self._words: tuple[Word, ...] = ()
        """Those of the parts of the utterance that Vosk took for ended."""
        self._began = 0.0
        """When the utterance began, in seconds of Vosk's clock."""
        self.audio = b""
        """The utterance, in A-law."""

    def switch(self, wanted: Grammar) -> None:
        """Take another grammar for the utterances to come; the one before must have been finished."""
        self._decoder.SetGrammar(_json(wanted))

    def feed(self, audio: bytes) -> tuple[str, ...]:
        """Take the next piece of the utterance, and return what seem to be its words so far."""
        self.audio += audio
        samples = decode(audio) if self._doubler is None else self._doubler.feed(audio)
        if self._accept(samples):
            self._words += self._read(self._decoder.Result())
            return tuple(word.text for word in self._words)
        partial = json.loads(self._decoder.PartialResult())["partial"].split()
        return (*(word.text for word in self._words), *partial)

    def finish(self) -> tuple[Word, ...]:
        """End the utterance, return its words, and begin another one."""
        if not self.audio:
            return ()
        if self._doubler is not None:
            self._accept(self._doubler.feed(b"", last=True))
            self._doubler.restart()
        words = self._words + self._read(self._decoder.FinalResult())
        self._words, self.audio = (), b""
        self._began = self._bytes / (2 * self._rate)
        return words

    def _accept(self, samples: bytes) -> bool:
        self._bytes += len(samples)
        return bool(self._decoder.AcceptWaveform(samples))

    def _read(self, result: str) -> tuple[Word, ...]:
        """Read a result, which has no list of words where nothing was heard."""
        return tuple(
            Word(each["word"], each["conf"], (each["start"] - self._began, each["end"] - self._began))
            for each in json.loads(result).get("result", ())
        )


def _calibrated(score: float) -> float:
    """Bend the scale of a score so that a half has its meaning."""
    if score < SCORE_OF_HALF:
        return 0.5 * score / SCORE_OF_HALF
    return min(1.0, 0.5 + 0.5 * (score - SCORE_OF_HALF) / (1 - SCORE_OF_HALF))


def _json(wanted: Grammar) -> str:
    """Write a grammar for Vosk, which takes the probability of a word from how often the grammar has it."""
    phrases = [" ".join(words) for words in wanted.phrases]
    return json.dumps(
        [
            *_weighted(phrases, PHRASES_SHARE, wanted.unwanted),
            *_weighted(wanted.digits, DIGITS_SHARE, wanted.unwanted),
            *wanted.unwanted,
        ],
        ensure_ascii=False,
    )


def _weighted(wanted: Sequence[str], share: float, unwanted: Sequence[str]) -> Sequence[str]:
    """Repeat what is wanted until it is about so probable beside what is not."""
    times = share / (1 - share) * len(unwanted) / max(1, len(wanted))
    return [*wanted] * max(1, round(times))


def _takes_telephone_rate(directory: Path) -> bool:
    """Whether a model takes audio at 8 kHz (Kaldi, `allow_upsample` in `feat/feature-window.h`)."""
    try:
        options = (directory / "conf" / "mfcc.conf").read_text(encoding="utf-8").split()
    except OSError:
        return False
    return "--allow-upsample=true" in options or f"--sample-frequency={SAMPLE_RATE}" in options
