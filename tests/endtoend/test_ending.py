"""The end of a server: calls may go on for a while, new ones are refused, and nothing keeps it from ending."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from base64 import b64encode
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect

from ivr.desk.carrier import CALLED, CALLER
from tests.endtoend.conftest import Serve
from tests.web_service import Crm

MENU = """
start: choose
on_hangup: report
nodes:
  choose:
    type: menu
    prompt: For your balance press 1.
    timeout: 10m
    choices: [{press: 1, next: bye}]
  bye: {type: hangup, prompt: Goodbye.}
  report: {type: http, method: POST, url: "{{ env.CRM }}/report", timeout: 10m, json: "{{ call.reason }}"}
"""
CALL = {"call_uuid": "call-1", "from": CALLER, "to": CALLED}
START = json.dumps({"event": "start", "streamId": "SFV_STRM_BI_1", "callId": "call-1"})


async def test_a_call_in_progress_may_end_by_itself_and_new_ones_are_refused(serve: Serve, crm: Crm) -> None:
    server = await serve(MENU, {"CRM": crm.url}, allow_env=["CRM"], drain="24h", start_timeout="1s")
    promised = await server.answer(call_uuid="call-2")
    async with server.call() as call:
        await call.hears("For your balance")
        server.stop.set()
        await server.log.has("waiting for calls to end", calls=1)
        ready = await server.ask("GET", "/health/ready")
        assert (ready.status_code, ready.json()["ready"]) == (503, False)
        assert (await server.ask("GET", "/health/live")).status_code == 200
        refused = await server.ask("POST", "/answer", json=CALL)
        assert (refused.status_code, refused.json()) == (
            503,
            {"error": "the server is about to end; take the fallback"},
        )
        async with connect(promised, proxy=None):
            pass  # What was answered before is let in.
        await call.reconnect()
        await call.hears("For your balance")
        await call.press("1")
        await call.hears("Goodbye")
        assert (await call.ended()).code == 1000
    await server.end()
    assert [request.json for request in crm.requests] == ["hangup"]


async def test_calls_that_go_on_too_long_are_handed_over(serve: Serve) -> None:
    server = await serve(MENU, {"CRM": "http://127.0.0.1:1"}, allow_env=["CRM"], drain="100ms")
    async with server.call() as call:
        await call.hears("For your balance")
        await server.end()
        assert server.log.lines("call handed over")
    assert server.log.lines("call ended") == []


async def test_they_are_ended_where_nobody_is_to_go_on_with_them(serve: Serve, crm: Crm) -> None:
    server = await serve(MENU, {"CRM": crm.url}, allow_env=["CRM"], drain="0s", handover_code="0")
    async with server.call() as call, server.call() as other:
        await call.hears("For your balance")
        await other.hears("For your balance")
        await server.end()
        assert [(await each.ended()).code for each in (call, other)] == [1000, 1000]
    assert len(crm.requests) == 2
    assert len(server.log.lines("call ended by the end of the server")) == 2
    assert not call.reported


async def test_a_connection_without_a_start_does_not_keep_the_server(serve: Serve, crm: Crm) -> None:
    server = await serve(MENU, {"CRM": crm.url}, allow_env=["CRM"], drain="100ms", start_timeout="24h")
    async with connect(await server.answer(), proxy=None) as waiting:
        await server.end()
        await waiting.wait_closed()
    assert waiting.close_code == 1001
    assert server.log.lines("connections did not close in time") == []


async def test_an_idle_connection_does_not_keep_the_server(serve: Serve, crm: Crm) -> None:
    server = await serve(MENU, {"CRM": crm.url}, allow_env=["CRM"])
    address = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"GET /health/live HTTP/1.1\r\nHost: ivr.test\r\n\r\n")
    await reader.readuntil(b'"live"}')
    await server.end()
    assert await reader.read() in (b"\n", b"")
    writer.close()


async def test_half_a_request_does_not_keep_the_server(serve: Serve, crm: Crm) -> None:
    server = await serve(MENU, {"CRM": crm.url}, allow_env=["CRM"])
    address = urlsplit(server.url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"POST /answer HTTP/1.1\r\nHost: ivr.test\r\nContent-Length: 1000\r\n\r\n{")
    await writer.drain()
    await server.end()
    writer.close()


LONG = """
start: long
nodes:
  long: {type: play, prompt: {silence: 30m}, next: bye}
  bye: {type: hangup}
"""


async def unread_stream(url: str) -> socket.socket:
    """Begin a stream, and read nothing of it but the answer to the upgrade."""
    address = urlsplit(url)
    loop = asyncio.get_running_loop()
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.setblocking(False)
    await loop.sock_connect(peer, (address.hostname, address.port))
    key = b64encode(os.urandom(16)).decode()
    upgrade = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13"
    await loop.sock_sendall(peer, f"GET {address.path} HTTP/1.1\r\nHost: ivr.test\r\n{upgrade}\r\n\r\n".encode())
    assert (await loop.sock_recv(peer, 1000)).startswith(b"HTTP/1.1 101 ")
    await loop.sock_sendall(peer, bytes([0x81, 0x80 | len(START), 0, 0, 0, 0]) + START.encode())
    return peer


async def test_a_peer_that_does_not_read_is_given_up(serve: Serve) -> None:
    server = await serve(LONG, rate=2000)
    peer = await unread_stream(await server.answer())
    await server.log.has("peer does not read")
    await server.log.has("call ended", reason="caller")
    peer.close()


@pytest.mark.slow
async def test_work_after_a_call_that_never_ends_is_cut_short(serve: Serve, crm: Crm) -> None:
    server = await serve(MENU, {"CRM": crm.url}, allow_env=["CRM"], rate=1, handover_code="0")
    crm.free.clear()
    async with server.call() as call:
        await call.hears("For your balance")
        await server.end()
        assert (await call.ended()).code == 1000
    assert server.log.lines("work after calls was cut short", calls=1)
