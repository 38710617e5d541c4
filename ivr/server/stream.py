"""The carrier's media WebSocket, as raw ASGI beside Quart, which would lose messages when the carrier hangs up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ivr.calls.driver import Driver
from ivr.carriers.facts import Started
from ivr.carriers.lenient import excerpt
from ivr.carriers.sfvopi import Stream
from ivr.logs import log
from ivr.server.line import Line, Refused
from ivr.server.tokens import TokenRefused

PREFIX = "/stream/"
UNEXPECTED = 1011
"""RFC 6455, 7.4.1: the server met a condition that kept it from fulfilling the request."""
POLICY = 1008
"""RFC 6455, 7.4.1: a message broke the rules of the endpoint."""
NORMAL = 1000
MOST_WAITING = 1_000
"""Messages that a peer may leave unread: about 100 s of audio."""

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

logger = logging.getLogger(__name__)


class AsgiWire:
    """A connection's way out: texts wait here for their turn, so that nobody who sends has to."""

    def __init__(self, send: Send) -> None:
        """Send by the ASGI callable of an accepted connection."""
        self._send = send
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
        self._put({"type": "websocket.close", "code": code}, audio=False)
        self._closed = True

    def _put(self, message: Message, *, audio: bool) -> None:
        if self._closed:
            return
        if len(self._waiting) >= MOST_WAITING:
            log(logger, logging.WARNING, "peer does not read", waiting=len(self._waiting))
            self._waiting.clear()
            message = {"type": "websocket.close", "code": POLICY}
            self._closed = True
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
        stream_pass = line.admit(token)
    except TokenRefused as refusal:
        await _refuse(scope, send, 403, str(refusal))
        return
    except Refused as refusal:
        await _refuse(scope, send, refusal.status, str(refusal))
        return
    # A client that asks for subprotocols must be given one of them (RFC 6455, 4.1); which one means nothing here.
    subprotocols = scope.get("subprotocols") or [None]
    await send({"type": "websocket.accept", "subprotocol": subprotocols[0]})
    stream = Stream(line.services.stream)
    wire = AsgiWire(send)
    writer = asyncio.create_task(wire.write())
    driver: Driver | None = None
    try:
        started = await _started(stream, receive, start_timeout, stream_pass.call_id)
        if started is None:
            wire.close(POLICY)
        else:
            driver = line.call(stream_pass)
            driver.connect(wire, stream, desk=started.desk)
            await _converse(driver, receive)
    except Exception:
        log(logger, logging.ERROR, "stream failed", call=stream_pass.call_id)
        logger.exception("a bug of ours ended the stream of call %s", stream_pass.call_id)
        wire.close(UNEXPECTED)
    finally:
        if driver is not None:
            driver.disconnected(wire)
        wire.close(NORMAL)
        with contextlib.suppress(asyncio.CancelledError, OSError):
            await asyncio.wait_for(writer, timeout=5)


async def _refuse(scope: Message, send: Send, status: int, why: str) -> None:
    log(logger, logging.WARNING, "stream refused", status=status, why=why)
    if "websocket.http.response" in scope.get("extensions", {}):
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": why.encode()})
    else:
        await send({"type": "websocket.close", "code": POLICY})


async def _started(stream: Stream, receive: Receive, patience: float, call_id: str) -> Started | None:
    """The first `start`; None if it does not come in time, or the carrier goes before."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while (text := _content(await receive())) is not None:
                for fact in stream.parse(text):
                    if isinstance(fact, Started):
                        return fact
                log(logger, logging.WARNING, "message before start", call=call_id, message=excerpt(text))
    log(logger, logging.WARNING, "stream without start", call=call_id)
    return None


async def _converse(driver: Driver, receive: Receive) -> None:
    """Hand messages on until either side closes; every message that came before the close is handed on."""
    while True:
        text = _content(await receive())
        if text is None:
            return
        driver.receive(text)


def _content(message: Message) -> str | bytes | None:
    """The text or bytes of a message; None if it says that the connection is closed."""
    if message["type"] == "websocket.disconnect":
        return None
    text = message.get("text")
    return text if text is not None else message.get("bytes") or b""
