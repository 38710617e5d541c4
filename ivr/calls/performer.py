"""Where the effects of one call become input and output."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Any, assert_never

from ivr.calls.captions import Caption, Captions
from ivr.calls.hearing import Hearing
from ivr.calls.lookups import Answer, Fault
from ivr.calls.recordings import Recorder
from ivr.calls.renderings import Renderings
from ivr.calls.services import Services
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
    RecordingEnded,
    SpeechBegan,
    SpeechEnded,
    Transferred,
)
from ivr.core.segments import words
from ivr.core.session import Call
from ivr.logs import log
from ivr.media.activity import Activity
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
    ) -> None:
        """Work for one call.

        Args:
            services: the world.
            call: what is known of the call.
            at: its time in milliseconds.
            tell: takes what comes of effects.
            audio_ready: is told that `pump` may have something to do although no event says so.
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
        self._tasks: set[asyncio.Task[None]] = set()
        self._hearing = Hearing(services.ears, call.id, at, tell)
        self._activity = Activity()
        self._recorder: Recorder | None = None

    # The stream

    @property
    def connected(self) -> bool:
        """Whether there is a stream."""
        return self.wire is not None

    @property
    def listening(self) -> bool:
        """Whether anybody wants the caller's audio."""
        return self._recorder is not None or self._hearing.listening

    def connect(self, wire: Wire, stream: Stream, *, desk: bool) -> None:
        """Use this connection from now on; one that was there before is closed, and what it played is lost."""
        if self.wire is not None:
            self.wire.close(NORMAL_CLOSURE)
        self.wire, self._stream, self._desk = wire, stream, desk
        self._hearing.in_text = stream.in_text
        self._playout = Playout()
        self._captions.clear()

    def disconnect(self) -> None:
        """There is no connection any more."""
        if self.wire is not None:
            self.wire.close(NORMAL_CLOSURE)
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
                self._begin(self._fetch(effect))
            case Record(recording=recording):
                self._record(recording)
            case StopRecording(keep=keep):
                self._stop_recording(keep=keep)
            case Transfer():
                self._begin(self._transfer(effect))
            case End():
                self._end()
            case Explain(node=node, why=why):
                if why:
                    self._tell_desk("engine", node, why)
            case _:
                assert_never(effect)

    def finish(self) -> None:
        """Nothing more is to be done: end all that still runs."""
        self._stop_recording(keep=True)
        self._hearing.deafen()
        self._playout.clear(self._at())
        self.disconnect()
        self._renderings.cancel()
        for task in self._tasks:
            task.cancel()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
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
            self._begin(self._fill(play))

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
        if self._recorder is None:
            return
        try:
            self._recorder.write(audio)
        except OSError as error:
            self._unwritable(self._recorder.path.stem, error)
            return
        for change in self._activity.feed(audio):
            self._tell(SpeechBegan(self._at()) if change == "began" else SpeechEnded(self._at()))

    def _record(self, recording: str) -> None:
        self._activity.restart()
        try:
            self._recorder = Recorder(self._services.recordings / f"{recording}.wav")
        except OSError as error:
            self._unwritable(recording, error)

    def _unwritable(self, recording: str, error: OSError) -> None:
        log(logger, logging.ERROR, "recording can't be written", recording=recording, why=str(error))
        self._tell(RecordingEnded(self._at(), recording))

    def _stop_recording(self, *, keep: bool) -> None:
        if self._recorder is not None:
            with contextlib.suppress(OSError):
                self._recorder.close(keep=keep)
            self._recorder = None

    # The world

    async def _fetch(self, fetch: Fetch) -> None:
        match await self._services.lookups.send(fetch, self._services.secrets):
            case Answer(status=status, headers=headers, body=body):
                self._tell(LookupAnswered(self._at(), fetch.lookup, status, headers, body))
            case Fault(fault=fault, message=message):
                self._tell(LookupFailed(self._at(), fetch.lookup, fault, message))

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
