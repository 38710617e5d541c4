"""Where the effects of one call become input and output."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any, assert_never

from ivr.calls.captions import Caption, Captions
from ivr.calls.hearing import Hearing
from ivr.calls.lookups import Answer, Fault
from ivr.calls.renderings import Renderings
from ivr.calls.services import Services
from ivr.calls.store.kept import Kept
from ivr.calls.store.store import Store, Stored
from ivr.calls.taking_over import answer_elsewhere
from ivr.calls.tape import Tape
from ivr.calls.transfers import Handover
from ivr.calls.wire import Wire
from ivr.carriers.facts import Fact
from ivr.carriers.sfvopi import Stream, transcript
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
    Event,
    HungUp,
    LookupAnswered,
    LookupFailed,
    PlaybackFailed,
    Transferred,
)
from ivr.core.segments import words
from ivr.core.session import Call
from ivr.logs import log
from ivr.media.playout import Chunk, Mark, Playout
from ivr.speech.workers import RenderError

NORMAL_CLOSURE = 1000
"""RFC 6455, 7.4.1: the purpose of the connection is fulfilled."""

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
        kept: Kept | None,
    ) -> None:
        """Work for one call.

        Args:
            services: the world.
            call: what is known of the call.
            at: its time in milliseconds.
            tell: takes what comes of effects.
            audio_ready: is told that `pump` may have something to do although no event says so.
            kept: what the store has of the call; None where nothing is stored.
        """
        self.wire: Wire | None = None
        self.here = ("", "")
        """The flow and the node at which the call is, for transcripts and transfers."""
        self._audio_ready = audio_ready
        self._services = services
        self._call = call
        self._at = at
        self._tell = tell
        self._stream = Stream(services.stream)
        self._desk = False
        self._playout = Playout()
        self._captions = Captions()
        self._renderings = Renderings(services.prompts)
        self._kept = kept
        self._tasks: set[asyncio.Task[None]] = set()
        self._lookups: set[asyncio.Task[None]] = set()
        """Those of the tasks whose results are worth something to another process."""
        self._answer: LookupAnswered | LookupFailed | None = None
        """The last one that came."""
        self._hearing = Hearing(services.ears, call.id, at, tell)
        self._tape = Tape(services.recordings, at, tell)

    # The stream

    @property
    def connected(self) -> bool:
        """Whether there is a stream."""
        return self.wire is not None

    @property
    def listening(self) -> bool:
        """Whether anybody wants the caller's audio."""
        return self._tape.runs or self._hearing.listening

    def connect(self, wire: Wire, stream: Stream, *, desk: bool) -> None:
        """Use this connection from now on; one that was there before is closed, and what it played is lost."""
        if self.wire is not None:
            self.wire.close(NORMAL_CLOSURE)
        self.wire, self._stream, self._desk = wire, stream, desk
        self._hearing.in_text = stream.in_text
        self._playout = Playout()
        self._captions.clear()

    def disconnect(self, code: int = NORMAL_CLOSURE) -> None:
        """There is no connection any more."""
        if self.wire is not None:
            self.wire.close(code)
        self.wire = None

    def parse(self, message: str | bytes) -> tuple[Fact, ...]:
        """Read a message in the carrier's dialect."""
        return self._stream.parse(message)

    def _send(self, text: str) -> None:
        if self.wire is not None:
            self.wire.send(text)

    # Effects

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
                self.when_durable(partial(self._look_up, effect))
            case Record(recording=recording):
                self._tape.start(recording)
            case StopRecording(keep=keep):
                self._tape.stop(keep=keep)
            case Transfer():
                self.when_durable(partial(self._hand_on, effect))
            case End():
                self.when_durable(self._end)
            case Explain(node=node, why=why):
                if why:
                    self._tell_desk("engine", node, why)
            case _:
                assert_never(effect)

    def when_durable(self, deed: Callable[[], None]) -> None:
        """Do what leaves the call: once what asked for it is durable, so that no crash has it done twice."""
        if self._kept is None:
            deed()
        else:
            self._kept.when_durable(deed)

    def finish(self, code: int = NORMAL_CLOSURE, *, but_lookups: bool = False) -> None:
        """Nothing more is to be done here: end all that still runs, `but_lookups` that another process waits for."""
        self._tape.stop(keep=True)
        self._hearing.deafen()
        self._playout.clear(self._at())
        self.disconnect(code)
        self._renderings.cancel()
        for task in self._tasks - self._lookups if but_lookups else self._tasks:
            task.cancel()
        if but_lookups and self._kept is not None and self._answer is not None:
            # It came when the call had another owner already, who was not known yet.
            self._kept.answered(self._answer)

    async def settled(self) -> None:
        """Wait until all that was told so far is durable, or a second has passed; for ever if the call is lost."""
        settled = asyncio.Event()
        self.when_durable(settled.set)
        await settled.wait()

    async def lookups_end(self) -> None:
        """Wait until no lookup is on its way."""
        while self._lookups:
            await asyncio.wait(self._lookups)

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something that takes time, for as long as there is something to do for the call."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._lookups.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a bug of ours ended the call %s", self._call.id, exc_info=error)
            self._tell(HungUp(self._at()))

    def _tell_desk(self, who: Any, node: str, text: str) -> None:
        if self._desk:
            self._send(transcript(who, node, text))

    def _end(self) -> None:
        self._hearing.deafen()
        self._playout.clear(self._at())
        self.disconnect()

    # Audio to the caller

    def _play(self, play: Play) -> None:
        if self._desk:
            self._captions.queue(Caption(play.playback, self.here[1], words(play.prompt)))
        self._playout.queue(play.playback)
        pieces = [self._renderings.ready(segment) for segment in play.prompt]
        if all(piece is not None for piece in pieces):
            self._playout.fill(play.playback, b"".join(filter(None, pieces)))
            self._tell_begun()
        else:
            self.begin(self._fill(play))

    async def _fill(self, play: Play) -> None:
        try:
            audio = await self._renderings.all_of(play.prompt)
        except RenderError as error:
            self._playout.drop(play.playback)
            self._captions.drop(play.playback)
            self._tell(PlaybackFailed(self._at(), play.playback, str(error)))
        else:
            self._playout.fill(play.playback, audio)
            self._tell_begun()
            self._audio_ready()

    def _tell_begun(self, ended: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Tell the desk of the prompts that it hears by now, these playbacks being over, which are returned."""
        for caption in self._captions.due(self._playout.current(), ended):
            self._tell_desk("ivr", caption.node, caption.words)
        return ended

    def _clear(self) -> None:
        self._playout.clear(self._at())
        self._captions.clear()
        self._hearing.cleared()
        if self.wire is not None and self._services.stream.can_play:
            self.wire.take_back()
            self.wire.send(self._stream.clear())

    def pump(self) -> tuple[int, ...]:
        """Send the audio that is due, and give the playbacks that are over without a mark."""
        now = self._at()
        for command in self._playout.due(now):
            if self.wire is None or not self._services.stream.can_play:
                continue
            match command:
                case Chunk(audio=audio, at=heard_at):
                    self.wire.send_audio(self._stream.play(audio))
                    self._hearing.played(heard_at, audio)
                case Mark(name=name):
                    self.wire.send_audio(self._stream.checkpoint(name))
                case _:
                    assert_never(command)
        return self._tell_begun(self._playout.expired(now))

    def acknowledge(self, name: str) -> tuple[int, ...]:
        """The playbacks that the caller has heard when the carrier returns a mark."""
        return self._tell_begun(self._playout.acknowledge(name))

    def wake(self) -> int | None:
        """When `pump` next has something to do."""
        return self._playout.wake(self._at())

    # Audio from the caller

    def hear(self, audio: bytes) -> None:
        """Take the caller's audio, A-law."""
        self._hearing.hear(audio)
        self._tape.hear(audio)

    # The world

    def _look_up(self, fetch: Fetch) -> None:
        self._lookups.add(self.begin(self._fetch(fetch)))

    def _hand_on(self, transfer: Transfer) -> None:
        self.begin(self._transfer(transfer))

    async def _fetch(self, fetch: Fetch) -> None:
        match await self._services.lookups.send(fetch, self._services.secrets):
            case Answer(status=status, headers=headers, body=body):
                self._answered(LookupAnswered(self._at(), fetch.lookup, status, headers, body))
            case Fault(fault=fault, message=message):
                self._answered(LookupFailed(self._at(), fetch.lookup, fault, message))

    def _answered(self, answer: LookupAnswered | LookupFailed) -> None:
        if self._kept is not None and self._kept.lost:
            self._kept.answered(answer)
        else:
            self._answer = answer
            self._tell(answer)

    def take_up(self, stored: Stored, awaits: Callable[[int], bool]) -> None:
        """Go on with what another process did for the call; `awaits` tells whether a lookup is still waited for."""
        session, store = stored.session, self._services.store
        if session.recording is not None:
            self._tape.start(session.recording, again=True)
        if session.fetching is not None and store is not None:
            self.begin(self._answer_elsewhere(store, stored, session.fetching, awaits))

    async def _answer_elsewhere(self, store: Store, stored: Stored, lookup: int, awaits: Callable[[int], bool]) -> None:
        answer = await answer_elsewhere(store, stored, lookup, lambda: awaits(lookup))
        if answer is not None:
            self._tell(replace(answer, at=self._at()))

    async def _transfer(self, transfer: Transfer) -> None:
        if self._services.transfers is None:
            self._tell(Transferred(self._at(), "unsupported"))
            return
        flow, node = self.here
        stream_id = self._stream.stream_id or None
        handover = Handover(self._call.id, self._call.caller, transfer.to, flow, node, stream_id)
        outcome = await self._services.transfers.transfer(handover, self._services.secrets)
        if outcome.message:
            log(logger, logging.WARNING, "transfer failed", call=self._call.id, why=outcome.message)
        self._tell(Transferred(self._at(), outcome.fault))
