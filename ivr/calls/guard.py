"""Connections of lookups: private addresses are out of reach unless the operator allows them."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpcore

RESOLVERS = 16
"""Names looked up at the same time; a name server that hangs holds no threads but these."""

NEXT_ADDRESS = 1.0
"""Seconds after which a silent address is given up for the server's next one (in the spirit of RFC 8305)."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]
"""Gives the addresses of a host and port, blocking; OSError or UnicodeError where it has none."""

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # RFC 4291, 2.4
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052, 2.1: the last 32 bits are an IPv4 address
_IPV4_BITS = 0xFFFF_FFFF


class UnreachableError(httpcore.ConnectError):
    """No connection was made; the message is fit for people and for logs, and holds no host name."""


def is_private(address: Address) -> bool:
    """Tell whether `address` is anything but an ordinary address of the public internet.

    Private are all that the IANA special-purpose registries (RFC 6890) don't call globally reachable:
    loopback, private networks, link-local with the clouds' metadata service at 169.254.169.254, carrier-grade
    NAT, unspecified, documentation and reserved ones; besides, multicast. An IPv6 address that stands for an
    IPv4 address (mapped, NAT64, 6to4) is judged by that one.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return not address.is_global or address.is_multicast
    stands_for = address.ipv4_mapped or address.sixtofour
    if address in _NAT64:
        stands_for = ipaddress.IPv4Address(int(address) & _IPV4_BITS)
    if stands_for is not None:
        return is_private(stands_for)
    return address not in _GLOBAL_UNICAST or not address.is_global


def system_addresses(host: str, port: int) -> Sequence[str]:
    """Ask the system for the addresses of a name, or of any spelling of an address that it knows."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections for httpcore, to addresses that it has checked itself.

    A name is resolved once and the connection goes to the very address that was judged, so that a name server
    can't give one answer to the check and another to the connection. A name with one private address among
    its addresses is refused as a whole. Unix sockets are always refused.
    """

    def __init__(self, *, allow_private: bool, resolver: Resolver = system_addresses) -> None:
        """Prepare to connect; with `allow_private` every address will do."""
        self._allow_private = allow_private
        self._resolver = resolver
        self._tcp = httpcore.AnyIOBackend()
        self._resolvers = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="resolve")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of `host` that answers; UnreachableError if none may or does."""
        addresses = await self._resolve(host, port)
        for address in addresses:
            if not self._allow_private and is_private(address):
                raise UnreachableError(f"{address} is a private address; allow it with --allow-private")
        *earlier, last = addresses
        for address in earlier:
            try:
                return await self._tcp.connect_tcp(str(address), port, NEXT_ADDRESS, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        try:
            return await self._tcp.connect_tcp(str(last), port, timeout, local_address, socket_options)
        except httpcore.ConnectError as error:
            raise UnreachableError(f"no connection to {last} port {port}: {_reason(error)}") from None

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002  the signature is httpcore's
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  the signature is httpcore's
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002  as above
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: a lookup never reaches a local socket."""
        raise UnreachableError("lookups don't reach Unix sockets")

    async def sleep(self, seconds: float) -> None:
        """Wait, for httpcore."""
        await asyncio.sleep(seconds)

    def close(self) -> None:
        """Connect no more; name servers still being asked are not waited for."""
        self._resolvers.shutdown(wait=False)

    async def _resolve(self, host: str, port: int) -> list[Address]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._resolvers, self._resolver, host, port)
        except (OSError, UnicodeError):  # UnicodeError: a label of the name is empty or too long
            raise UnreachableError("no address is known for the server's name") from None
        return [ipaddress.ip_address(address) for address in found]


def _reason(error: BaseException | None) -> str:
    """Return the system's own words for what is behind an error of httpcore, never its text."""
    while error is not None:
        if isinstance(error, OSError) and error.errno is not None:
            return os.strerror(error.errno).lower()
        error = error.__cause__ or error.__context__
    return "the network failed"
