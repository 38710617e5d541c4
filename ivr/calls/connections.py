"""The connections of lookups: one request at a time on each, and each kept a moment for the next one."""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import h11
import httpcore
import httpx

KEEP_ALIVE = 4.0
"""Seconds an idle connection is kept for the next lookup: less than the 5 s after which common servers close
theirs, because a request on a connection that is just being closed is lost, and would not be sent again."""

LONGEST_HEAD = 100 * 1024
"""Bytes that a response may have before its body."""
_READ = 64 * 1024


@dataclass(frozen=True, slots=True)
class Server:
    """Whom to connect to."""

    secure: bool
    host: str
    """A name, in ASCII, or an address."""
    port: int

    @classmethod
    def of(cls, url: httpx.URL) -> Server:
        """The server of a URL, `http` or `https`."""
        secure = url.scheme == "https"
        return cls(secure, url.raw_host.decode("ascii"), url.port or (443 if secure else 80))


@dataclass(frozen=True, slots=True)
class Response:
    """What came of a request; its body comes bit by bit."""

    status: int
    headers: list[tuple[bytes, bytes]] = field(repr=False)
    body: AsyncIterator[bytes] = field(repr=False)


class Connections:
    """Sends requests, each on a connection that no other one uses meanwhile.

    HTTP itself is h11's. httpcore, which gives the connections, has a pool, too; but that takes what a server sends
    behind an answer for the answer to the next request, which may be another caller's, and it asks the system about
    each idle connection several times a request.
    """

    def __init__(self, backend: httpcore.AsyncNetworkBackend, certificates: ssl.SSLContext, most: int) -> None:
        """Connect by `backend`, and keep no connection idle where that would make more than so many."""
        self._backend = backend
        self._certificates = certificates
        certificates.set_alpn_protocols(["http/1.1"])
        self._most = most
        self._open: set[_Connection] = set()
        self._idle: dict[_Connection, float] = {}
        """Those without a request, each with the time since when, in order of that."""

    @asynccontextmanager
    async def response(self, request: httpx.Request) -> AsyncIterator[Response]:
        """Send a request, and give its response, to be read within the block.

        Raises:
            httpcore.NetworkError, httpcore.ProtocolError, OSError: the connection or the server fails.
        """
        connection = await self._taken(Server.of(request.url))
        try:
            yield await connection.ask(request)
        finally:
            if connection.ready_again():
                self._idle[connection] = time.monotonic()
            else:
                await self._close(connection)

    async def aclose(self) -> None:
        """Close all connections, also those on which a response is awaited."""
        for connection in list(self._open):
            await self._close(connection)

    async def _taken(self, server: Server) -> _Connection:
        stale = time.monotonic() - KEEP_ALIVE
        await self._close_idle(lambda since: since <= stale)
        for connection in reversed(list(self._idle)):
            if connection.server == server and self._idle.pop(connection, None) is not None:
                if not connection.left():
                    return connection
                await self._close(connection)
        await self._close_idle(lambda _: len(self._open) >= self._most)
        connection = _Connection(server, await self._connected(server))
        self._open.add(connection)
        return connection

    async def _connected(self, server: Server) -> httpcore.AsyncNetworkStream:
        stream = await self._backend.connect_tcp(server.host, server.port)
        try:
            return await stream.start_tls(self._certificates, server.host) if server.secure else stream
        except BaseException:
            await stream.aclose()
            raise

    async def _close_idle(self, may_go: Callable[[float], bool]) -> None:
        """Close idle connections, the one that has been idle for longest first, as long as they may go."""
        while self._idle and may_go(next(iter(self._idle.values()))):
            await self._close(next(iter(self._idle)))

    async def _close(self, connection: _Connection) -> None:
        self._idle.pop(connection, None)
        self._open.discard(connection)
        await connection.close()


class _Connection:
    """HTTP/1.1 (RFC 9112) over one stream."""

    def __init__(self, server: Server, stream: httpcore.AsyncNetworkStream) -> None:
        self.server = server
        self._stream = stream
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)

    async def ask(self, request: httpx.Request) -> Response:
        """Send a request, and wait for the head of its response."""
        asked = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
        try:
            parts = [self._http.send(each) for each in (asked, h11.Data(data=request.content), h11.EndOfMessage())]
        except h11.LocalProtocolError as error:
            raise httpcore.LocalProtocolError(str(error)) from error
        with suppress(httpcore.WriteError):  # A server may answer and close before it has read all.
            await self._stream.write(b"".join(filter(None, parts)))
        while True:
            event = await self._event()
            if isinstance(event, h11.Response):
                return Response(event.status_code, event.headers.raw_items(), self._body())

    async def _body(self) -> AsyncIterator[bytes]:
        while not isinstance(event := await self._event(), h11.EndOfMessage):
            if isinstance(event, h11.Data):
                yield bytes(event.data)

    async def _event(self) -> h11.Event:
        while True:
            try:
                event = self._http.next_event()
                if isinstance(event, h11.Event):
                    return event
                if event is h11.PAUSED:
                    raise httpcore.RemoteProtocolError("the server speaks another protocol from here on")
                self._http.receive_data(await self._stream.read(_READ))
            except h11.RemoteProtocolError as error:
                raise httpcore.RemoteProtocolError(str(error)) from error

    def ready_again(self) -> bool:
        """Make ready for the next request, and tell whether there may be one.

        All of the response must be read, and nothing may be there that would be taken for the next one.
        """
        if (
            self._http.our_state is not h11.DONE
            or self._http.their_state is not h11.DONE
            or self._http.trailing_data[0]
        ):
            return False
        self._http.start_next_cycle()
        return True

    def left(self) -> bool:
        """Whether the server has closed an idle connection: nothing else could be there to read."""
        return bool(self._stream.get_extra_info("is_readable"))

    async def close(self) -> None:
        """Let go of the server, whatever it may be about to say."""
        await self._stream.aclose()
