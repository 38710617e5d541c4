"""A telephone line without a telephone: performs the effects of `step` on virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import assert_never

from ivr.core.durations import lasting
from ivr.core.effects import (
    Clear,
    Deafen,
    Effect,
    End,
    Explain,
    Fetch,
    Listen,
    Play,
    Prepare,
    Record,
    StopRecording,
    Transfer,
)
from ivr.core.events import (
    Answered,
    DeadlinePassed,
    Event,
    LookupAnswered,
    LookupFailed,
    PlaybackEnded,
    TransferFault,
    Transferred,
)
from ivr.core.flow import Flow
from ivr.core.segments import words
from ivr.core.session import Session
from ivr.core.step import step
from ivr.simulate.agenda import Agenda
from ivr.simulate.transcript import STOPS, Line, Who, spoken

Answer = Callable[[Fetch, int], LookupAnswered | LookupFailed]
"""What the world answers to a request that leaves at a time: an event at its own time."""


class Telephone:
    """One simulated call: time passes only when it is told to."""

    def __init__(
        self,
        flow: Flow,
        session: Session,
        answer: Answer,
        transfer: TransferFault | None = None,
    ) -> None:
        """Hold a call of `session` on `flow`, whose lookups `answer` answers."""
        self.flow = flow
        self.session = session
        self.now = 0
        self.lines: list[Line] = []
        self.heard: list[str] = []
        """What the prompts that have begun say, in order."""
        self.shown: list[str] = []
        """The same, as people may read it."""
        self.decisions: list[Explain] = []
        """All that was decided, in order."""
        self.places: set[str] = set()
        """Every node that the call came to, as `flow/node` in a subflow."""
        self.ended_at: int | None = None
        self._answer = answer
        self._transfer = transfer
        self._agenda = Agenda()
        self._queue: list[Play] = []

    def begin(self) -> None:
        """Let the call be answered."""
        self.tell(Answered(0))

    def tell(self, event: Event) -> None:
        """Let something happen now."""
        self.session, effects = step(self.flow, self.session, event)
        self.places.add(self.session.place)
        self._perform(effects)

    def note(self, who: Who, text: str) -> None:
        """Write a line of the transcript, now."""
        self.lines.append(Line(self.now, who, text))

    def next_at(self) -> int | None:
        """When the next thing happens by itself; None if nothing does."""
        times = [time for time in (self._agenda.next_at(), self.session.deadline) if time is not None]
        return min(times, default=None)

    def advance(self, until: int) -> None:
        """Let time pass up to and including `until`, with all that happens by itself."""
        while (at := self.next_at()) is not None and at <= until:
            self.happen()
        self.now = max(self.now, until)

    def happen(self) -> None:
        """Let the next thing happen that happens by itself; what others do comes before a deadline."""
        at, deadline = self._agenda.next_at(), self.session.deadline
        if at is not None and (deadline is None or at <= deadline):
            self.now = max(self.now, at)
            self._arrive(self._agenda.take())
        elif deadline is not None:
            self.now = max(self.now, deadline)
            self.tell(DeadlinePassed(self.now))

    def _arrive(self, event: Event) -> None:
        if isinstance(event, PlaybackEnded):
            if not self._queue or self._queue[0].playback != event.playback:
                return  # It was cleared before its end.
            self._queue.pop(0)
            self._begin_playback()
        self.tell(event)

    def _perform(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Explain(node, why):
                    self.decisions.append(effect)
                    self.places.add(node)
                    if why:
                        self.note("engine", f"{node}: {why}")
                case Play():
                    self._queue.append(effect)
                    if len(self._queue) == 1:
                        self._begin_playback()
                case Clear():
                    self._queue.clear()
                    self.note("ivr", STOPS)
                case Fetch():
                    self.note("world", f"{effect.method} is sent")
                    self._agenda.add(self._answer(effect, self.now))
                case Record():
                    self.note("world", "recording begins")
                case StopRecording(keep=keep):
                    self.note("world", f"recording ends and is {'kept' if keep else 'dropped'}")
                case Transfer():
                    self.note("world", f"a transfer to {effect.shown} is asked for")
                    self._agenda.add(Transferred(self.now, self._transfer))
                case End(reason):
                    self._queue.clear()
                    self.ended_at = self.now
                    if self.session.ended_by not in (None, "caller"):
                        self.places.add(self.session.ended_by)
                    self.note("world", f"the call ends: {reason}")
                case Prepare() | Listen() | Deafen():
                    pass  # Nothing is rendered or recognised here.
                case _:
                    assert_never(effect)

    def _begin_playback(self) -> None:
        if not self._queue:
            return
        play = self._queue[0]
        self.heard.append(spoken(play.prompt))
        self.shown.append(words(play.prompt))
        self.note("ivr", self.shown[-1] or "(silence)")
        self._agenda.add(PlaybackEnded(self.now + lasting(play.prompt), play.playback))
