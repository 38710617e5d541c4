"""One call, live: facts from the carrier and from the world go into `step`, effects come out."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from ivr.calls.clock import Timer
from ivr.calls.performer import Performer
from ivr.calls.services import Services
from ivr.calls.wire import Wire
from ivr.carriers.facts import Cleared, Fact, Key, Marked, Media, Nonsense, Said, Speaking, Started, Stopped
from ivr.carriers.lenient import redact
from ivr.carriers.sfvopi import Stream, is_media
from ivr.core.effects import Effect, Explain
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
)
from ivr.core.flow import Flow
from ivr.core.session import Session
from ivr.core.step import give_up, step
from ivr.logs import log

CERTAIN = 1.0
"""The confidence of what comes as text."""

logger = logging.getLogger(__name__)


class Driver:
    """One inbox, one timer, one session.

    Theory of operation. Whatever happens becomes an event with the time at which it happened; events are stepped
    through one after the other, and the effects of each are performed before the next. Nothing here waits: what
    takes time is a task of the performer, and its result is an event again. The timer wakes the call for whichever
    comes first of the session's deadline, the next audio to send and the death of a silent stream. All that is to
    be known of the call is in the session.
    """

    def __init__(self, flow: Flow, session: Session, services: Services, done: Callable[[Driver], None]) -> None:
        """Hold a call that waits for its stream; `done` is told once nothing more is to be done for it."""
        self.session = session
        self._flow = flow
        self._services = services
        self._done = done
        self._clock = services.clock
        self._began = self._clock.now()
        self._inbox: deque[Event] = deque()
        self._stepping = False
        self._timer: Timer | None = None
        self._last_media = 0
        self._performer = Performer(services, session.call, self.at, self.tell, self._look)
        self._journal = None if services.journals is None else services.journals.begin(flow, session)

    @property
    def over(self) -> bool:
        """Whether the call has ended, though there may be work after it."""
        return self.session.phase in ("over", "done")

    # Time

    def at(self) -> int:
        """Milliseconds since the call began."""
        return self._clock.now() - self._began

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        times = [self.session.deadline, self._performer.wake(), self._stream_dead_at()]
        when = min((time for time in times if time is not None), default=None)
        if when is not None:
            self._timer = self._clock.call_at(self._began + when, self._wake)

    def _wake(self) -> None:
        self._timer = None
        now = self.at()
        if (dead := self._stream_dead_at()) is not None and now >= dead:
            log(logger, logging.WARNING, "stream is silent", call=self.session.call.id)
            self._performer.disconnect()
            self.tell(HungUp(now))
            return
        if self.session.deadline is not None and now >= self.session.deadline:
            self.tell(DeadlinePassed(now))
        else:
            self._look()

    def _stream_dead_at(self) -> int | None:
        """When a stream without media counts as dead; None where none is to be expected."""
        if not self._services.stream.can_listen or not self._performer.connected:
            return None
        return self._last_media + self._services.media_timeout

    # The carrier's side

    def connect(self, wire: Wire, stream: Stream, *, desk: bool) -> None:
        """The stream is open: for the first time, or again after a break."""
        again = self.session.phase != "waiting"
        self._last_media = self.at()
        self._performer.connect(wire, stream, desk=desk)
        self.tell(Reconnected(self.at()) if again else Answered(self.at()))

    def receive(self, wire: Wire, message: str | bytes) -> None:
        """A message of the stream; media that nobody listens to is not even parsed."""
        if self._performer.wire is not wire:
            return  # A newer connection has taken its place, or the call is over.
        if isinstance(message, str) and is_media(message):
            self._last_media = self.at()
            if not self._performer.listening:
                return
        for fact in self._performer.parse(message):
            self._take(fact, message)

    def _take(self, fact: Fact, message: str | bytes) -> None:
        match fact:
            case Key(key=key):
                log_first_key(message)
                self.tell(KeyPressed(self.at(), key))
            case Marked(name=name):
                self._heard(self._performer.acknowledge(name))
            case Media(audio=audio):
                self._last_media = self.at()
                self._performer.hear(audio)
            case Speaking():
                self.tell(SpeechBegan(self.at()))
            case Said(text=text):
                self.tell(SpeechEnded(self.at(), text, CERTAIN))
            case Stopped():
                self._performer.disconnect()
                self.tell(HungUp(self.at()))
            case Started() | Cleared():
                pass  # The first start opened the stream; what was cleared is forgotten when it is.
            case Nonsense(why=why, excerpt=excerpt):
                log(logger, logging.WARNING, "message dropped", call=self.session.call.id, why=why, message=excerpt)

    def disconnected(self, wire: Wire) -> None:
        """A connection is closed; only the newest one means anything."""
        if self._performer.wire is wire:
            self._performer.disconnect()
            self.tell(HungUp(self.at()))

    def hang_up(self) -> None:
        """End the call as if the caller had."""
        self.tell(HungUp(self.at()))

    def abandon(self) -> None:
        """Do nothing more for the call, whatever there is to be done."""
        self.session = replace(self.session, phase="done", deadline=None)
        self._finish()
        self._set_timer()

    # Events

    def tell(self, event: Event) -> None:
        """Let something happen; from inside of a step it waits for its turn."""
        self._inbox.append(event)
        if self._stepping:
            return
        self._stepping = True
        try:
            while self._inbox:
                self._step(self._inbox.popleft())
        finally:
            self._stepping = False
        self._look()

    def _step(self, event: Event) -> None:
        before = self.session
        if before.phase == "done":
            return
        try:
            self._become(event, *step(self._flow, before, event))
        except Exception:
            # Nothing may go on half done, and nobody but this call may notice.
            logger.exception("a bug of ours ended the call %s", before.call.id)
            self._give_up(before, event)

    def _give_up(self, before: Session, event: Event) -> None:
        try:
            self._become(event, *give_up(self._flow, before, event.at))
        except Exception:
            logger.exception("not even an apology can be heard in the call %s", before.call.id)
            self.abandon()

    def _become(self, event: Event, session: Session, effects: tuple[Effect, ...]) -> None:
        """Take the next session, and perform the effects that lead to it."""
        before, self.session = self.session, session
        if self._journal is not None:
            self._journal.step(before, event, session, effects)
        self._performer.here = (session.here.flow, session.here.node)
        log(
            logger,
            logging.INFO,
            "step",
            call=before.call.id,
            node=before.place,
            happened=type(event).__name__,
            now_at=session.place,
            effects=[type(effect).__name__ for effect in effects if not isinstance(effect, Explain)],
            why=[effect.why for effect in effects if isinstance(effect, Explain) and effect.why],
        )
        for effect in effects:
            self._performer.perform(effect)
        if session.phase == "done":
            self._finish()

    def _finish(self) -> None:
        session = self.session
        log(
            logger,
            logging.INFO,
            "call ended",
            call=session.call.id,
            flow=self._flow.id,
            reason=session.reason,
            by=session.ended_by,
            goals=[name for name, _ in session.goals],
            seconds=round((session.over_at or 0) / 1000, 1),
        )
        if self._journal is not None:
            self._journal.end(session)
        self._performer.finish()
        self._done(self)

    # Audio

    def _look(self) -> None:
        """Send the audio that is due, tell what has been heard, and set the timer."""
        if self._stepping:
            return
        if heard := self._performer.pump():
            self._heard(heard)
        else:
            self._set_timer()

    def _heard(self, playbacks: tuple[int, ...]) -> None:
        for playback in playbacks:
            self.tell(PlaybackEnded(self.at(), playback))


_first_key_seen = False


def log_first_key(message: str | bytes) -> None:
    """Log the shape of the first key message of the process, digits masked: the carrier does not document it."""
    global _first_key_seen
    if not _first_key_seen:
        _first_key_seen = True
        text = message if isinstance(message, str) else message.decode(errors="replace")
        log(logger, logging.INFO, "first key message", message=redact(text))
