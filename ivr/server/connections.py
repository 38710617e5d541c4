"""Hypercorn's protocols on a socket of ours, so that it stops listening, and ends, when it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from contextvars import ContextVar
from typing import Any, Self, cast

from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.typing import ConnectionState, LifespanState

from ivr.logs import log

CLOSING_MS = 5_000
"""How long connections may take to close once all calls have ended."""
FRESH_MS = 300
"""How long the request of a new connection may take to come before it is closed."""
ABORTING_MS = 1_000
"""How long their tasks may take to end once they are cut off; the end of the event loop ends the rest."""
_QUEUED = 1_000
"""Connections that are taken at most from the queue of a socket that is to be closed."""

logger = logging.getLogger(__name__)


class Connection:
    """The connection of a request, which a WebSocket takes for itself.

    Hypercorn reads the request, and then knows of nothing but the end: each message would cost as much in its layers
    as all that is done with it.
    """

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        """A connection that Hypercorn has."""
        self._transport = cast("asyncio.Transport", transport)
        self._before = self._transport.get_protocol()

    def adopt(self, protocol: asyncio.BaseProtocol) -> asyncio.Transport:
        """Let a protocol have all that comes from now on; it has to tell of the end."""
        self._transport.set_protocol(protocol)
        return self._transport

    def pause_reading(self) -> None:
        """Let the peer keep what it sends."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take what came meanwhile."""
        self._transport.resume_reading()

    def lost(self) -> None:
        """Tell Hypercorn of the end."""
        self._before.connection_lost(None)


_connection: ContextVar[Connection] = ContextVar("connection")


def connection_of_request() -> Connection:
    """The connection whose request is being served.

    Raises:
        LookupError: it is none of `Connections`.
    """
    return _connection.get()


class Connections:
    """All connections of a process.

    Hypercorn's own way to serve waits for connections in ways that end too early or, on Python 3.12 and later, never
    (pgjones/hypercorn#308), and can't stop to listen without ending. Its protocols need none of that.
    """

    def __init__(self, application: Any, config: Config) -> None:
        """Serve an ASGI application, which is told nothing of a lifespan."""
        self._application = ASGIWrapper(application)
        self._config = config
        self._context = WorkerContext(None)
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._newest = 0.0
        """When the last connection came, by the clock of the event loop."""
        self._listener: socket.socket | None = None
        self._server: asyncio.Server | None = None

    @classmethod
    async def listen(cls, application: Any, config: Config, listener: socket.socket) -> Self:
        """Take connections from now on; the socket is closed with them."""
        connections = cls(application, config)
        listener.setblocking(False)
        connections._listener = listener
        connections._server = await asyncio.get_running_loop().create_server(connections._protocol, sock=listener)
        return connections

    async def stop_listening(self) -> None:
        """Close the socket; connections that wait in its queue are taken first, the rest go to whoever listens too."""
        listener, self._listener = self._listener, None
        if listener is None or self._server is None:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(listener)
        queued = list(_accepted(listener))
        with contextlib.suppress(OSError):  # Whatever connects from here on is refused, or finds the other server.
            listener.shutdown(socket.SHUT_RDWR)
        for connection in queued:
            with contextlib.suppress(OSError):
                await loop.connect_accepted_socket(self._protocol, connection)
        # Connections that the event loop itself has just accepted need their turn before the server is closed.
        for _ in range(3):
            await asyncio.sleep(0)
        self._server.close()

    async def aclose(self) -> None:
        """Stop listening, let connections close, and cut off those that don't."""
        await self.stop_listening()
        # What has just come has a request on its way, and one that waits for none would be closed at once.
        fresh = self._newest + FRESH_MS / 1000 - asyncio.get_running_loop().time()
        silent = [task for task, writer in self._open.items() if not _spoke(writer)]
        if silent and fresh > 0:
            await asyncio.wait(silent, timeout=fresh)
        await self._context.terminated.set()
        if self._open:
            await asyncio.wait(tuple(self._open), timeout=CLOSING_MS / 1000)
        if left := tuple(self._open.items()):
            log(logger, logging.WARNING, "connections did not close in time", connections=len(left))
            for task, writer in left:
                writer.transport.abort()
                task.cancel()
            await asyncio.wait([task for task, _ in left], timeout=ABORTING_MS / 1000)

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        return _Peer(asyncio.StreamReader(), self._connected)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._open[task] = writer
        self._newest = asyncio.get_running_loop().time()
        task.add_done_callback(self._closed)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _connection.set(Connection(writer.transport))
        loop = asyncio.get_running_loop()
        state = ConnectionState(LifespanState({}))
        await TCPServer(self._application, loop, self._config, self._context, state, reader, writer)

    def _closed(self, task: asyncio.Task[None]) -> None:
        writer = self._open.pop(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a connection ended by an error", exc_info=error)
        writer.close()


class _Peer(asyncio.StreamReaderProtocol):
    """The other side of a connection."""

    spoke = False
    """Whether it has sent anything."""

    def data_received(self, data: bytes) -> None:
        self.spoke = True
        super().data_received(data)


def _spoke(writer: asyncio.StreamWriter) -> bool:
    peer = writer.transport.get_protocol()
    return isinstance(peer, _Peer) and peer.spoke


def _accepted(listener: socket.socket) -> Any:
    """The connections that wait in a socket's queue."""
    with contextlib.suppress(OSError):
        for _ in range(_QUEUED):
            connection, _ = listener.accept()
            connection.setblocking(False)
            yield connection
