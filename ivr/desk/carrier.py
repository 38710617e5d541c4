"""One call as a carrier makes it, with a caller who has keys, a voice and ears."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Self

from ivr.carriers.facts import KEYS, Direction
from ivr.core.spoken import normal
from ivr.desk import webhooks
from ivr.desk.clock import Clock, WallClock
from ivr.desk.errors import NotHeard, Refused
from ivr.desk.facts import Break, Ending, Line, Manners, Message
from ivr.desk.stream import NORMAL_CLOSURE, DeskStream
from ivr.desk.webhooks import Dialled, StreamOffer

CALLER = "+919999999999"
CALLED = "+918000000001"
PATIENCE_MS = 30_000
"""How long a caller waits for something, if nothing else is said."""
BETWEEN_KEYS_MS = 100
"""From one key to the next, where several are pressed at once."""
_SHOWN = 300

USUAL = Manners()


class DeskCarrier:
    """One call over the real protocol.

        async with DeskCarrier.call("http://127.0.0.1:8080", "balance") as call:
            await call.hears("main menu")
            await call.press("1")
            await call.ended()

    Times are whole milliseconds of the clock since the call began, which is when its `start` was sent. Whatever
    waits raises ProtocolFault once the server has sent what no carrier would understand, and so does leaving the
    block. A connection that the server ends is the end of the call, unless the carrier's manners are to come back.
    """

    def __init__(self, server: str, dialled: Dialled, stream: DeskStream, clock: Clock) -> None:
        """Hold a call whose stream is open; `DeskCarrier.call` makes one."""
        self.dialled = dialled
        self.reported = False
        """Whether the server has taken the hangup webhook."""
        self._server = server
        self._stream = stream
        self._clock = clock
        self._heard = 0
        """Lines of the transcript up to and including the one that `hears` found last."""
        self._seen = 0
        """The same for messages and `receives`."""

    @classmethod
    @asynccontextmanager
    async def call(
        cls,
        server: str,
        flow: str | None = None,
        *,
        caller: str = CALLER,
        called: str = CALLED,
        direction: Direction = "inbound",
        clock: Clock | None = None,
        manners: Manners = USUAL,
        told: Callable[[Line], None] | None = None,
        call_id: str | None = None,
        in_text: bool = False,
        returns_to: Callable[[str], str] = str,
    ) -> AsyncIterator[Self]:
        """Call a server, and hang up at the end of the block if the call still goes on.

        Args:
            server: its URL, with the webhook secret as its path if there is one.
            flow: the id of a flow; None lets the server decide by the number that is called.
            caller: the number that calls, in E.164 form.
            called: the number that is called.
            direction: who calls whom.
            clock: the time to live by; real time if None.
            manners: how the carrier behaves where carriers differ.
            told: is given each line of the transcript as it comes.
            call_id: the carrier's id of the call; a new one if None.
            in_text: whether the caller speaks in text, by `say`; else by voice, by `speak`.
            returns_to: where to come back to after a break, given the address of the stream before.

        Raises:
            Unreachable: no server is there.
            Refused: it takes no such call, or not its stream.
        """
        dialled = Dialled(call_id or str(uuid.uuid4()), caller, called, direction, datetime.now(UTC))
        offer = await webhooks.answer(server, flow, dialled)
        time = clock or WallClock()
        stream = DeskStream(offer, dialled.call_id, time, manners, told, in_text=in_text, returns_to=returns_to)
        try:
            await stream.open()
        except Refused:
            await webhooks.hangup(server, dialled, "FAILED", 0)
            raise
        call = cls(server, dialled, stream, time)
        try:
            yield call
        finally:
            await stream.close()
            try:
                await stream.settle()
            finally:
                lasted = 0 if stream.ending is None else stream.ending.at
                call.reported = await webhooks.hangup(server, dialled, "COMPLETED", lasted)
        stream.waiting.check()

    # What there was

    @property
    def offer(self) -> StreamOffer:
        """The server's answer: where the stream is, and what it carries."""
        return self._stream.offer

    @property
    def stream_id(self) -> str:
        """The id that the carrier gave its stream."""
        return self._stream.dialect.stream_id

    @property
    def transcript(self) -> Sequence[Line]:
        """All that was said and decided so far."""
        return self._stream.transcript

    @property
    def received(self) -> Sequence[Message]:
        """All messages of the server."""
        return self._stream.received

    @property
    def sent(self) -> Sequence[Message]:
        """All messages to the server but media."""
        return self._stream.sent

    @property
    def audio(self) -> bytes:
        """A-law at 8 kHz of all that the caller has heard, from the beginning of the call to now or to its end."""
        return bytes(self._stream.speaker.heard)

    @property
    def breaks(self) -> Sequence[Break]:
        """When the stream was lost, and came back."""
        return self._stream.breaks

    @property
    def away(self) -> bool:
        """Whether the stream is lost now: what is pressed and said meanwhile is lost too."""
        return bool(self.breaks) and self.breaks[-1].back is None

    @property
    def ending(self) -> Ending | None:
        """How the call ended; None while it goes on."""
        return self._stream.ending

    def at(self) -> int:
        """Milliseconds since the call began."""
        return self._stream.at()

    # What a caller does

    async def press(self, keys: str) -> None:
        """Press keys, one after the other; after the end of the call they are lost.

        Raises:
            ValueError: there is no such key.
        """
        if unknown := set(keys) - KEYS:
            raise ValueError(f"no keys: {''.join(sorted(unknown))}; there are {''.join(sorted(KEYS))}")
        for place, key in enumerate(keys):
            if place:
                await self.passes(BETWEEN_KEYS_MS)
            await self._stream.send(self._stream.dialect.key(key))

    async def speak(self, audio: bytes) -> None:
        """Say A-law at 8 kHz, in real time, behind what is being said; come back when it is said."""
        self._stream.speak(audio)
        await self._stream.waiting.until(lambda: not self._stream.microphone.voice or self.ending is not None, None)

    async def say(self, text: str, lasting: int) -> None:
        """Say something in text, which takes so many milliseconds; come back when it is said.

        Raises:
            ValueError: the call was opened for a voice.
        """
        dialect = self._stream.dialect
        if not dialect.in_text:
            raise ValueError("this caller has a voice: only calls opened with in_text=True carry speech in text")
        await self._stream.send(dialect.speaking())
        await self.passes(lasting)
        await self._stream.send(dialect.said(text))

    async def passes(self, milliseconds: int) -> None:
        """Let time pass, until the call ends at most."""
        await self._stream.waiting.until(lambda: self.ending is not None, milliseconds)

    async def until(self, holds: Callable[[], bool], within: int | None = None) -> bool:
        """Wait until something holds of what has come, or the call ends, so many milliseconds at most.

        Returns:
            Whether it holds.
        """
        await self._stream.waiting.until(lambda: self.ending is not None or holds(), within)
        return holds()

    async def hears(self, text: str, *, within: int = PATIENCE_MS) -> Line:
        """Wait until a prompt with that text begins, case and punctuation aside, after the one last waited for.

        Raises:
            NotHeard: it did not in so many milliseconds, or before the call ended.
        """
        wanted = normal(text)
        lines = self.transcript

        def found() -> int | None:
            places = range(self._heard, len(lines))
            return next((i for i in places if lines[i].who == "ivr" and wanted in normal(lines[i].text)), None)

        await self._stream.waiting.until(lambda: found() is not None or self.ending is not None, within)
        if (place := found()) is None:
            heard = " / ".join(line.text for line in lines[self._heard :] if line.who == "ivr")
            raise NotHeard(f"“{text}” was not heard {self._limit(within)}; heard was: {heard[-_SHOWN:] or 'nothing'}")
        self._heard = place + 1
        return lines[place]

    async def receives(self, event: str, *, within: int = PATIENCE_MS) -> Message:
        """Wait for a message of the server's, after the one last waited for.

        Raises:
            NotHeard: it did not come in so many milliseconds, or before the call ended.
        """
        messages = self.received

        def found() -> int | None:
            return next((i for i in range(self._seen, len(messages)) if messages[i].event == event), None)

        await self._stream.waiting.until(lambda: found() is not None or self.ending is not None, within)
        if (place := found()) is None:
            raise NotHeard(f"{event} did not come {self._limit(within)}")
        self._seen = place + 1
        return messages[place]

    async def ended(self, *, within: int | None = PATIENCE_MS) -> Ending:
        """Wait until the call is over, whoever ends it.

        Raises:
            NotHeard: it goes on after so many milliseconds; with None it may go on for ever.
        """
        await self._stream.waiting.until(lambda: self.ending is not None, within)
        if self.ending is None:
            raise NotHeard(f"the call did not end {self._limit(within)}")
        return self.ending

    def _limit(self, within: int | None) -> str:
        return "before the call ended" if self.ending is not None or within is None else f"within {within / 1000:g} s"

    # What a carrier does

    async def hang_up(self) -> Ending:
        """End the call, if it goes on."""
        return await self.close(NORMAL_CLOSURE)

    async def close(self, code: int) -> Ending:
        """End the call with a close code of its stream."""
        await self._stream.close(code)
        return await self.ended(within=None)

    async def abort(self) -> Ending:
        """End the call with a TCP reset of its stream, and without a word."""
        self._stream.reset()
        return await self.ended(within=None)

    async def reconnect(self) -> None:
        """Come back on a new connection with the same stream, after which the old one breaks.

        What was to be played is lost.

        Raises:
            Refused: the server does not want it; the call goes on as before.
        """
        await self._stream.reconnect()

    def cut(self, *, unnoticed: bool = False) -> None:
        """Lose the stream, as by a fault of the network: with a TCP reset, or so that the server can't see it.

        The call goes on only if the carrier's manners are to come back.
        """
        self._stream.cut(unnoticed=unnoticed)

    async def send_raw(self, message: str | bytes) -> None:
        """Send any text or binary message."""
        await self._stream.send(message)
