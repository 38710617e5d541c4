"""All that is spoken to try a flow, and who speaks it how, over which line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ivr.core.segments import Voice
from ivr.hear.asked import Question
from ivr.hear.said import foreign, offered
from ivr.speech.jobs import Say

VARIANTS = ("adam", "f5", "m3", "f2", "klatt4", "f1", "m5", "belinda", "m7", "f4", "m1", "f3")
"""Variants of eSpeak NG's voices, men and women in turn: the pitch and the formants differ, as between people."""
DEFAULT_VOICES, DEFAULT_RATES, DEFAULT_NOISE = 4, (140, 165, 200), (30.0, 15.0)

_ANY_VOICE = "art/eo"
"""A variant is named with a voice, and the voice that speaks a language is chosen by `ivr.speech.voices`: of any voice
of another language it takes the variant. Hardly any flow speaks Esperanto."""
_STRIDE = 7_919
"""Places in the noise from one clip to the next."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How everything is said."""

    voices: tuple[str, ...] = VARIANTS[:DEFAULT_VOICES]
    """Variants, or ids of voices as in a flow's `voice`."""
    rates: tuple[int, ...] = DEFAULT_RATES
    """Words a minute."""
    noise: tuple[float | None, ...] = DEFAULT_NOISE
    """Ratios of speech to noise in decibels; None without noise."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something that is said once."""

    label: str
    """That of a row of the matrix, or what the question does not offer."""
    say: Say = field(repr=False)
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


def rounds(questions: Sequence[Question], manner: Manner) -> Iterator[Round]:
    """Plan all trials: phrases in every manner, all else by each voice once, at a rate and over a line in turn."""
    for question in questions:
        others = foreign(question, questions)
        for turn, noise in enumerate(manner.noise):
            own = [
                (label, text, voice, rate)
                for label, text in offered(question).items()
                for voice in manner.voices
                for rate in manner.rates
            ]
            alien = [
                (text, text, voice, manner.rates[(place + number) % len(manner.rates)])
                for place, text in enumerate(others)
                for number, voice in enumerate(manner.voices)
                if (place + number) % len(manner.noise) == turn
            ]
            said = [
                Utterance(label, Say(text, question.language, Voice(named(voice), rate)), place * _STRIDE)
                for place, (label, text, voice, rate) in enumerate((*own, *alien))
            ]
            yield Round(question, noise, tuple(said[: len(own)]), tuple(said[len(own) :]))


def named(voice: str) -> str:
    """The name under which the synthesiser knows a voice: ids have a slash in them."""
    return voice if "/" in voice else f"{_ANY_VOICE}+{voice}"
