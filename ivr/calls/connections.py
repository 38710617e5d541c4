"""The connections of lookups: one request at a time on each, and each kept a moment for the next one."""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpcore

KEEP_ALIVE = 4.0
"""Seconds an idle connection is kept for the next lookup: less than the 5 s after which common servers close
theirs, because a request on a connection that is just being closed is lost, and would not be sent again."""


class Connections:
    """Sends requests, each on a connection that no other one uses meanwhile.

    Where httpcore's own pool looks at each of its connections, several times a request, this looks at the one that was
    used last.
    """

    def __init__(self, backend: httpcore.AsyncNetworkBackend, certificates: ssl.SSLContext, most: int) -> None:
        """Connect by `backend`, and keep no connection idle where that would make more than so many."""
        self._backend = backend
        self._certificates = certificates
        self._most = most
        self._open: set[httpcore.AsyncHTTPConnection] = set()
        self._idle: dict[httpcore.AsyncHTTPConnection, float] = {}
        """Those without a request, each with the time since when, in order of that."""

    @asynccontextmanager
    async def response(self, request: httpcore.Request) -> AsyncIterator[httpcore.Response]:
        """Send a request, and give its response, to be read within the block; errors are those of httpcore."""
        connection = await self._take(request.url.origin)
        try:
            response = await connection.handle_async_request(request)
            try:
                yield response
            finally:
                await response.aclose()
        finally:
            if connection.is_idle() and not connection.is_closed():
                self._idle[connection] = time.monotonic()
            else:
                await self._close(connection)

    async def aclose(self) -> None:
        """Close all connections, also those on which a response is awaited."""
        for connection in list(self._open):
            await self._close(connection)

    async def _take(self, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
        stale = time.monotonic() - KEEP_ALIVE
        await self._close_idle(lambda since: since <= stale)
        for connection in reversed(list(self._idle)):
            if connection.can_handle_request(origin) and self._idle.pop(connection, None) is not None:
                if not connection.has_expired():
                    return connection
                await self._close(connection)
        await self._close_idle(lambda _: len(self._open) >= self._most)
        connection = httpcore.AsyncHTTPConnection(origin, self._certificates, network_backend=self._backend)
        self._open.add(connection)
        return connection

    async def _close_idle(self, may_go: Callable[[float], bool]) -> None:
        """Close idle connections, the one that has been idle for longest first, as long as they may go."""
        while self._idle and may_go(next(iter(self._idle.values()))):
            await self._close(next(iter(self._idle)))

    async def _close(self, connection: httpcore.AsyncHTTPConnection) -> None:
        self._idle.pop(connection, None)
        self._open.discard(connection)
        await connection.aclose()
