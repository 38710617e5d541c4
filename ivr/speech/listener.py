"""One caller's listening: when an utterance begins, what it is, and when that is certain.

How it works. Time is counted in audio. Sound is told from silence by `ivr.media.activity`; while the caller is
silent the recogniser gets nothing, and the last moments are kept, because a word begins before it is loud enough to
be noticed. When speech begins, these moments and all that follows are fed, until one of four things happens:

- The caller falls silent. How long a silence is waited for depends on what may still come: not long after a whole
  phrase or the last digit, longer where nothing is understood yet or a longer phrase has begun, longest within digits
  and free speech. Then the recogniser is asked for its guess, and the utterance has ended.
- What it takes the speech for is a whole phrase, stays so for a while, and no longer phrase can come of it. Then it is
  asked at once; if its guess is the same, the phrase is reported before the end, and what follows is fed no more.
- The utterance becomes longer than anybody speaks into a menu: it ends there.
- Something else is listened for, or nothing any more. Then the rest of the speech answers a question that is over,
  and is dropped until the next silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from ivr.core.effects import Listen
from ivr.core.spoken import normal, spoken_digits
from ivr.media.activity import Activity
from ivr.media.frame import SAMPLE_RATE, milliseconds
from ivr.speech.engine import NOTHING, Guess, Recogniser
from ivr.speech.reports import Began, Ended, Heard, Report

STEP_MS = 100
"""The longest piece of audio that is judged at once."""
LEAD_MS = 400
"""So much from before speech is noticed belongs to it: 100 ms of sound are needed to notice it, and the consonants
that a word begins with are soft."""
WHOLE_MS = 260
"""Silence that ends a whole phrase: longer than the closure within a word, as before the last sound of "eight"."""
PARTIAL_MS = 560
"""Silence that ends speech of which nothing is understood yet, or that has begun a longer phrase: recognisers lag by
some 300 ms, and callers pause between words."""
OPEN_MS = 960
"""Silence that ends digits and free speech: callers read numbers in groups."""
STABLE_MS = 240
"""A partial result unchanged for so long is the final one in 97 of 100 cases; the first one in 79 (docs/speech.md)."""
LONGEST_MS = 20_000
"""Nobody speaks longer into a menu."""
SHORTEST_SOUND_MS = 140
"""Less sound than this is no word: a cough, a click, a breath."""
LEAST_STAND_OUT_DB = 10.0
"""Speech that stands less out of the noise of its line can't be told from it."""
NOISY_DBFS = -38.0
"""A line with a noise above this is too loud to understand anything."""


class _State(Enum):
    DEAF = auto()
    """Nobody listens."""
    SILENT = auto()
    """The caller says nothing."""
    SPEAKING = auto()
    """An utterance is being fed."""
    DECIDED = auto()
    """Its phrase has been reported; its end has not come."""
    STALE = auto()
    """The caller goes on with what answers nothing any more."""


@dataclass(slots=True)
class _Utterance:
    """What is known of the speech in progress."""

    audio: bytes = b""
    """What was fed."""
    seems: str = ""
    """What the recogniser takes it for."""
    unchanged: int = 0
    """Milliseconds for which it has."""
    refuted: bool = False
    """A phrase that seemed certain was not what the recogniser guessed in the end."""
    guess: Guess = NOTHING

    @property
    def length(self) -> int:
        """Its milliseconds so far."""
        return milliseconds(self.audio)


