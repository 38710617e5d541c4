"""PocketSphinx behind the port of recognisers: English only, its model and dictionary come with its wheel.

How it rejects. Asked for one of three phrases, a decoder makes one of them of everything. So a second decoder hears the
same audio and may take it for any string of phones. Where a phrase of the grammar was said, the phrase explains the
audio about as well as the best phones do; where something else was said, the phones explain it far better. The
difference of the two log-likelihoods, for each frame in which words were heard, and the length of the phrase are all
that the confidence is made of; but what was heard for far longer than the phrase takes is noise, which its hisses are
drawn out to explain. How the constants were found stands in docs/speech-measurements.md.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pocketsphinx  # type: ignore[import-untyped]  # it ships no type hints

from ivr.core.effects import Listen
from ivr.media.interpolate import Interpolator
from ivr.speech.engine import NOTHING, Guess
from ivr.speech.grammar import Grammar, grammar, unknown

_MODEL = Path(pocketsphinx.get_model_path()) / "en-us"
_ACOUSTIC, _DICTIONARY = _MODEL / "en-us", _MODEL / "cmudict-en-us.dict"
_PHONES, _TEXTS = _MODEL / "en-us-phone.lm.bin", _MODEL / "en-us.lm.bin"

_MEANS = "47,6.4,-1.1,4.4,-1.9,-3,-3.6,-0.5,-1.4,3.2,-4.2,1.2,-0.7"
"""The cepstral means of words on the telephone, as the interpolator gives them, which each utterance begins with: a
decoder learns them too slowly for an utterance, and what one caller said must not change how the next is understood.
With its own, for microphones, a fifth fewer words are understood."""
_GRAMMARS = 32
"""So many are kept by a recogniser; each takes some kilobytes."""
_SCALE = 1024
"""PocketSphinx divides its acoustic log-likelihoods by this (`SENSCR_SHIFT` in its `hmm.h`)."""
_EVEN, _EVEN_BY_LENGTH = 1.1, -1.0
"""The advantage over any phones, in nats a frame, that one utterance in fifty outside the grammar reaches: so much, and
so much for the logarithm of a phrase's phones. The longer a phrase, the worse does chance match it."""
_STEEPNESS = 1.2
"""How fast confidence grows with the advantage, per nat a frame."""
_HIGHEST = 50.0
"""No exponent needs to be higher: what is still less likely has no confidence either."""
_LONGEST_PHONE = 30
"""Frames for each phone of what was heard; of 280 words hardly one was drawn out to more. In hiss, words that are
falsely heard mostly last longer."""
_USUAL_PHONES = 3.0
"""Of a word of free speech, where the grammar does not bound what may be matched by chance."""


class SphinxEngine:
    """The English model of PocketSphinx's wheel."""

    def __init__(self) -> None:
        """Read the dictionary."""
        lines = _DICTIONARY.read_text(encoding="utf-8").splitlines()
        self._pronunciations = dict(line.split(" ", 1) for line in lines if line)

    def recogniser(self) -> SphinxRecogniser:
        """Make what understands one caller: about 10 MB, and 20 ms of a processor."""
        return SphinxRecogniser(self._pronunciations)

    def unknown(self, words: Iterable[str]) -> frozenset[str]:
        """Those of some words that the dictionary lacks."""
        return unknown(words, self._pronunciations.__contains__)


