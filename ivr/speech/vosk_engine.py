"""Recognition by Vosk, kept from what crashes it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vosk  # type: ignore[import-untyped]  # it ships no type hints

from ivr.core.effects import Listen
from ivr.media.alaw import decode
from ivr.media.frame import SAMPLE_RATE
from ivr.media.resample import WIDE_RATE, Doubler
from ivr.speech.engine import NOTHING, Guess
from ivr.speech.grammar import Grammar, grammar, unknown


class VoskEngine:
    """One model in the memory of this process."""

    def __init__(self, directory: Path) -> None:
        """Load the model in a directory; OSError if there is none that can be loaded."""
        vosk.SetLogLevel(-1)
        try:
            self._model: Any = vosk.Model(model_path=str(directory))
        except Exception as error:
            raise OSError(f"{directory} holds no Vosk model that can be loaded") from error
        self._wide = not _takes_telephone_rate(directory)

    def recogniser(self) -> VoskRecogniser:
        """Make what understands one caller."""
        return VoskRecogniser(self)

    def unknown(self, words: Iterable[str]) -> frozenset[str]:
        """Those of some words, as written in a flow, that the model lacks."""
        return unknown(words, self.knows)

    def knows(self, word: str) -> bool:
        """Whether the model has a word, spelt exactly so."""
        return bool(self._model.vosk_model_find_word(word) >= 0)

    def decoder(self, wanted: Grammar | None) -> Any:
        """Make a recogniser of Vosk for a grammar, or for whatever is said."""
        rate = WIDE_RATE if self._wide else SAMPLE_RATE
        grammars = () if wanted is None else (_json(wanted),)
        made = vosk.KaldiRecognizer(self._model, rate, *grammars)
        made.SetWords(True)
        return made

    def doubler(self) -> Doubler | None:
        """Make what the model needs to take telephone audio; None if it needs nothing."""
        return Doubler() if self._wide else None


@dataclass(frozen=True, slots=True)
class Word:
    """A word that Vosk heard, its times in seconds since the utterance began."""

    text: str
    confidence: float
    start: float
    end: float


class VoskRecogniser:
    """Understands one utterance of one caller after the other."""

    def __init__(self, engine: VoskEngine) -> None:
        """Listen for nothing at first."""
        self._engine = engine
        self._doubler = engine.doubler()
        self._bounded: Any = None
        self._free: Any = None
        self._decoder: Any = None
        self._grammar: Grammar | None = None
        self._words: tuple[Word, ...] = ()
        self._fed = False

    def listen(self, wanted: Listen) -> None:
        """Understand this from now on."""
        self.forget()
        if wanted.free:
            self._grammar = None
            self._free = self._decoder = self._free or self._engine.decoder(None)
            return
        self._grammar = grammar(wanted, self._engine.knows)
        if self._grammar.empty:
            self._decoder = None
        elif self._bounded is None:
            self._bounded = self._decoder = self._engine.decoder(self._grammar)
        else:
            self._decoder = self._bounded
            self._decoder.Reset()  # Without it, SetGrammar after audio ends the process.
            self._decoder.SetGrammar(_json(self._grammar))

    def feed(self, audio: bytes) -> str:
        """Take the next piece of the utterance, and return what it seems to be so far."""
        if self._decoder is None:
            return ""
        self._fed = True
        if self._decoder.AcceptWaveform(self._samples(audio)):
            self._words += _words(self._decoder.Result())
            return self._read(word.text for word in self._words)
        partial = json.loads(self._decoder.PartialResult())["partial"].split()
        return self._read((*(word.text for word in self._words), *partial))

    def finish(self) -> Guess:
        """Return what the utterance was."""
        if self._decoder is None or not self._fed:
            return NOTHING
        words = self._words + _words(self._decoder.FinalResult())
        self.forget()
        text = self._read(word.text for word in words)
        return Guess(text, min(word.confidence for word in words)) if text else NOTHING

    def forget(self) -> None:
        """Drop what was fed."""
        if self._fed:
            self._decoder.Reset()
            if self._doubler is not None:
                self._doubler.restart()
        self._words, self._fed = (), False

    def _samples(self, audio: bytes) -> bytes:
        return decode(audio) if self._doubler is None else self._doubler.feed(audio)

    def _read(self, words: Iterable[str]) -> str:
        return " ".join(words) if self._grammar is None else self._grammar.read(words)


def _json(wanted: Grammar) -> str:
    """Write a grammar for Vosk, which dies of one that is empty."""
    return json.dumps([*wanted.wanted, *wanted.unwanted], ensure_ascii=False)


def _words(result: str) -> tuple[Word, ...]:
    """Read a result, which has no list of words where nothing was heard."""
    found = json.loads(result).get("result", ())
    return tuple(Word(each["word"], each["conf"], each["start"], each["end"]) for each in found)


def _takes_telephone_rate(directory: Path) -> bool:
    """Whether a model takes 8 kHz: Vosk fails at the first audio otherwise (Kaldi, `feat/mel-computations.cc`)."""
    try:
        options = (directory / "conf" / "mfcc.conf").read_text(encoding="utf-8").split()
    except OSError:
        return False
    return "--allow-upsample=true" in options or f"--sample-frequency={SAMPLE_RATE}" in options
