"""The carrier's end of one audio stream: sends in real time, plays what comes, and remembers all of it."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Literal, assert_never

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from ivr.desk.clock import Clock
from ivr.desk.connection import connected, reset
from ivr.desk.errors import ProtocolFault
from ivr.desk.facts import Break, Ending, Line, Manners, Message
from ivr.desk.loudspeaker import Loudspeaker
from ivr.desk.messages import AtNode, Checkpoint, ClearAudio, Dialect, PlayAudio, Transcript, event_of
from ivr.desk.microphone import Microphone
from ivr.desk.returning import connected_again
from ivr.desk.waiting import Waiting
from ivr.desk.webhooks import StreamOffer
from ivr.media.frame import FRAME_MS

NORMAL_CLOSURE = 1000
PROTOCOL_ERROR = 1002
"""RFC 6455, 7.4.1, as the one above."""
ABNORMAL_CLOSURE = 1006
"""As above: there was no close code."""

_LATE_MS = 1000
"""After a longer pause, as that of a suspended process, media goes on from now."""
_WAYS = {"BOTH": "BI", "INBOUND": "IN", "OUTBOUND": "OUT"}
"""How a stream's id tells its direction."""


class DeskStream:
    """One stream, over one connection after the other, until one of them is closed in order.

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
        returns_to: Callable[[str], str] = str,
    ) -> None:
        """Prepare a stream.

        Args:
            offer: where it leads, and what it carries.
            call_id: the carrier's id of the call.
            clock: the time to live by.
            manners: how the carrier behaves.
            told: is given each line of the transcript as it comes.
            in_text: whether the caller speaks in text.
            returns_to: where to come back to after a break, given the address of the connection before.
        """
        self.offer = offer
        self.transcript: list[Line] = []
        self.received: list[Message] = []
        self.sent: list[Message] = []
        """Without media."""
        self.breaks: list[Break] = []
        self.ending: Ending | None = None
        self.dialect = Dialect(
            f"SFV_STRM_{_WAYS[offer.direction]}_{uuid.uuid4().hex[:26].upper()}", call_id, offer.codec, in_text
        )
        self.speaker = Loudspeaker()
        self.microphone = Microphone(self.dialect, manners, self.speaker)
        self._url = offer.url
        self._returns_to = returns_to
        self._clock = clock
        self._manners = manners
        self._told = told
        self.waiting = Waiting(clock)
        self._due = asyncio.Event()
        """Something is to be sent, or when to send next has changed."""
        self._left = False
        """Whether the caller's side has ended the call."""
        self._began = clock.now()
        self._connection: ClientConnection | None = None
        """None before the call begins, after a break, and after the end."""
        self._forsaken: list[ClientConnection] = []
        """Lost ones that the server may still believe in."""
        self._return: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def at(self) -> int:
        """Milliseconds since the call began, which is when its first `start` was sent."""
        return self._clock.now() - self._began

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
        connection, broken = await connected(self._url), self._connection
        self.speaker.clear()
        await self._use(connection)
        if broken is not None:
            reset(broken)

    def speak(self, audio: bytes) -> None:
        """Say A-law behind what is being said."""
        self.microphone.voice += audio
        self._due.set()

    async def send(self, message: str | bytes) -> None:
        """Send a text or binary message that is not media; after the end, or a break, it is lost."""
        if self._connection is not None:
            self.sent.append(Message(self.at(), event_of(message), message))
            await self._transmit(message)

    async def _transmit(self, message: str | bytes) -> None:
        if self._connection is not None:
            with contextlib.suppress(ConnectionClosed):
                await self._connection.send(message)

    async def close(self, code: int = NORMAL_CLOSURE) -> None:
        """End the call with a close code, if it goes on; come back when it is over."""
        self._left = True
        if self._connection is not None:
            await self._connection.close(code)
        elif self._return is not None and self.ending is None:
            self._return.cancel()
            self._end("caller", ABNORMAL_CLOSURE)

    def reset(self) -> None:
        """End the call with a TCP reset, without a word."""
        self._left = True
        self.cut()

    def cut(self, *, unnoticed: bool = False) -> None:
        """Lose the connection, if there is one: by a TCP reset, or so that the server can't see it."""
        if (lost := self._connection) is None:
            return
        if unnoticed:
            self._forsaken.append(lost)
            self._lost(ABNORMAL_CLOSURE)
        else:
            reset(lost)

    async def settle(self) -> None:
        """Wait until nothing of the stream runs any more, once it is closed."""
        if self._return is not None:
            await asyncio.wait((self._return,))
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
            self.waiting.fault = fault
        finally:
            await connection.close(PROTOCOL_ERROR)  # Does nothing where it is closed already.
            if connection is self._connection:
                self._lost(connection.close_code or PROTOCOL_ERROR)

    def _lost(self, code: int) -> None:
        """There is no connection any more: the call is over, or the carrier comes back."""
        self._connection = None
        self.speaker.advance(self.at())
        if self._left or self.waiting.fault is not None or code == NORMAL_CLOSURE or not self._manners.returns:
            self._end("caller" if self._left else "ivr", code)
        else:
            self.speaker.clear()
            self.breaks.append(Break(self.at(), code))
            self._tell(Line(self.at(), "carrier", "", f"lost the stream ({code}), and will try to come back"))
            self._return = asyncio.create_task(self._come_back(code))

    async def _come_back(self, code: int) -> None:
        self._url = self._returns_to(self._url)
        connection = await connected_again(self._url, self._clock)
        if connection is None:
            self._end("ivr", code)
            return
        self.breaks[-1] = replace(self.breaks[-1], back=self.at())
        self._tell(Line(self.at(), "carrier", "", "is back"))
        await self._use(connection)

    def _end(self, by: Literal["caller", "ivr"], code: int) -> None:
        self.ending = Ending(self.at(), by, code)
        self.speaker.advance(self.ending.at)  # So much is heard; nobody is there any more to be told of marks.
        for each in self._forsaken:
            reset(each)
        self.waiting.wake()
        self._due.set()

    # What comes

    async def _take(self, message: str | bytes) -> None:
        self.received.append(Message(self.at(), event_of(message), message))
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
                self._tell(Line(self.at(), who, node, text))
            case AtNode():
                pass  # Lines of the transcript tell where they come from.
            case command:
                assert_never(command)
        self.waiting.wake()

    def _tell(self, line: Line) -> None:
        self.transcript.append(line)
        if self._told is not None:
            self._told(line)
        self.waiting.wake()

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
            sends = self.microphone.sends
            if not sends or now - frame_due > _LATE_MS:
                frame_due = now
            if sends and now >= frame_due:
                frame_due += FRAME_MS
                await self._send_frame()
                continue
            await self._play()
            await self._pause(frame_due if sends else None, self.speaker.next_mark())

    async def _pause(self, *times: int | None) -> None:
        """Wait for the first of some times, in milliseconds since the call began, or until something is due."""
        first = min((time for time in times if time is not None), default=None)
        timer = None if first is None else self._clock.call_at(self._began + first, self._due.set)
        await self._due.wait()
        self._due.clear()
        if timer is not None:
            timer.cancel()

    async def _send_frame(self) -> None:
        if self.microphone.voice:
            self.waiting.wake()
        frame = self.microphone.frame()
        if self.offer.direction != "OUTBOUND":
            await self._transmit(frame)