class SphinxRecogniser:
    """Understands one utterance of one caller after the other."""

    def __init__(self, pronunciations: Mapping[str, str]) -> None:
        """Listen for nothing at first."""
        self._pronunciations = pronunciations
        # Without a dictionary a decoder takes 5 MB instead of 27: words are added when a grammar needs them.
        self._bounded = _Decoder(dict=None)
        self._free: _Decoder | None = None
        self._phones = _Decoder(dict=None)
        self._phones.search.add_allphone_file("phones", str(_PHONES))
        self._phones.search.activate_search("phones")
        self._decoder: _Decoder | None = None
        self._grammar: Grammar | None = None
        self._grammars: OrderedDict[str, None] = OrderedDict()
        self._words: set[str] = set()
        self._sound = Interpolator()

    def listen(self, wanted: Listen) -> None:
        """Understand this from now on."""
        self.forget()
        if wanted.free:
            self._grammar = None
            self._decoder = self._free = self._free or _free()
            return
        self._grammar = grammar(wanted, self._pronunciations.__contains__)
        self._decoder = None if self._grammar.empty else self._bounded
        if not self._grammar.empty:
            self._switch(_choices(self._grammar))

    def feed(self, audio: bytes) -> str:
        """Take the next piece of the utterance, and return what it seems to be so far."""
        if self._decoder is None or not audio:
            return ""
        samples = self._sound.feed(audio)
        self._decoder.feed(samples)
        self._phones.feed(samples)
        return self._read(self._decoder.text)

    def finish(self) -> Guess:
        """Return what the utterance was."""
        if self._decoder is None or not self._decoder.fed:
            return NOTHING
        self.forget()
        said, frames = self._decoder.text, self._decoder.frames
        text, words = self._read(said), said.split()
        if not text or not frames or frames > _LONGEST_PHONE * self._phones_of(words):
            return NOTHING
        advantage = (self._decoder.likelihood - self._phones.likelihood) / frames
        even = _EVEN + _EVEN_BY_LENGTH * math.log(self._length(words))
        return Guess(text, 1 / (1 + math.exp(min(-_STEEPNESS * (advantage - even), _HIGHEST))))

    def forget(self) -> None:
        """Drop what was fed."""
        if self._decoder is not None:
            self._decoder.end()
        self._phones.end()
        self._sound.restart()

    def _switch(self, choices: str) -> None:
        """Make a grammar the one that counts: one used before, or a new one for the one unused for longest."""
        decoder = self._bounded.search
        if choices not in self._grammars:
            self._learn(choices.split())
            decoder.add_jsgf_string(choices, f"#JSGF V1.0; grammar wanted; public <wanted> = {choices};")
        self._grammars[choices] = None
        self._grammars.move_to_end(choices)
        decoder.activate_search(choices)
        if len(self._grammars) > _GRAMMARS:
            decoder.remove_search(self._grammars.popitem(last=False)[0])

    def _learn(self, words: Iterable[str]) -> None:
        """Give the decoder all pronunciations of words, the second and later ones named `word(2)` and so on."""
        for word in words:
            spelt, times = word, 1
            while word not in self._words and spelt in self._pronunciations:
                self._bounded.search.add_word(spelt, self._pronunciations[spelt], False)
                times += 1
                spelt = f"{word}({times})"
            self._words.add(word)

    def _length(self, words: Sequence[str]) -> float:
        """Count the phones of a phrase; of digits the mean of a word, for a string of them fits any speech better."""
        if self._grammar is None:
            return _USUAL_PHONES
        phones = self._phones_of(words)
        return phones if tuple(words) in self._grammar.phrases else phones / len(words)

    def _phones_of(self, words: Sequence[str]) -> int:
        return sum(len(self._pronunciations[word].split()) for word in words)

    def _read(self, words: str) -> str:
        return words if self._grammar is None else self._grammar.read(words.split())


class _Decoder:
    """One of PocketSphinx, and whether it is in the middle of an utterance."""

    def __init__(self, **settings: Any) -> None:
        # All senones are computed, not only those in use, because scores count from the best one computed:
        # else those of two decoders could not be compared.
        options = {"hmm": str(_ACOUSTIC), "lm": None, "compallsen": True, "bestpath": False, "loglevel": "FATAL"}
        self.search = pocketsphinx.Decoder(**options | settings)
        self.fed = False

    def feed(self, samples: bytes) -> None:
        if not self.fed:
            self.search.set_cmn(_MEANS)
            self.search.start_utt()
            self.fed = True
        self.search.process_raw(samples)

    def end(self) -> None:
        if self.fed:
            self.search.end_utt()
            self.fed = False

    @property
    def text(self) -> str:
        """The words of the best hypothesis."""
        best = self.search.hyp()
        return str(best.hypstr) if best else ""

    @property
    def likelihood(self) -> float:
        """The log-likelihood of the whole utterance, in nats; what is not understood at all has almost none."""
        best = self.search.hyp()
        return math.log(max(best.best_score, math.ulp(0))) * _SCALE if best else -math.inf

    @property
    def frames(self) -> int:
        """The frames of 10 ms in which words were heard, not silence or noise."""
        return sum(
            part.end_frame - part.start_frame + 1 for part in self.search.seg() or () if part.word[0] not in "<[(+"
        )


def _free() -> _Decoder:
    """Make a decoder of any English.

    Its beams are narrower than the usual ones, and nothing is searched again at the end: a quarter of a processor
    instead of more than a half while it is fed, and an answer in 30 ms instead of 360.
    """
    beams = {"beam": 1e-40, "pbeam": 1e-40, "wbeam": 1e-20, "maxhmmpf": 3000}
    decoder = _Decoder(dict=str(_DICTIONARY), fwdflat=False, **beams)
    decoder.search.add_lm_file("texts", str(_TEXTS))
    decoder.search.activate_search("texts")
    return decoder


def _choices(wanted: Grammar) -> str:
    """Write what is listened for as the right side of a rule of JSGF."""
    choices = [*map(" ".join, wanted.phrases)]
    if wanted.digits:
        choices.append(f"( {' | '.join(wanted.digits)} )+")
    return " | ".join(choices)
