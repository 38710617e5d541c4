"""The sockets on which a server listens, each process with one of its own."""

from __future__ import annotations

import socket

UNREAD_MS = 20_000
"""After so long a connection is broken off if the peer takes nothing of what was sent to it."""
BACKLOG = 1024


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that takes connections, beside those of other workers, and of a server that is to end.

    Raises:
        OSError: the address is in use by another program, or is none of this machine's.
    """
    taken = reserved_socket(host, port)
    try:
        taken.listen(BACKLOG)
    except OSError as error:
        taken.close()
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from None
    return taken


def reserved_socket(host: str, port: int) -> socket.socket:
    """A socket that takes no connections, but keeps the address for workers that do.

    Raises:
        OSError: as of `listening_socket`.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Without its protocol event loops don't know that it is TCP, and each small message would wait until the one before
    # is acknowledged (RFC 896), for up to 40 ms: asyncio sets TCP_NODELAY only where it is named.
    reserved = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # The kernel spreads connections over all that listen (socket(7)): evenly, which one shared socket does not.
        if hasattr(socket, "SO_REUSEPORT"):
            reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux, where connections inherit it (RFC 5482)
            reserved.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
        reserved.bind((host, port))
    except OSError as error:
        reserved.close()
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from None
    return reserved


def address(bound: socket.socket) -> str:
    """Where a socket is, as in a URL."""
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
