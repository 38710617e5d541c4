"""Where the effects of one call become input and output."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, assert_never

from ivr.calls.captions import Captions
from ivr.calls.claim import Claim
from ivr.calls.errands import Errands
from ivr.calls.hearing import Hearing
from ivr.calls.meters import METERS, Reflex
from ivr.calls.renderings import Renderings
from ivr.calls.services import Services
from ivr.calls.store.store import Stored
from ivr.calls.tape import Tape
from ivr.calls.telling import log_first_key
from ivr.calls.transfers import Handover
from ivr.calls.wire import NORMAL_CLOSURE, Wire
from ivr.carriers.facts import Fact, Key, Nonsense
from ivr.carriers.sfvopi import Stream
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
from ivr.core.events import Event, HungUp, PlaybackFailed, Transferred
from ivr.core.session import Call, Session
from ivr.logs import log
from ivr.media.playout import Chunk, Mark, Playout
from ivr.speech.workers import RenderError

logger = logging.getLogger(__name__)


class Performer:
    """Performs effects at once, or starts a task whose result is an event."""

    def __init__(
        self,
        services: Services,
        call: Call,
        at: Callable[[], int],
        tell: Callable[[Event], None],
        audio_ready: Callable[[], None],
        claim: Claim,
    ) -> None:
        """Work for one call.

        Args:
            services: the world.
            call: what is known of the call.
            at: its time in milliseconds.
            tell: takes what comes of effects.
            audio_ready: is told that `pump` may have something to do although no event says so.
            claim: what is stored of the call.
        """
        self.wire: Wire | None = None
        self._here = ("", "")
        """The flow and the node at which the call is, for transfers."""
        self._audio_ready = audio_ready
        self._services = services
        self._call = call
        self._at = at
        self._tell = tell
        self._stream = Stream(services.stream)
        self._playout = Playout()
        self.reflex = Reflex(METERS.key_to_audio)
        self._captions = Captions(self._send)
        self._renderings = Renderings(services.prompts)
        self.finished = False
        """Whether nothing more is done."""
        self._claim = claim
        self._tasks: set[asyncio.Task[None]] = set()
        self.errands = Errands(services, claim, at, tell, self.begin)
        self._hearing = Hearing(services.ears, call.id, at, tell)
        self._tape = Tape(services.recordings, at, tell, services.shelf)

    # The stream

    @property
    def connected(self) -> bool:
        """Whether there is a stream."""
        return self.wire is not None

    @property
    def listening(self) -> bool:
        """Whether anybody wants the caller's audio."""
        return self._hearing.ear is not None or self._tape.recorder is not None

    def connect(self, wire: Wire, stream: Stream, *, desk: bool) -> None:
        """Use this connection from now on; one that was there before is closed, and what it played is lost."""
        if self.wire is not None:
            self.wire.close(NORMAL_CLOSURE)
        self.wire, self._stream = wire, stream
        self._hearing.in_text = stream.in_text
        self._playout = Playout()
        self._captions.begin(wanted=desk)

    def disconnect(self, code: int = NORMAL_CLOSURE) -> None:
        """There is no connection any more."""
        if self.wire is not None:
            self.wire.close(code)
        self.wire = None

    def parse(self, message: str | bytes) -> tuple[Fact, ...]:
        """Read a message in the carrier's dialect."""
        facts = self._stream.parse(message)
        for fact in facts:
            match fact:
                case Key():
                    log_first_key(message)
                case Nonsense(why=why, excerpt=excerpt):
                    log(logger, logging.WARNING, "message dropped", call=self._call.id, why=why, message=excerpt)
        return facts

    def _send(self, text: str) -> None:
        if self.wire is not None:
            self.wire.send(text)

    # Effects

    def come_to(self, session: Session) -> None:
        """The call is at the node of this session from now on."""
        self._here = (session.here.flow, session.here.node)
        if not session.over:  # What is done after a call is no place of its caller.
            self._captions.come_to(session.place)

    def perform(self, effect: Effect) -> None:
        """Do what a step asked for."""
        match effect:
            case Play():
                self._play(effect)
            case Clear():
                self._clear()
            case Prepare(segments=segments):
                for segment in segments:
                    self._renderings.begin(segment)
            case Listen():
                self._hearing.listen(effect)
            case Deafen():
                self._hearing.deafen()
            case Fetch():
                self.errands.send(effect)
            case Record(recording=recording):
                self._tape.start(recording)
            case StopRecording(keep=keep):
                self._tape.stop(keep=keep)
            case Transfer():
                self._claim.when_durable(partial(self._hand_on, effect))
            case End():
                self._claim.when_durable(self._end)
            case Explain(node=node, why=why):
                self._captions.explain(node, why)
            case _:
                assert_never(effect)

    def finish(self, code: int = NORMAL_CLOSURE, *, taken: bool = False) -> None:
        """Nothing more is to be done here: end all that runs, but the lookups of a call that was `taken` away."""
        self.finished = True
        self._tape.stop(keep=True)
        self._hearing.deafen()
        self._playout.clear(self._at())
        self.disconnect(code)
        self._renderings.cancel()
        for task in self._tasks - (self.errands.under_way if taken else set()):
            task.cancel()
        if taken:
            self.errands.leave()

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something that takes time, for as long as there is something to do for the call."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a bug of ours ended the call %s", self._call.id, exc_info=error)
            self._tell(HungUp(self._at()))

    def _end(self) -> None:
        self._hearing.deafen()
        self._playout.clear(self._at())
        self.disconnect()

    # Audio to the caller

    def _play(self, play: Play) -> None:
        self._captions.queue(play)
        self._playout.queue(play.playback)
        self.reflex.queued(play.playback)
        sounds = [sound for segment in play.prompt if (sound := self._renderings.ready(segment)) is not None]
        if len(sounds) == len(play.prompt):
            self._playout.fill(play.playback, *sounds)
            self._tell_begun()
        else:
            self.begin(self._fill(play))

    async def _fill(self, play: Play) -> None:
        try:
            sounds = await self._renderings.all_of(play.prompt)
        except RenderError as error:
            self._playout.drop(play.playback)
            self._captions.drop(play.playback)
            self._tell(PlaybackFailed(self._at(), play.playback, str(error)))
        else:
            self._playout.fill(play.playback, *sounds)
            self._tell_begun()
            self._audio_ready()

    def _tell_begun(self, ended: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Tell the desk of the prompts that it hears by now, these playbacks being over, which are returned."""
        self._captions.heard(self._playout.current(), ended)
        return ended

    def _clear(self) -> None:
        self._playout.clear(self._at())
        self._captions.clear()
        self._hearing.cleared()
        if self.wire is not None and self._services.stream.can_play:
            self.wire.take_back()
            self.wire.send(self._stream.clear())
            self.reflex.cleared()

    def pump(self, now: int) -> tuple[int, ...]:
        """Send the audio that is due, and give the playbacks that are over without a mark."""
        for command in self._playout.due(now):
            if self.wire is None or not self._services.stream.can_play:
                continue
            match command:
                case Chunk(playback=playback, piece=piece, at=heard_at):
                    self.wire.send_audio(self._stream.play(piece.audio, shared=piece.shared))
                    self.reflex.sent(playback)
                    self._hearing.played(heard_at, piece.audio)
                case Mark(name=name):
                    self.wire.send_audio(self._stream.checkpoint(name))
                case _:
                    assert_never(command)
        return self._tell_begun(self._playout.expired(now))

    def acknowledge(self, name: str) -> tuple[int, ...]:
        """The playbacks that the caller has heard when the carrier returns a mark."""
        return self._tell_begun(self._playout.acknowledge(name))

    def wake(self, now: int) -> int | None:
        """When `pump` next has something to do."""
        return self._playout.wake(now)

    # Audio from the caller

    def hear(self, audio: bytes) -> None:
        """Take the caller's audio, A-law."""
        self._hearing.hear(audio)
        self._tape.hear(audio)

    # The world

    def _hand_on(self, transfer: Transfer) -> None:
        self.begin(self._transfer(transfer))

    def take_up(self, stored: Stored, awaited: Callable[[int], bool]) -> None:
        """Go on with what another process did for the call; `awaited` tells whether a lookup is waited for."""
        if stored.session.recording is not None:
            self._tape.start(stored.session.recording, again=True)
        self.errands.take_up(stored, awaited)

    async def _transfer(self, transfer: Transfer) -> None:
        if self._services.transfers is None:
            self._tell(Transferred(self._at(), "unsupported"))
            return
        flow, node = self._here
        stream_id = self._stream.stream_id or None
        handover = Handover(self._call.id, self._call.caller, transfer.to, flow, node, stream_id)
        outcome = await self._services.transfers.transfer(handover, self._services.secrets)
        if outcome.message:
            log(logger, logging.WARNING, "transfer failed", call=self._call.id, why=outcome.message)
        self._tell(Transferred(self._at(), outcome.fault))