class Listener:
    """Listens to one caller. One object serves a whole call, so that the noise of its line is learnt once."""

    def __init__(self, recogniser: Recogniser) -> None:
        """Listen for nothing at first."""
        self._recogniser = recogniser
        self._activity = Activity(OPEN_MS)
        self._wanted = Listen("", ())
        self._phrases: tuple[str, ...] = ()
        self._state = _State.DEAF
        self._lead = b""
        self._utterance = _Utterance()

    def listen(self, wanted: Listen) -> None:
        """Listen for this from now on; speech in progress answers an earlier question, and is not reported."""
        speaking = self._state in (_State.SPEAKING, _State.DECIDED, _State.STALE)
        self._wanted, self._phrases = wanted, tuple(map(normal, wanted.phrases))
        self._recogniser.listen(wanted)
        self._state = _State.STALE if speaking else _State.SILENT

    def stop(self) -> None:
        """Listen no more; nothing is reported until `listen`."""
        self._recogniser.forget()
        self._activity.restart()
        self._state, self._lead = _State.DEAF, b""

    def hear(self, audio: bytes) -> tuple[Report, ...]:
        """Take the next piece of A-law at 8 kHz, of any length, and return what has become known, in order."""
        if self._state is _State.DEAF:
            return ()
        return tuple(report for piece in _pieces(audio) for report in self._step(piece))

    def _step(self, audio: bytes) -> Iterator[Report]:
        changes = self._activity.feed(audio)
        match self._state:
            case _State.SILENT if "began" in changes:
                self._begin()
                yield Began()
                yield from self._take(self._lead + audio)
            case _State.SILENT:
                self._lead = (self._lead + audio)[-LEAD_MS * SAMPLE_RATE // 1000 :]
            case _State.SPEAKING:
                yield from self._take(audio)
            case _State.DECIDED:
                self._utterance.audio += audio
                if self._over(WHOLE_MS):
                    yield self._end()
            case _State.STALE:
                if not self._activity.speaking or self._activity.quiet_ms >= WHOLE_MS:
                    self._silence()
            case _State.DEAF:
                pass

    def _begin(self) -> None:
        self._state, self._utterance = _State.SPEAKING, _Utterance()

    def _take(self, audio: bytes) -> Iterator[Report]:
        """Feed the utterance in progress, and report what is certain."""
        utterance = self._utterance
        seems = self._recogniser.feed(audio)
        utterance.audio += audio
        utterance.unchanged = utterance.unchanged + milliseconds(audio) if seems == utterance.seems else 0
        utterance.seems = seems
        if self._over(self._patience(seems)):
            utterance.guess = self._judged(self._recogniser.finish())
            yield self._end()
        elif self._certain():
            guess = self._judged(self._recogniser.finish())
            if normal(guess.text) == normal(seems):
                utterance.guess, self._state = guess, _State.DECIDED
                yield Heard(guess.text, guess.confidence)
            else:
                utterance.refuted = True
                self._recogniser.feed(utterance.audio)

    def _over(self, patience: int) -> bool:
        """Whether the caller has been silent for so long, or has spoken for too long."""
        activity = self._activity
        return not activity.speaking or activity.quiet_ms >= patience or self._utterance.length >= LONGEST_MS

    def _patience(self, seems: str) -> int:
        """Milliseconds of silence that end what the speech seems to be."""
        said = normal(seems)
        if self._wanted.free:
            return OPEN_MS
        if self._whole(said):
            return WHOLE_MS
        if self._wanted.digits and (not said or spoken_digits(said, self._wanted.language) is not None):
            return OPEN_MS
        return PARTIAL_MS

    def _whole(self, said: str) -> bool:
        """Whether nothing more can come after these words."""
        if said in self._phrases:
            return not any(phrase.startswith(f"{said} ") for phrase in self._phrases)
        digits = spoken_digits(said, self._wanted.language) if self._wanted.digits else None
        return digits is not None and len(digits) >= self._wanted.digits

    def _certain(self) -> bool:
        """Whether the phrase can be reported before the caller has ended."""
        utterance, said = self._utterance, normal(self._utterance.seems)
        return (
            utterance.unchanged >= STABLE_MS
            and not utterance.refuted
            and not self._wanted.free
            and said in self._phrases
            and self._whole(said)
        )

    def _judged(self, guess: Guess) -> Guess:
        """Take no word out of what is too short or too soft for one."""
        loud_enough = self._activity.loudness - self._activity.floor >= LEAST_STAND_OUT_DB
        return guess if loud_enough and self._activity.sound_ms >= SHORTEST_SOUND_MS else NOTHING

    def _end(self) -> Ended:
        """End the utterance: report it, and wait for the next one."""
        guess = self._utterance.guess
        noisy = not guess.text and self._noisy()
        if self._activity.speaking and self._utterance.length >= LONGEST_MS:
            self._state = _State.STALE
        else:
            self._silence()
        return Ended(guess.text, guess.confidence, noisy)

    def _noisy(self) -> bool:
        floor = self._activity.floor
        return floor >= NOISY_DBFS or self._activity.loudness - floor < LEAST_STAND_OUT_DB

    def _silence(self) -> None:
        self._activity.restart()
        self._state, self._lead = _State.SILENT, b""


def _pieces(audio: bytes) -> Iterator[bytes]:
    size = STEP_MS * SAMPLE_RATE // 1000
    return (audio[start : start + size] for start in range(0, len(audio), size))
