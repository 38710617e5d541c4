"""The carrier's media WebSocket, whose request is Hypercorn's, and whose messages go straight to the call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from ivr.calls.driver import Driver
from ivr.calls.meters import METERS
from ivr.calls.wire import NORMAL_CLOSURE, Wire
from ivr.carriers.facts import Started
from ivr.carriers.lenient import excerpt
from ivr.carriers.sfvopi import Stream
from ivr.logs import log
from ivr.server.connections import Connection, connection_of_request
from ivr.server.frames import NO_CLOSE, NO_STATUS, Open
from ivr.server.line import Line, Refused
from ivr.server.plain_frames import PlainFrames
from ivr.server.wire import POLICY, StreamWire

PREFIX = "/stream/"
UNEXPECTED = 1011
"""RFC 6455, 7.4.1: the server met a condition that kept it from fulfilling the request."""
TRY_AGAIN = 1013
"""In the registry that RFC 6455, 11.7 began: the same may work later."""
TIMED_OUT = 408
"""RFC 9110, 15.5.9: nothing whole was asked for in time."""
GONE = 410
"""RFC 9110, 15.5.11: what is asked for is no more, and will not be again."""
VERSION_NOT_SUPPORTED = 505
"""RFC 9110, 15.6.6."""

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

logger = logging.getLogger(__name__)


HUNG_UP = (NORMAL_CLOSURE, NO_STATUS)
"""The codes by which a carrier says that it means to close: only then the call is over."""


class Gone(Exception):
    """The carrier has closed the connection, or it broke."""


class Inbox:
    """What a carrier sends: it waits here for the call, and once that is there goes straight to it."""

    wire: StreamWire

    def __init__(self, connection: Connection) -> None:
        """Take what comes of a connection."""
        self._connection = connection
        self._waiting: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._take: Callable[[Wire, str | bytes], None] | None = None
        self._end: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    # What frames tell

    def message(self, message: str | bytes) -> None:
        """Take a message."""
        if self._take is None:
            self._waiting.put_nowait(message)
            return
        try:
            self._take(self.wire, message)
        except Exception as error:
            self._take = None
            if not self._end.done():
                self._end.set_exception(error)

    def closed(self, code: int) -> None:
        """Nothing more comes."""
        if not self._end.done():
            self._end.set_result(code)
            self._waiting.put_nowait(None)

    def lost(self) -> None:
        """There is no connection any more."""
        self._connection.lost()

    def pause_writing(self) -> None:
        """The peer does not read."""
        self.wire.pause_writing()

    def resume_writing(self) -> None:
        """It reads again."""
        self.wire.resume_writing()

    # What the stream asks

    async def next(self) -> str | bytes:
        """The next message, while there is no call.

        Raises:
            Gone: there is none any more.
        """
        message = await self._waiting.get()
        if message is None:
            raise Gone
        return message

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let the carrier wait, so that no more comes than fits in here."""
        self._connection.pause_reading()
        try:
            yield
        finally:
            self._connection.resume_reading()

    def hand_on(self, take: Callable[[Wire, str | bytes], None]) -> None:
        """Give all that came, and all that will come, to the call."""
        self._take = take
        while not self._waiting.empty():
            if (message := self._waiting.get_nowait()) is not None:
                self.message(message)

    async def end(self) -> int:
        """The code with which the carrier closes; what it sent before has been handed on by then.

        Raises:
            Exception: a bug of ours; the connection is still there.
        """
        return await self._end


def opener(media: Literal["plain", "fast"]) -> Open:
    """What opens WebSockets; that of the fast kind is not always installed."""
    if media == "plain":
        return PlainFrames
    from ivr.server.fast_frames import FastFrames

    return FastFrames


async def serve_stream(
    line: Line, open_frames: Open, start_timeout: float, most_bytes: int, scope: Message, receive: Receive, send: Send
) -> None:
    """Serve one connection, from the check of its token to its end."""
    await receive()  # websocket.connect
    token = scope["path"].removeprefix(PREFIX)
    try:
        call_id = _admitted(line, token, scope)
    except Refused as refusal:
        await _refuse(scope, send, refusal)
        return
    connection = connection_of_request()
    inbox = Inbox(connection)
    wire = inbox.wire = StreamWire(open_frames(scope, inbox, connection.adopt, most_bytes), line.max_unread)
    line.wires.add(wire)
    try:
        await _converse(line, token, call_id, start_timeout, inbox)
        wire.close(NORMAL_CLOSURE)
        await receive()  # websocket.disconnect
    finally:
        inbox.closed(NO_CLOSE)
        line.wires.discard(wire)


def _admitted(line: Line, token: str, scope: Message) -> str:
    """The id of the call that a token is for; Refused."""
    if scope["http_version"] != "1.1":
        raise Refused(VERSION_NOT_SUPPORTED, "a stream needs HTTP/1.1")
    return line.admit(token).call_id


async def _converse(line: Line, token: str, call_id: str, patience: float, inbox: Inbox) -> None:
    """Hand messages on until the carrier has closed: every message that came before its close is handed on."""
    driver: Driver | None = None
    hung_up = False
    try:
        driver = await _begun(line, token, call_id, patience, inbox)
        if driver is not None:
            inbox.hand_on(driver.receive)
            hung_up = await inbox.end() in HUNG_UP
    except Gone:
        pass
    except Exception:
        logger.exception("a bug of ours ended a stream")
        inbox.wire.close(UNEXPECTED)
    finally:
        if driver is not None:
            driver.disconnected(inbox.wire, hung_up=hung_up)


async def _begun(line: Line, token: str, call_id: str, patience: float, inbox: Inbox) -> Driver | None:
    """The call, once the stream has started; None if that did not happen in time, and the connection is closed.

    Raises:
        Gone: the carrier goes before.
    """
    stream = Stream(line.services.stream)
    try:
        async with asyncio.timeout(patience):
            started = await _started(stream, inbox, call_id)
        with inbox.paused():
            # What was admitted may be over by now.
            driver = await line.call(line.admit(token))
    except Gone:
        log(logger, logging.WARNING, "stream without start", call=call_id)
        raise
    except TimeoutError:
        log(logger, logging.WARNING, "stream without start", call=call_id, seconds=patience)
        METERS.streams_refused[TIMED_OUT] += 1
        inbox.wire.close(POLICY)
        return None
    except Refused as refusal:
        _note(refusal)
        inbox.wire.close(
            NORMAL_CLOSURE if refusal.status == GONE else TRY_AGAIN
        )  # Only the first keeps the carrier away.
        return None
    driver.connect(inbox.wire, stream, desk=started.desk)
    return driver


async def _started(stream: Stream, inbox: Inbox, call_id: str) -> Started:
    """The first `start`; what comes before it is dropped.

    Raises:
        Gone: the carrier goes before.
    """
    while True:
        message = await inbox.next()
        for fact in stream.parse(message):
            if isinstance(fact, Started):
                return fact
        log(logger, logging.WARNING, "message before start", call=call_id, message=excerpt(message))


async def _refuse(scope: Message, send: Send, refusal: Refused) -> None:
    _note(refusal)
    if "websocket.http.response" in scope.get("extensions", {}):
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "websocket.http.response.start", "status": refusal.status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": str(refusal).encode()})
    else:
        await send({"type": "websocket.close", "code": POLICY})


def _note(refusal: Refused) -> None:
    METERS.streams_refused[refusal.status] += 1
    log(logger, logging.WARNING, "stream refused", status=refusal.status, why=str(refusal))
