"""Lookups connect to public addresses only, however a private one is spelled or resolved."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_address

import httpcore
import pytest
import pytest_asyncio

from ivr.calls.guard import GuardedBackend, UnreachableError, is_private

PUBLIC = "93.184.216.34"


class Names:
    """A name server that answers as it is told, and remembers how often it was asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, _host: str, _port: int) -> Sequence[str]:
        self.asked += 1
        if not self.answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self.answers[self.asked - 1]


@pytest_asyncio.fixture
async def port() -> AsyncIterator[int]:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def connect(backend: GuardedBackend, host: str, port: int) -> bytes:
    try:
        stream = await backend.connect_tcp(host, port)
        said = await stream.read(5)
        await stream.aclose()
        return said
    finally:
        backend.close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",  # noqa: S104  nothing is bound to it
        "0.1.2.3",
        "10.0.0.5",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.5",
        "::ffff:169.254.169.254",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::5db8:d822",
        "2002:7f00:1::",
        "2002:a00:5::1",
        "2001:0:4136:e378::1",
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%2",
        "fec0::1",
        "ff02::1",
        "4000::1",
    ],
)
def test_what_is_not_the_public_internet_is_private(address: str) -> None:
    assert is_private(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        PUBLIC,
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "169.253.0.1",
        "2606:2800:220:1:248:1893:25c8:1946",
        f"::ffff:{PUBLIC}",
        f"64:ff9b::{PUBLIC}",
        "2002:5db8:d822::1",
    ],
)
def test_ordinary_addresses_are_not_private(address: str) -> None:
    assert not is_private(ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "0"]
)
async def test_every_spelling_of_a_private_address_is_refused(host: str, port: int) -> None:
    with pytest.raises(UnreachableError, match=r"is a private address; allow it with --allow-private"):
        await connect(GuardedBackend(allow_private=False), host, port)


async def test_a_private_address_is_reached_where_it_is_allowed(port: int) -> None:
    assert await connect(GuardedBackend(allow_private=True), "127.0.0.1", port) == b"hello"


async def test_the_address_that_was_judged_is_the_one_connected_to(port: int) -> None:
    names = Names(["127.0.0.1"], ["10.0.0.5"])
    backend = GuardedBackend(allow_private=True, resolver=names)
    assert await connect(backend, "crm.test", port) == b"hello"
    assert names.asked == 1


async def test_one_private_address_among_public_ones_is_refused(port: int) -> None:
    backend = GuardedBackend(allow_private=False, resolver=Names([PUBLIC, "127.0.0.1"]))
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1 is a private address"):
        await connect(backend, "crm.test", port)


async def test_the_next_address_is_tried_when_the_first_is_dead(port: int) -> None:
    backend = GuardedBackend(allow_private=True, resolver=Names(["127.0.0.2", "127.0.0.1"]))
    assert await connect(backend, "crm.test", port) == b"hello"


async def test_a_refused_connection_says_so() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(UnreachableError, match=rf"127\.0\.0\.1 port {port}: connection refused"):
            await connect(GuardedBackend(allow_private=True), "127.0.0.1", port)


async def test_a_name_without_an_address_is_reported_without_the_name() -> None:
    with pytest.raises(UnreachableError, match="no address is known") as unreachable:
        await connect(GuardedBackend(allow_private=True, resolver=Names()), "crm.test", 80)
    assert "crm.test" not in str(unreachable.value)


@pytest.mark.parametrize("host", ["a" * 64 + ".test", "a..b"])
async def test_a_name_that_can_have_no_address_is_no_surprise(host: str) -> None:
    with pytest.raises(UnreachableError, match="no address is known"):
        await connect(GuardedBackend(allow_private=True), host, 80)


async def test_a_unix_socket_is_never_reached() -> None:
    backend = GuardedBackend(allow_private=True)
    with pytest.raises(httpcore.ConnectError, match="Unix"):
        await backend.connect_unix_socket("/run/some.sock")
    backend.close()
