"""A server stops listening without losing who has come already, and ends whatever its peers do."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio
from hypercorn.config import Config

from ivr.server import sockets
from ivr.server.connections import Connections, connection_of_request
from ivr.server.sockets import address, listening_socket

NO_DELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY)
REQUEST = b"GET / HTTP/1.1\r\nHost: ivr.test\r\nConnection: close\r\n\r\n"


async def application(_: Mapping[str, Any], receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"here"})


@pytest_asyncio.fixture
async def served() -> AsyncIterator[tuple[Connections, tuple[str, int]]]:
    listener = listening_socket("127.0.0.1", 0)
    place = listener.getsockname()
    connections = await Connections.listen(application, Config(), listener)
    yield connections, place
    await connections.aclose()


async def test_who_waits_in_the_queue_is_served_and_who_comes_later_is_not(
    served: tuple[Connections, tuple[str, int]],
) -> None:
    connections, place = served
    with socket.create_connection(place) as queued, socket.create_connection(place) as silent:
        await connections.stop_listening()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(place)
        reader, writer = await asyncio.open_connection(sock=queued)
        ending = asyncio.create_task(connections.aclose())
        await asyncio.sleep(0)
        writer.write(REQUEST)
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"here" in answer
        writer.close()
        await ending
        silent.setblocking(False)
        assert await asyncio.get_running_loop().sock_recv(silent, 1) == b""


async def test_small_messages_do_not_wait_for_each_other() -> None:
    waits: list[bool] = []

    async def looks(*_: object) -> None:
        transport = connection_of_request().adopt(asyncio.Protocol())
        waits.append(not transport.get_extra_info("socket").getsockopt(*NO_DELAY))
        transport.abort()
        connection_of_request().lost()

    listener = listening_socket("127.0.0.1", 0)
    connections = await Connections.listen(looks, Config(), listener)
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    writer.write(REQUEST)
    await reader.read()
    writer.close()
    await connections.aclose()
    assert waits == [False]


async def test_others_may_listen_at_the_same_address_and_go_on() -> None:
    first = listening_socket("127.0.0.1", 0)
    place = first.getsockname()
    with listening_socket(*place) as second, sockets.reserved_socket(*place):
        assert address(second) == f"127.0.0.1:{place[1]}"
        connections = await Connections.listen(application, Config(), first)
        await connections.aclose()
        with socket.create_connection(place):
            accepted, _ = second.accept()
            accepted.close()


def test_an_address_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for make in (listening_socket, sockets.reserved_socket):
            with pytest.raises(OSError, match=f"127.0.0.1:{port}"):
                make("127.0.0.1", port)


def test_an_address_of_ipv6_is_told_as_in_a_url() -> None:
    try:
        listener = listening_socket("::1", 0)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with listener:
        assert address(listener) == f"[::1]:{listener.getsockname()[1]}"
