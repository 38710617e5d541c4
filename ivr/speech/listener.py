"""One caller's listening: when an utterance begins, what it is, and when that is certain.

How it works. Time is counted in audio. Sound is told from silence by `ivr.media.activity`; while the caller is silent
the recogniser gets nothing, and the last moments are kept, because a word begins before it is loud enough to be
noticed. When speech begins, these moments and all that follows are fed, until one of four things happens:

- The caller falls silent for as long as the end of a word takes. The recogniser is asked for its guess: asking makes it
  catch up with what was fed, while what it says of its own accord lags by a third of a second. A whole phrase or the
  last digit ends the utterance at once. Anything else may have been a pause: a short one where nothing is understood or
  a longer phrase has begun, a longer one within digits. If the caller goes on, all is fed again, so that a phrase with
  a pause in it is one phrase; if not, the guess stands and the utterance has ended. To feed much again is dear, so a
  long utterance is asked for only where it seems whole already, or after the longer pause; free speech always so.
- While there still is sound, what it seems to be is a whole phrase, stays so for a while, and no longer phrase can come
  of it. Then the recogniser is asked too; if its guess is the same, the phrase is reported before the end, and the rest
  of the utterance only waited for.
- The utterance becomes longer than anybody speaks into a menu: it ends there.
- Something else is listened for, or nothing any more. Then the rest of the speech answers a question that is over, and
  is dropped until the next silence.

To each `Began` belongs one `Ended`, unless `listen` or `stop` comes between; after `Heard` it says the same again, for
where a phrase was not wanted yet when it was heard.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never

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
PAUSE_MS = 260
"""Silence that may be the end: longer than the closure within a word, as before the last sound of "eight"."""
PARTIAL_MS = 560
"""Silence that ends speech of which nothing is understood, or that has begun a longer phrase: callers think."""
OPEN_MS = 960
"""Silence that ends digits and free speech: callers read numbers in groups."""
SHORT_MS = 2500
"""An utterance up to this long may be fed again after each pause in it; most answers are shorter."""
STABLE_MS = 240
"""What a recogniser says of its own accord is its last word in 97 of 100 cases if unchanged for so long, else in 79."""
LONGEST_MS = 20_000
"""Nobody speaks longer into a menu."""
SHORTEST_SOUND_MS = 140
"""Less sound than this is no word, but a click, a cough or a breath."""
LEAST_STAND_OUT_DB = 10.0
"""Sound that stands less out of the noise of its line is more of that noise."""
LEAST_VARIATION_DB = 2.5
"""Sound that stays within this is noise or a tone; that of 99 words in 100 varies by more, mostly by 10."""
LASTING_MS = 1000
"""Steady sound for so long is the noise of a line; a tone of a key is shorter."""
NOISY_DBFS = -38.0
"""Where the noise of a line is louder than this, callers at -30 to -15 are not understood."""


class _State(Enum):
    DEAF = auto()
    """Nobody listens."""
    SILENT = auto()
    """The caller says nothing."""
    SPEAKING = auto()
    """An utterance is being fed."""
    PAUSING = auto()
    """The caller has fallen silent, and what there is has been guessed."""
    HEARD = auto()
    """The phrase has been reported; the utterance has not ended."""
    STALE = auto()
    """What the caller is still saying answers nothing any more."""


@dataclass(slots=True)
class _Utterance:
    """What is known of the speech in progress."""

    audio: bytes = b""
    seems: str = ""
    """What the recogniser takes it for."""
    unchanged_ms: int = 0
    """For how long it has."""
    refuted: bool = False
    """What seemed certain was not what the recogniser guessed when asked."""
    guess: Guess = NOTHING

    @property
    def too_long(self) -> bool:
        return milliseconds(self.audio) >= LONGEST_MS


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
        self._wanted, self._phrases = wanted, tuple(map(normal, wanted.phrases))
        self._recogniser.listen(wanted)
        self._state = _State.SILENT if self._state in (_State.DEAF, _State.SILENT) else _State.STALE

    def stop(self) -> None:
        """Listen no more: nothing is reported until `listen`."""
        self._recogniser.forget()
        self._activity.restart()
        self._state, self._lead = _State.DEAF, b""

    def hear(self, audio: bytes) -> tuple[Report, ...]:
        """Take the next piece of A-law at 8 kHz, of any length, and return what has become known, in order."""
        size = STEP_MS * SAMPLE_RATE // 1000
        steps = (audio[start : start + size] for start in range(0, len(audio), size))
        return tuple(report for step in steps for report in self._step(step))

    def _step(self, audio: bytes) -> Iterator[Report]:
        if self._state is _State.DEAF:
            return
        began = "began" in self._activity.feed(audio)
        match self._state:
            case _State.SILENT if began:
                yield Began()
                self._state, self._utterance = _State.SPEAKING, _Utterance()
                yield from self._speech(self._lead + audio)
            case _State.SILENT:
                self._lead = (self._lead + audio)[-LEAD_MS * SAMPLE_RATE // 1000 :]
            case _State.SPEAKING:
                yield from self._speech(audio)
            case _State.PAUSING:
                yield from self._pause(audio)
            case _State.HEARD:
                self._utterance.audio += audio
                yield from self._end_after(PAUSE_MS)
            case _State.STALE:
                if self._quiet_ms >= PAUSE_MS:
                    self._fall_silent()
            case _:
                assert_never(self._state)

    @property
    def _quiet_ms(self) -> int:
        """For how long the caller has been silent, up to the longest pause."""
        return self._activity.quiet_ms if self._activity.speaking else OPEN_MS

    # Speech in progress

    def _speech(self, audio: bytes) -> Iterator[Report]:
        self._feed(audio)
        if self._quiet_ms >= self._pause_to_ask_in() or self._utterance.too_long:
            self._utterance.guess = self._guess()
            self._state = _State.PAUSING
            yield from self._end_after(self._patience(self._utterance.guess.text))
        elif self._seems_certain():
            yield from self._ask_early()

    def _pause(self, audio: bytes) -> Iterator[Report]:
        if self._quiet_ms < PAUSE_MS:
            self._state = _State.SPEAKING
            self._feed_again()
            yield from self._speech(audio)
        else:
            self._utterance.audio += audio
            yield from self._end_after(self._patience(self._utterance.guess.text))

    def _feed(self, audio: bytes) -> None:
        utterance, seems = self._utterance, self._recogniser.feed(audio)
        utterance.unchanged_ms = utterance.unchanged_ms + milliseconds(audio) if seems == utterance.seems else 0
        utterance.seems = seems
        utterance.audio += audio

    def _feed_again(self) -> None:
        self._utterance.seems = self._recogniser.feed(self._utterance.audio)
        self._utterance.unchanged_ms = 0

    def _guess(self) -> Guess:
        """Ask the recogniser, but take no word out of what can't be one."""
        guess = self._recogniser.finish()
        return guess if self._activity.sound_ms >= SHORTEST_SOUND_MS and self._stands_out and self._varies else NOTHING

    @property
    def _stands_out(self) -> bool:
        return self._activity.loudness - self._activity.floor >= LEAST_STAND_OUT_DB

    @property
    def _varies(self) -> bool:
        return self._activity.variation >= LEAST_VARIATION_DB

    def _ask_early(self) -> Iterator[Report]:
        """Report what seems certain, if the recogniser says the same when asked."""
        guess = self._guess()
        if normal(guess.text) == normal(self._utterance.seems):
            self._utterance.guess, self._state = guess, _State.HEARD
            yield Heard(guess.text, guess.confidence)
        else:
            self._feed_again()
            self._utterance.refuted = True

    # What may still come

    def _seems_certain(self) -> bool:
        """Whether the phrase may be reported before the caller has ended."""
        utterance, said = self._utterance, normal(self._utterance.seems)
        stable = utterance.unchanged_ms >= STABLE_MS and not utterance.refuted
        return stable and said in self._phrases and self._is_whole(said)

    def _pause_to_ask_in(self) -> int:
        """The silence, in milliseconds, in which the recogniser is asked."""
        utterance = self._utterance
        short = not self._wanted.free and milliseconds(utterance.audio) <= SHORT_MS
        return PAUSE_MS if short else self._patience(utterance.seems)

    def _patience(self, text: str) -> int:
        """The silence, in milliseconds, that ends an utterance if this is what was said."""
        if self._is_whole(normal(text)):
            return PAUSE_MS
        return OPEN_MS if self._wanted.free or self._wanted.digits else PARTIAL_MS

    def _is_whole(self, said: str) -> bool:
        """Whether nothing that is listened for goes on after these words."""
        if self._wanted.free:
            return False
        if said in self._phrases:
            return not any(phrase.startswith(f"{said} ") for phrase in self._phrases)
        digits = spoken_digits(said, self._wanted.language) if self._wanted.digits else None
        return digits is not None and len(digits) >= self._wanted.digits

    # The end

    def _end_after(self, patience: int) -> Iterator[Report]:
        """Report the end of the utterance, if the caller has been silent for so long or speaks for too long."""
        if self._quiet_ms >= patience:
            yield self._ended()
            self._fall_silent()
        elif self._utterance.too_long:
            yield self._ended()
            self._state = _State.STALE

    def _ended(self) -> Ended:
        guess = self._utterance.guess
        return Ended(guess.text, guess.confidence, noisy=not guess.text and self._is_noisy())

    def _is_noisy(self) -> bool:
        lasts = self._activity.sound_ms >= LASTING_MS and not self._varies
        return lasts or not self._stands_out or self._activity.floor >= NOISY_DBFS

    def _fall_silent(self) -> None:
        self._activity.restart()
        self._state, self._lead = _State.SILENT, b""
