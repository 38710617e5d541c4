"""PocketSphinx behind the port of recognisers: English only, its model and dictionary come with its wheel."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pocketsphinx  # type: ignore[import-untyped]  # it has no type hints

from ivr.core.effects import Listen
from ivr.core.spoken import digit_words, normal
from ivr.media.resample import Upsampler
from ivr.speech.engine import NOTHING, Guess

RATE = 16_000
"""What the model was made for, in hertz."""

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
        return frozenset(word for word in words if self._words.lookup_word(word.casefold()) is None)


class SphinxRecogniser:
    """A decoder of its own, whose grammars are switched."""

    def __init__(self) -> None:
        self._decoder = _decoder()
        self._sound = Upsampler(RATE)
        self._fed = False

    def listen(self, wanted: Listen) -> None:
        """Understand this from now on."""
        self.forget()
        name = "wanted"
        if wanted.free:
            self._decoder.add_lm_file(name, str(_MODEL / "en-us.lm.bin"))
        else:
            offered = [normal(phrase) for phrase in wanted.phrases]
            offered = [each for each in offered if all(self._decoder.lookup_word(word) for word in each.split())]
            if wanted.digits:
                offered.append(f"( {' | '.join(filter(self._decoder.lookup_word, digit_words('en')))} )+")
            grammar = f"#JSGF V1.0; grammar wanted; public <wanted> = {' | '.join(offered or ['<VOID>'])};"
            self._decoder.add_jsgf_string(name, grammar)
        self._decoder.activate_search(name)

    def feed(self, audio: bytes) -> str:
        """Take the next piece of the utterance and return what it seems to be so far."""
        self._process(self._sound.feed(audio))
        return self._text() if self._fed else ""

    def finish(self) -> Guess:
        """Return what the utterance was."""
        self._process(self._sound.finish())
        if not self._fed:
            return NOTHING
        self._end()
        text = self._text()
        return Guess(text, 0.6) if text else NOTHING

    def forget(self) -> None:
        """Drop what was fed."""
        self._sound.forget()
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
        return hypothesis.hypstr if hypothesis else ""


def _decoder() -> pocketsphinx.Decoder:
    return pocketsphinx.Decoder(
        hmm=str(_MODEL / "en-us"), dict=str(_MODEL / "cmudict-en-us.dict"), lm=None, loglevel="FATAL"
    )
