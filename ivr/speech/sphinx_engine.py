"""PocketSphinx behind the port of recognisers: English only, its model and dictionary come with its wheel."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pocketsphinx  # type: ignore[import-untyped]  # it has no type hints

from ivr.core.effects import Listen
from ivr.media.resample import Doubler
from ivr.speech.engine import NOTHING, Guess
from ivr.speech.grammar import Grammar, grammar, unknown

_MODEL = Path(pocketsphinx.get_model_path()) / "en-us"


class SphinxEngine:
    """The English model of PocketSphinx's wheel."""

    def __init__(self) -> None:
        self._words = _decoder()

    def recogniser(self) -> SphinxRecogniser:
        """Make what understands one caller: 27 MB, and 0.1 to 0.2 s of a processor."""
        return SphinxRecogniser()

    def unknown(self, words: Iterable[str]) -> frozenset[str]:
        """Those of some words that the dictionary does not have."""
        return unknown(words, self._words.lookup_word)


class SphinxRecogniser:
    """A decoder of its own, whose grammars are switched."""

    def __init__(self) -> None:
        self._decoder = _decoder()
        self._sound = Doubler()
        self._grammar: Grammar | None = None
        self._fed = False

    def listen(self, wanted: Listen) -> None:
        """Understand this from now on."""
        self.forget()
        name = "wanted"
        if wanted.free:
            self._grammar = None
            self._decoder.add_lm_file(name, str(_MODEL / "en-us.lm.bin"))
        else:
            self._grammar = grammar(wanted, self._decoder.lookup_word)
            self._decoder.add_jsgf_string(name, _jsgf(self._grammar))
        self._decoder.activate_search(name)

    def feed(self, audio: bytes) -> str:
        """Take the next piece of the utterance and return what it seems to be so far."""
        self._process(self._sound.feed(audio))
        return self._text() if self._fed else ""

    def finish(self) -> Guess:
        """Return what the utterance was."""
        self._process(self._sound.feed(b"", last=True))
        self._sound.restart()
        if not self._fed:
            return NOTHING
        self._end()
        text = self._text()
        return Guess(text, 0.6) if text else NOTHING

    def forget(self) -> None:
        """Drop what was fed."""
        self._sound.restart()
        if self._fed:
            self._end()

    def _process(self, samples: bytes) -> None:
        if not samples:
            return
        if not self._fed:
            self._decoder.start_utt()
            self._fed = True
        self._decoder.process_raw(samples)

    def _end(self) -> None:
        self._decoder.end_utt()
        self._fed = False

    def _text(self) -> str:
        hypothesis = self._decoder.hyp()
        if hypothesis is None:
            return ""
        text: str = hypothesis.hypstr
        return text if self._grammar is None else self._grammar.read(text.split())


def _jsgf(wanted: Grammar) -> str:
    """Write a grammar as PocketSphinx reads it."""
    choices = [*map(" ".join, wanted.phrases)]
    if wanted.digits:
        choices.append(f"( {' | '.join(wanted.digits)} )+")
    return f"#JSGF V1.0; grammar wanted; public <wanted> = {' | '.join(choices) or '<VOID>'};"


def _decoder() -> pocketsphinx.Decoder:
    return pocketsphinx.Decoder(
        hmm=str(_MODEL / "en-us"), dict=str(_MODEL / "cmudict-en-us.dict"), lm=None, loglevel="FATAL"
    )
