"""One call, live: facts from the carrier and from the world go into `step`, effects come out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from time import perf_counter

from ivr.calls.attendance import Attendance
from ivr.calls.claim import PATIENT_S, Claim
from ivr.calls.clock import Alarm
from ivr.calls.meters import METERS
from ivr.calls.performer import Performer
from ivr.calls.services import Services
from ivr.calls.store.store import Stored
from ivr.calls.telling import log_end, log_step
from ivr.calls.wire import GOING_AWAY, Wire
from ivr.carriers.audio_messages import is_media
from ivr.carriers.facts import Cleared, Fact, Key, Marked, Media, Nonsense, Said, Speaking, Started, Stopped
from ivr.carriers.sfvopi import Stream
from ivr.core.effects import Effect
from ivr.core.events import (
    Answered,
    DeadlinePassed,
    Event,
    HungUp,
    KeyPressed,
    PlaybackEnded,
    Reconnected,
    SpeechBegan,
    SpeechEnded,
    Who,
)
from ivr.core.flow import Flow
from ivr.core.session import Session
from ivr.core.step import give_up, step
from ivr.logs import log

CERTAIN = 1.0
"""The confidence of what comes as text."""

logger = logging.getLogger(__name__)


class Driver:
    """One inbox, one alarm, one session.

    Theory of operation. Whatever happens becomes an event with the time at which it happened; events are stepped
    through one after the other, and the effects of each are performed before the next. Nothing here waits: what
    takes time is a task of the performer, and its result is an event again. The alarm wakes the call for whichever
    comes first of the session's deadline, the next audio to send and the death of a silent stream. All that is to
    be known of the call is in the session.

    When the stream breaks, the time of the call stands still, and its alarm waits for the carrier to come back: to
    this process, or to another one, which takes the call from the store.
    """

    def __init__(
        self,
        flow: Flow,
        session: Session,
        services: Services,
        done: Callable[[Driver], None],
        stored: Stored | None = None,
    ) -> None:
        """Hold a call that waits for its stream, new or `stored` by another process; `done` is told at its end here."""
        self.session = session
        self._flow = flow
        self._services = services
        self._done = done
        self.attendance = Attendance(services, None if stored is None else stored.at)
        self._inbox: list[Event] = []
        self._stepping = False
        self._alarm = Alarm(services.clock, self._wake)
        self.claim = Claim(services.store, flow, session, stored)
        self.claim.when_lost(partial(self.abandon, taken=True))
        self._performer = Performer(services, session.call, self.at, self.tell, self._look, self.claim)
        self._stored = stored

    @property
    def over(self) -> bool:
        """Whether the call has ended, though there may be work after it."""
        return self.session.over

    # Time

    def at(self) -> int:
        """Milliseconds since the call began, without those in which nobody was there."""
        return self.attendance.at()

    def _set_alarm(self) -> None:
        audio, connected = self._performer.wake(self.at()), self._performer.connected
        self._alarm.set(self.attendance.wakes_at(self.session, audio, connected=connected))

    def _wake(self) -> None:
        """Do what is due, if anything is: the alarm may be early."""
        if self.attendance.given_up:
            self.hang_up()
        elif self.attendance.broken:
            self._set_alarm()
        elif self._performer.connected and self.attendance.silent:
            log(logger, logging.WARNING, "stream is silent", call=self.session.call.id)
            self._performer.disconnect(GOING_AWAY)
            self._break()
        elif not self.over and self.attendance.too_long:
            log(logger, logging.WARNING, "call is too long", call=self.session.call.id)
            self.hang_up()
        elif self.session.deadline is not None and (now := self.at()) >= self.session.deadline:
            self.tell(DeadlinePassed(now))
        else:
            self._look()

    # The carrier's side

    def connect(self, wire: Wire, stream: Stream, *, desk: bool) -> None:
        """The stream is open: for the first time, or again after a break."""
        again = self.session.phase != "waiting"
        self.attendance.come()
        self.attendance.media()
        self._performer.connect(wire, stream, desk=desk)
        self._take_up()
        self.tell(Reconnected(self.at()) if again else Answered(self.at()))

    def resume(self) -> None:
        """Go on with a call of another process to which nobody has come back: end it, and do what is left to do."""
        self.attendance.come()
        self._take_up()
        if self.over:
            self._look()
        else:
            self.tell(HungUp(self.at()))

    def _take_up(self) -> None:
        """What the process before had begun for the call goes on here, as far as it can."""
        if self._stored is not None:
            self._performer.take_up(self._stored, lambda lookup: self.session.fetching == lookup)
            self._stored = None

    def receive(self, wire: Wire, message: str | bytes) -> None:
        """A message of the stream; media that nobody listens to is not even parsed."""
        if self._performer.wire is not wire:
            return  # A newer connection has taken its place, or the call is over.
        if isinstance(message, str) and is_media(message):
            self.attendance.media()
            if not self._performer.listening:
                return
        for fact in self._performer.parse(message):
            self._take(fact)

    def _take(self, fact: Fact) -> None:
        match fact:
            case Key(key=key):
                self._performer.reflex.key_came()
                self.tell(KeyPressed(self.at(), key))
                self._performer.reflex.key_is_done()
            case Marked(name=name):
                self._heard(self._performer.acknowledge(name))
            case Media(audio=audio):
                self.attendance.media()
                self._performer.hear(audio)
            case Speaking():
                self.tell(SpeechBegan(self.at()))
            case Said(text=text):
                self.tell(SpeechEnded(self.at(), text, CERTAIN))
            case Stopped():
                self._performer.disconnect()
                self.hang_up()
            case Started() | Cleared() | Nonsense():
                pass  # The first start opened the stream; what was cleared is forgotten when it is.

    def disconnected(self, wire: Wire, *, hung_up: bool) -> None:
        """A connection is closed, in order or broken; only the newest one means anything."""
        if self._performer.wire is wire:
            self._performer.disconnect()
            if hung_up:
                self.hang_up()
            else:
                self._break()

    def hang_up(self, by: Who = "caller") -> None:
        """End the call for its caller, or for an operator, unless it has gone on elsewhere since its stream broke."""
        if self.attendance.broken:
            self._performer.begin(self._not_back())
        else:
            self.tell(HungUp(self.at(), by))

    def _break(self) -> None:
        """Nobody is there: wait for the carrier to come back. What is left to do after a call does not wait."""
        if not self.over:
            log(logger, logging.WARNING, "stream broke", call=self.session.call.id)
            METERS.broken += 1
            self.attendance.go()
        self._set_alarm()

    async def _not_back(self) -> None:
        """Nobody came back in time: hang up, if the call has not gone on elsewhere."""
        if not await self.claim.holds(PATIENT_S):
            self.abandon(taken=True)
        elif self.attendance.broken:
            log(logger, logging.WARNING, "stream did not come back", call=self.session.call.id)
            self.tell(HungUp(self.at()))

    # Other processes

    async def hand_over(self, code: int) -> None:
        """Let another process go on with the call, once the carrier comes back because of this close code.

        The answer to a lookup on its way is waited for here: it would be lost with this process.
        """
        await self.claim.settled()
        self._performer.disconnect(code)
        self._break()
        await self._performer.errands.end()
        self.abandon()

    def abandon(self, *, taken: bool = False) -> None:
        """Do nothing more for the call here: another process has `taken` it, or may."""
        if self._performer.finished:
            return
        if not taken:
            self.claim.let_go()
        self.session = replace(self.session, phase="done", deadline=None)
        self._set_alarm()
        self._performer.finish(GOING_AWAY, taken=taken)
        self._done(self)

    # Events

    def tell(self, event: Event) -> None:
        """Let something happen; from inside of a step it waits for its turn."""
        self._inbox.append(event)
        if self._stepping:
            return
        self._stepping = True
        try:
            while self._inbox:
                self._step(self._inbox.pop(0))
        finally:
            self._stepping = False
        self._look()

    def _step(self, event: Event) -> None:
        before = self.session
        if before.phase == "done":
            return
        began = perf_counter()
        try:
            self._become(event, *step(self._flow, before, event))
        except Exception:
            # Nothing may go on half done, and nobody but this call may notice.
            logger.exception("a bug of ours ended the call %s", before.call.id)
            self._give_up(before, event)
        METERS.stepped(self._flow.id, event, perf_counter() - began)

    def _give_up(self, before: Session, event: Event) -> None:
        try:
            self._become(event, *give_up(self._flow, before, event.at))
        except Exception:
            logger.exception("not even an apology can be heard in the call %s", before.call.id)
            self.session = replace(before, phase="done", deadline=None, reason=before.reason or "error")
            self._finish()

    def _become(self, event: Event, session: Session, effects: tuple[Effect, ...]) -> None:
        """Take the next session, and perform the effects that lead to it."""
        before, self.session = self.session, session
        self.claim.step(before, event, session, effects)
        if self.over:
            self.attendance.come()
        self._performer.come_to(session)
        log_step(before, event, session, effects)
        for effect in effects:
            self._performer.perform(effect)
        if session.phase == "done":
            self._finish()

    def _finish(self) -> None:
        log_end(self._flow, self.session)
        self.claim.end(self.session)
        self.claim.when_durable(self._finished)

    def _finished(self) -> None:
        self._performer.finish()
        self._done(self)

    # Audio

    def _look(self) -> None:
        """Send the audio that is due, tell what has been heard, and set the alarm."""
        if self._stepping:
            return
        if heard := self._performer.pump(self.at()):
            self._heard(heard)
        else:
            self._set_alarm()

    def _heard(self, playbacks: tuple[int, ...]) -> None:
        for playback in playbacks:
            self.tell(PlaybackEnded(self.at(), playback))
