"""All that is spoken to try a flow, and who speaks it how, over which line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ivr.core.segments import Speech
from ivr.hear.asked import Question
from ivr.hear.said import foreign, offered
from ivr.hear.voices import voice

DEFAULT_VOICES, DEFAULT_RATES, DEFAULT_NOISE = 3, (150, 185), (30.0, 15.0)

_STRIDE = 7_919
"""Places in the noise from one clip to the next."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How everything is said."""

    voices: tuple[str, ...] | int = DEFAULT_VOICES
    """Names as of `ivr.hear.voices`, or how many of the usual ones of each language."""
    rates: tuple[int, ...] = DEFAULT_RATES
    """Words a minute."""
    noise: tuple[float | None, ...] = DEFAULT_NOISE
    """Ratios of speech to noise in decibels; None without noise."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something that is said once."""

    label: str
    """That of a row of the matrix, or what the question does not offer."""
    voice: str
    speech: Speech = field(repr=False)
    place: int
    """Where in the noise it begins."""


@dataclass(frozen=True, slots=True)
class Round:
    """What is said to one question over one line."""

    question: Question
    noise: float | None
    offered: tuple[Utterance, ...]
    foreign: tuple[Utterance, ...]

    @property
    def utterances(self) -> tuple[Utterance, ...]:
        """All that is said, in order."""
        return (*self.offered, *self.foreign)


def rounds(questions: Sequence[Question], voices: Mapping[str, Sequence[str]], manner: Manner) -> Iterator[Round]:
    """Plan all trials: phrases in every manner, all else by each voice once, at a rate and over a line in turn.

    `voices` are the names of those that speak each language.
    """
    for question in questions:
        others = foreign(question, questions)
        for turn, noise in enumerate(manner.noise):
            own = [
                (label, text, name, rate)
                for label, text in offered(question).items()
                for name in voices[question.language]
                for rate in manner.rates
            ]
            alien = [
                (text, text, name, manner.rates[(place + number) // len(manner.noise) % len(manner.rates)])
                for place, text in enumerate(others)
                for number, name in enumerate(voices[question.language])
                if (place + number) % len(manner.noise) == turn
            ]
            said = [
                Utterance(label, name, Speech(text, text, question.language, voice(name, rate), True), place * _STRIDE)
                for place, (label, text, name, rate) in enumerate((*own, *alien))
            ]
            yield Round(question, noise, tuple(said[: len(own)]), tuple(said[len(own) :]))
