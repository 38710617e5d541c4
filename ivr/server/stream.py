"""The carrier's media WebSocket, as raw ASGI beside Quart, which would lose messages when the carrier hangs up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ivr.calls.driver import Driver
from ivr.calls.wire import NORMAL_CLOSURE
from ivr.carriers.facts import Started
from ivr.carriers.lenient import excerpt
from ivr.carriers.sfvopi import Stream
from ivr.logs import log
from ivr.server.line import Line, Refused

PREFIX = "/stream/"
POLICY = 1008
"""RFC 6455, 7.4.1: a message broke the rules of the endpoint."""
UNEXPECTED = 1011
"""As above: the server met a condition that kept it from fulfilling the request."""
CLOSING_S = 2
"""How long a carrier may take to answer our close; then the connection is left to itself."""
NO_STATUS = 1005
"""As above, 7.1.5: the close frame had no code."""
TRY_AGAIN = 1013
"""In the registry that RFC 6455, 11.7 began: the same may work later."""
GONE = 410
"""RFC 9110, 15.5.11: what is asked for is no more, and will not be again."""

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

logger = logging.getLogger(__name__)


class Gone(Exception):
    """The carrier has closed the connection, or it broke."""

    def __init__(self, code: int) -> None:
        """End with a close code, 1006 where there was none at all."""
        super().__init__(code)
        self.hung_up = code in (NORMAL_CLOSURE, NO_STATUS)
        """Whether the carrier meant to: only then the call is over."""


class AsgiWire:
    """A connection's way out: texts wait here for their turn, so that nobody who sends has to."""

    def __init__(self, send: Send, closed: Callable[[], None], most_waiting: int) -> None:
        """Send by the ASGI callable of an accepted connection.

        `closed` is told once nothing more will be sent. A peer that leaves `most_waiting` messages unread is cut off.
        """
        self._send = send
        self._tell_closed = closed
        self._most_waiting = most_waiting
        self._waiting: deque[tuple[Message, bool]] = deque()
        self._news = asyncio.Event()
        self._closed = False

    def send(self, text: str) -> None:
        """Send a text message."""
        self._put({"type": "websocket.send", "text": text}, audio=False)

    def send_audio(self, text: str) -> None:
        """Send a text message that `take_back` may still stop."""
        self._put({"type": "websocket.send", "text": text}, audio=True)

    def take_back(self) -> None:
        """Drop all audio that has not left yet."""
        self._waiting = deque(each for each in self._waiting if not each[1])

    def close(self, code: int) -> None:
        """Send what is waiting, then close."""
        if not self._closed:
            self._closed = True
            self._queue({"type": "websocket.close", "code": code}, audio=False)
            self._tell_closed()

    def _put(self, message: Message, *, audio: bool) -> None:
        if self._closed:
            return
        if len(self._waiting) < self._most_waiting:
            self._queue(message, audio=audio)
        else:
            log(logger, logging.WARNING, "peer does not read", waiting=len(self._waiting))
            self._waiting.clear()
            self.close(POLICY)

    def _queue(self, message: Message, *, audio: bool) -> None:
        self._waiting.append((message, audio))
        self._news.set()

    async def write(self) -> None:
        """Send until the connection is closed by us."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                message, _ = self._waiting.popleft()
                await self._send(message)
                if message["type"] == "websocket.close":
                    return


async def serve_stream(line: Line, start_timeout: float, scope: Message, receive: Receive, send: Send) -> None:
    """Serve one connection, from the check of its token to its end."""
    await receive()  # websocket.connect
    token = scope["path"].removeprefix(PREFIX)
    try:
        call_id = line.admit(token).call_id
    except Refused as refusal:
        await _refuse(scope, send, refusal)
        return
    # A client that asks for subprotocols must be given one of them (RFC 6455, 4.1); which one means nothing here.
    subprotocols = scope.get("subprotocols") or [None]
    await send({"type": "websocket.accept", "subprotocol": subprotocols[0]})
    time = asyncio.get_running_loop().time
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(None) as limit:
            wire = AsgiWire(send, lambda: limit.reschedule(time() + CLOSING_S), line.max_unread)
            writer = asyncio.create_task(wire.write())
            line.wires.add(wire)
            try:
                await _converse(line, token, call_id, start_timeout, wire, receive)
                wire.close(NORMAL_CLOSURE)
                await writer
            finally:
                line.wires.discard(wire)
                writer.cancel()


async def _converse(line: Line, token: str, call_id: str, patience: float, wire: AsgiWire, receive: Receive) -> None:
    """Hand messages on until the carrier has closed: every message that came before its close is handed on."""
    driver: Driver | None = None
    hung_up = False
    try:
        driver = await _begun(line, token, call_id, patience, wire, receive)
        while True:
            message = await _next(receive)
            if driver is not None:
                driver.receive(wire, message)
    except Gone as gone:
        hung_up = gone.hung_up
    except Exception:
        logger.exception("a bug of ours ended a stream")
        wire.close(UNEXPECTED)
    finally:
        if driver is not None:
            driver.disconnected(wire, hung_up=hung_up)


async def _begun(
    line: Line, token: str, call_id: str, patience: float, wire: AsgiWire, receive: Receive
) -> Driver | None:
    """The call, once the stream has started; None if that did not happen in time, and the connection is closed.

    Raises:
        Gone: the carrier goes before.
    """
    stream = Stream(line.services.stream)
    try:
        async with asyncio.timeout(patience):
            started = await _started(stream, receive, call_id)
        # What was admitted may be over by now.
        driver = await line.call(line.admit(token))
    except Gone:
        log(logger, logging.WARNING, "stream without start", call=call_id)
        raise
    except TimeoutError:
        log(logger, logging.WARNING, "stream without start", call=call_id, seconds=patience)
        wire.close(POLICY)
        return None
    except Refused as refusal:
        _log_refusal(refusal)
        wire.close(NORMAL_CLOSURE if refusal.status == GONE else TRY_AGAIN)  # Only the first keeps the carrier away.
        return None
    driver.connect(wire, stream, desk=started.desk)
    return driver


async def _started(stream: Stream, receive: Receive, call_id: str) -> Started:
    """The first `start`; what comes before it is dropped.

    Raises:
        Gone: the carrier goes before.
    """
    while True:
        message = await _next(receive)
        for fact in stream.parse(message):
            if isinstance(fact, Started):
                return fact
        log(logger, logging.WARNING, "message before start", call=call_id, message=excerpt(message))


async def _refuse(scope: Message, send: Send, refusal: Refused) -> None:
    _log_refusal(refusal)
    if "websocket.http.response" in scope.get("extensions", {}):
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "websocket.http.response.start", "status": refusal.status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": str(refusal).encode()})
    else:
        await send({"type": "websocket.close", "code": POLICY})


def _log_refusal(refusal: Refused) -> None:
    log(logger, logging.WARNING, "stream refused", status=refusal.status, why=str(refusal))


async def _next(receive: Receive) -> str | bytes:
    """The next message, text or bytes.

    Raises:
        Gone: there is none any more.
    """
    message = await receive()
    if message["type"] == "websocket.disconnect":
        raise Gone(message.get("code", NORMAL_CLOSURE))
    text = message.get("text")
    return text if text is not None else message.get("bytes") or b""
