"""The carrier's end of one audio stream: sends in real time, plays what comes, and remembers all of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import Callable
from typing import assert_never

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from ivr.desk.clock import Clock
from ivr.desk.connection import connected, reset
from ivr.desk.errors import ProtocolFault
from ivr.desk.facts import Ending, Line, Manners, Message
from ivr.desk.loudspeaker import Loudspeaker
from ivr.desk.messages import Checkpoint, ClearAudio, Dialect, PlayAudio, Transcript
from ivr.desk.webhooks import StreamOffer
from ivr.media.alaw import mixed
from ivr.media.frame import FRAME_BYTES, FRAME_MS, SAMPLE_RATE, pad, silence

NORMAL_CLOSURE = 1000
PROTOCOL_ERROR = 1002
"""RFC 6455, 7.4.1, as the one above."""

_LATE_MS = 1000
"""After a longer pause, as that of a suspended process, media goes on from now."""
_WAYS = {"BOTH": "BI", "INBOUND": "IN", "OUTBOUND": "OUT"}
"""How a stream's id tells its direction."""
_ECHO_BYTES = 100 * SAMPLE_RATE // 1000
"""An echo comes back after 100 ms."""


class DeskStream:
    """One stream, over one connection after the other, until one of them is closed.

    Every 20 ms a frame of the caller's voice leaves. A checkpoint is answered as soon as all before it was heard,
    and never earlier.
    """

    def __init__(
        self,
        offer: StreamOffer,
        call_id: str,
        clock: Clock,
        manners: Manners,
        told: Callable[[Line], None] | None,
        *,
        in_text: bool = False,
    ) -> None:
        """Prepare a stream.

        Args:
            offer: where it leads, and what it carries.
            call_id: the carrier's id of the call.
            clock: the time to live by.
            manners: how the carrier behaves.
            told: is given each line of the transcript as it comes.
            in_text: whether the caller speaks in text.
        """
        self.offer = offer
        self.transcript: list[Line] = []
        self.received: list[Message] = []
        self.sent: list[Message] = []
        """Without media."""
        self.ending: Ending | None = None
        self.dialect = Dialect(
            f"SFV_STRM_{_WAYS[offer.direction]}_{uuid.uuid4().hex[:26].upper()}", call_id, offer.codec, in_text
        )
        self.voice = bytearray()
        """What the caller is yet to say, A-law; `speak` adds to it."""
        self.speaker = Loudspeaker()
        self._clock = clock
        self._manners = manners
        self._told = told
        self._silent = self.dialect.media(silence(FRAME_MS))
        self._news = asyncio.Event()
        self._due = asyncio.Event()
        """Something is to be sent, or when to send next has changed."""
        self._fault: ProtocolFault | None = None
        self._left = False
        """Whether the caller's side has ended the call."""
        self._began = clock.now()
        self._connection: ClientConnection
        self._tasks: list[asyncio.Task[None]] = []

    def at(self) -> int:
        """Milliseconds since the call began, which is when its first `start` was sent."""
        return self._clock.now() - self._began

    async def until(self, holds: Callable[[], bool], within: int | None) -> bool:
        """Wait until something holds, at most so many milliseconds, and tell whether it does.

        Raises:
            ProtocolFault: the server has sent what can't be understood.
        """
        too_late = False

        def give_up() -> None:
            nonlocal too_late
            too_late = True
            self._news.set()

        timer = None if within is None else self._clock.call_at(self._clock.now() + within, give_up)
        try:
            self.check()
            while not (too_late or holds()):
                self._news.clear()
                await self._news.wait()
                self.check()
        finally:
            if timer is not None:
                timer.cancel()
        return holds()

    def check(self) -> None:
        """Raise the ProtocolFault that ended the call, if one did."""
        if self._fault is not None:
            raise self._fault

    # Connections

    async def open(self) -> None:
        """Connect, and begin the call.

        Raises:
            Refused: the server does not want it.
        """
        connection = await connected(self.offer.url)
        self._began = self._clock.now()
        await self._use(connection)
        self._tasks.append(asyncio.create_task(self._tick()))

    async def reconnect(self) -> None:
        """Come back on a new connection, after which the old one breaks; what was to be played is lost.

        Raises:
            Refused: the server does not want it; the old connection stays.
        """
        connection, broken = await connected(self.offer.url), self._connection
        self.speaker.clear()
        await self._use(connection)
        reset(broken)

    def speak(self, audio: bytes) -> None:
        """Say A-law behind what is being said."""
        self.voice += audio
        self._due.set()

    async def send(self, message: str | bytes) -> None:
        """Send a text or binary message that is not media; after the end it is lost."""
        if self.ending is None:
            self.sent.append(Message(self.at(), _event(message), message))
            await self._transmit(message)

    async def _transmit(self, message: str | bytes) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self._connection.send(message)

    async def close(self, code: int = NORMAL_CLOSURE) -> None:
        """End the call with a close code, if it goes on; come back when it is over."""
        if self.ending is None:
            self._left = True
            await self._connection.close(code)

    def reset(self) -> None:
        """End the call with a TCP reset, without a word."""
        self._left = True
        reset(self._connection)

    async def settle(self) -> None:
        """Wait until nothing of the stream runs any more, once it is closed."""
        await asyncio.gather(*self._tasks)

    async def _use(self, connection: ClientConnection) -> None:
        # The new connection counts from here on, and nothing else can be its first message: nobody else has it yet.
        self._connection = connection
        await self.send(self.dialect.start())
        self._tasks.append(asyncio.create_task(self._read(connection)))

    async def _read(self, connection: ClientConnection) -> None:
        try:
            async for message in connection:
                if connection is self._connection:
                    await self._take(message)
        except ConnectionClosed:
            pass  # Without a closing handshake; the code tells.
        except ProtocolFault as fault:
            self._fault = fault
        finally:
            await connection.close(PROTOCOL_ERROR)  # Does nothing where it is closed already.
            if connection is self._connection:
                now = self.at()
                self.speaker.advance(now)
                self.ending = Ending(now, "caller" if self._left else "ivr", connection.close_code or PROTOCOL_ERROR)
                self._news.set()
                self._due.set()

    # What comes

    async def _take(self, message: str | bytes) -> None:
        self.received.append(Message(self.at(), _event(message), message))
        await self._play()
        match self.dialect.parse(message):
            case PlayAudio(audio=audio):
                self.speaker.play(audio)
            case ClearAudio():
                lost = self.speaker.clear()
                await self.send(self.dialect.cleared())
                if self._manners.acknowledges_cleared:
                    await self._acknowledge(lost)
            case Checkpoint(name=name):
                self.speaker.mark(name)
                await self._play()
                self._due.set()
            case Transcript(who=who, node=node, text=text):
                line = Line(self.at(), who, node, text)
                self.transcript.append(line)
                if self._told is not None:
                    self._told(line)
            case command:
                assert_never(command)
        self._news.set()

    async def _play(self) -> None:
        """Play until now."""
        await self._acknowledge(self.speaker.advance(self.at()))

    async def _acknowledge(self, names: tuple[str, ...]) -> None:
        if self._manners.acknowledges:
            for name in names:
                await self.send(self.dialect.played(name))

    # What goes

    async def _tick(self) -> None:
        frame_due = FRAME_MS
        while self.ending is None:
            now = self.at()
            if not self._sends_frames or now - frame_due > _LATE_MS:
                frame_due = now
            if self._sends_frames and now >= frame_due:
                frame_due += FRAME_MS
                await self._send_frame()
                continue
            await self._play()
            await self._pause(frame_due if self._sends_frames else None, self.speaker.next_mark())

    @property
    def _sends_frames(self) -> bool:
        return self._manners.silence or bool(self.voice)

    async def _pause(self, *times: int | None) -> None:
        """Wait for the first of some times, in milliseconds since the call began, or until something is due."""
        first = min((time for time in times if time is not None), default=None)
        timer = None if first is None else self._clock.call_at(self._began + first, self._due.set)
        await self._due.wait()
        self._due.clear()
        if timer is not None:
            timer.cancel()

    async def _send_frame(self) -> None:
        frame = self._frame()
        if self.offer.direction != "OUTBOUND":
            await self._transmit(frame)

    def _frame(self) -> str:
        piece = bytes(self.voice[:FRAME_BYTES])
        del self.voice[:FRAME_BYTES]
        if piece:
            self._news.set()
        if self._manners.echo:
            piece = mixed(pad(piece) or silence(FRAME_MS), self._echo(), self._manners.echo)
        return self.dialect.media(pad(piece)) if piece else self._silent

    def _echo(self) -> bytes:
        """The frame of what was heard that comes back now."""
        end = max(0, len(self.speaker.heard) - _ECHO_BYTES)
        heard = bytes(self.speaker.heard[max(0, end - FRAME_BYTES) : end])
        return heard.rjust(FRAME_BYTES, silence(FRAME_MS)[:1])


def _event(message: str | bytes) -> str:
    try:
        event = json.loads(message)["event"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""
    return event if isinstance(event, str) else ""
