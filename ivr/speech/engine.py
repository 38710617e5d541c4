"""The port behind which each recogniser stands: what it is asked, and what it gives back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ivr.core.effects import Listen


@dataclass(frozen=True, slots=True)
class Guess:
    """What an utterance was taken for."""

    text: str
    """A phrase, digits as words, or any words, as `Listen` asked for them; empty where it was none of these."""
    confidence: float
    """0 to 1, and calibrated: at 0.5 about one utterance in fifty that is not offered passes
    (docs/speech-measurements.md)."""


NOTHING = Guess("", 0.0)


class Recogniser(Protocol):
    """Understands one utterance of one caller after the other.

    The user says `listen` first, then feeds an utterance and asks for the guess, again and again; to `listen` for
    something else, or to `forget` what was fed, is allowed at any time.
    """

    def listen(self, wanted: Listen) -> None:
        """Understand this from now on; what was fed is forgotten."""

    def feed(self, audio: bytes) -> str:
        """Take the next piece of the utterance, A-law at 8 kHz, and return what it seems to be so far."""

    def finish(self) -> Guess:
        """The utterance has ended: return what it was, and be ready for the next one."""

    def forget(self) -> None:
        """Drop what was fed."""


class Engine(Protocol):
    """A speech model in the memory of this process."""

    def recogniser(self) -> Recogniser:
        """Make what understands one caller."""

    def unknown(self, words: Iterable[str]) -> frozenset[str]:
        """Those of some words, as written in a flow, that it can never hear."""
