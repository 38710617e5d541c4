"""What a call hears of its caller: audio goes to a recogniser, its reports become events, an echo becomes none."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import assert_never

from ivr.core.effects import Listen
from ivr.core.events import Deafened, Event, PhraseHeard, SpeechBegan, SpeechEnded
from ivr.logs import log
from ivr.media.echo import Echo
from ivr.media.frame import Audio
from ivr.speech.ears import Ear, Ears
from ivr.speech.reports import Began, Deaf, Ended, Heard, Report

PROOF_MS = 300
"""Speech that began within the reach of an echo is compared with what was played after so long, and again each time
that so much more was heard."""

logger = logging.getLogger(__name__)


class Hearing:
    """The ears of one call.

    While a prompt plays, and for a moment after, what sounds like speech may be the prompt, come back from the
    caller's loudspeaker; and it holds the very phrases that are listened for. So speech that begins then is told
    only once it has been compared with what was played. If it is the same it is never told, and from then on the
    recogniser gets the caller's audio without the echo.
    """

    def __init__(self, ears: Ears | None, call_id: str, at: Callable[[], int], tell: Callable[[Event], None]) -> None:
        """Hear for one call by these ears, None where nobody can listen; `at` is the time of the call."""
        self.in_text = False
        """Whether the caller speaks in text, which is told as it comes: then there is nothing to recognise."""
        self._ears = ears
        self._call_id = call_id
        self._at = at
        self._tell = tell
        self.ear: Ear | None = None
        """Who wants the caller's audio."""
        self._wanted: Listen | None = None
        self._echo = Echo()
        self._is_echo_possible = ears is not None and bool(ears.loads)
        """Where no recogniser runs, nobody will ever ask what was played."""
        self._proof_due: int | None = None
        """When to find out whose the speech is that began; None where there is none, or that is known."""
        self._is_told = False
        """Speech has begun that is the caller's."""

    def listen(self, wanted: Listen) -> None:
        """Understand this from now on."""
        self._wanted = wanted
        self._forget()
        if self.in_text:
            self.deafen()
        elif self.ear is not None:
            self.ear.listen(wanted)
        elif self._ears is not None:
            self.ear = self._ears.listen(wanted, self._report)
        else:
            self._tell(Deafened(self._at(), "no recogniser runs here"))

    def deafen(self) -> None:
        """Listen no more."""
        self._forget()
        self._echo.paused()
        ear, self.ear = self.ear, None
        if ear is not None:
            ear.close()

    def _listen_anew(self) -> None:
        """Drop the speech in progress."""
        self._forget()
        if self.ear is not None and self._wanted is not None:
            self.ear.listen(self._wanted)

    def _forget(self) -> None:
        self._proof_due, self._is_told = None, False

    # Both ways of the audio

    def played(self, at: int, audio: Audio) -> None:
        """A-law that the caller is to hear from `at` on."""
        if self._is_echo_possible:
            self._echo.played(at, audio)

    def cleared(self) -> None:
        """What the caller was to hear from now on is not heard."""
        if self._is_echo_possible:
            self._echo.cleared(self._at())

    def hear(self, audio: bytes) -> None:
        """Take the caller's audio, A-law."""
        if self.ear is None:
            return
        self._echo.heard(self._at(), audio)
        self.ear.hear(self._echo.without_echo(audio))
        if self._proof_due is not None and self._at() >= self._proof_due:
            self._prove()

    # Reports

    def _report(self, report: Report) -> None:
        match report:
            case Began():
                self._proof_due, self._is_told = self._at() + PROOF_MS, False
                if not self._echo.possible(self._at()):
                    self._tell_began()
            case Heard(text=text, confidence=confidence):
                if self._is_callers():
                    self._tell(PhraseHeard(self._at(), text, confidence))
            case Ended(text=text, confidence=confidence, noisy=noisy):
                if self._is_callers():
                    self._is_told = False
                    self._tell(SpeechEnded(self._at(), text, confidence, noisy))
            case Deaf(why=why):
                self.deafen()
                log(logger, logging.WARNING, "nobody listens", call=self._call_id, why=why)
                self._tell(Deafened(self._at(), why))
            case _:
                assert_never(report)

    def _is_callers(self) -> bool:
        """Whether the speech that has come to a result is the caller's; then it is told that it began."""
        if self._proof_due is not None:
            self._prove()
        if self._proof_due is not None:
            self._tell_began()
        return self._is_told

    def _prove(self) -> None:
        """Find out whose the speech in progress is, if that can be known by now."""
        match self._echo.possible(self._at()) and self._echo.is_echo():
            case False:
                self._tell_began()
            case True:
                log(logger, logging.INFO, "an echo of the prompt is not heard", call=self._call_id)
                self._listen_anew()
            case None:
                self._proof_due = self._at() + PROOF_MS

    def _tell_began(self) -> None:
        self._proof_due, self._is_told = None, True
        self._tell(SpeechBegan(self._at()))
