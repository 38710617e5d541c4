"""What a caller enters, or a carrier tells, goes into a lookup as data: it adds no header and finds no other server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from ivr.calls.guard import GuardedBackend, UnreachableError
from ivr.calls.lookups import Answer, Fault, Lookups
from ivr.core.effects import Fetch
from ivr.core.events import LookupFailed

EVIL = (
    "+1\r\nX-Evil: 1\r\n\r\nGET /evil HTTP/1.1",
    "\nX-Evil: 1",
    "\rX-Evil: 1",
    "\x0bX-Evil: 1",
    "\u560d\u560aX-Evil: 1",
    "\u2028X-Evil: 1",
    "\x85X-Evil: 1",
    "\x00X-Evil: 1",
    "../../evil",
    "/evil?x=1#",
    "@evil.test/",
    "%0d%0aX-Evil: 1",
    "x&evil=1;evil=1",
    '","evil":"1',
    "\ud800",
    "\ufdd0TOKEN\ufdd1",
    "{{ secret.TOKEN }}",
)
FLOW = """
start: look
variables: {told: ""}
nodes:
  look:
    type: http
    method: POST
    url: "URL/accounts/{{ call.from }}?a={{ call.from }}"
    query: {q: "{{ call.from }}"}
    headers: {From: "{{ call.from }}", X-To: "x{{ call.to }}"}
    BODY
    on_error: bye
    next: bye
  bye: {type: hangup}
"""


class Wire:
    """A server that keeps every byte of what it is sent."""

    def __init__(self) -> None:
        self.url = ""
        self.sent = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        self.sent = head + await reader.readexactly(length)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
        writer.close()


@pytest_asyncio.fixture
async def wire() -> AsyncIterator[Wire]:
    taken = Wire()
    server = await asyncio.start_server(taken.serve, "127.0.0.1", 0)
    async with server:
        taken.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield taken


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("body", ["json: {a: '{{ call.from }}'}", "form: {a: '{{ call.from }}'}"])
async def test_what_comes_from_outside_stays_where_it_is_put(
    flow_of: Callable[..., Any], call: Callable[..., Any], wire: Wire, evil: str, body: str
) -> None:
    fetched: list[Fetch] = []

    def answer(fetch: Fetch, now: int) -> LookupFailed:
        fetched.append(fetch)
        return LookupFailed(now, fetch.lookup, "connect", "")

    call(flow_of(FLOW.replace("URL", wire.url).replace("BODY", body)), answer, caller=evil, called=evil)
    if not fetched:
        return  # The core itself found the request unfit.
    lookups = Lookups(allow_private=True)
    result = await lookups.send(fetched[0], {"TOKEN": "t0ken"})
    await lookups.aclose()
    if isinstance(result, Fault):
        assert result.fault == "body"
        assert wire.sent == b""
        return
    assert isinstance(result, Answer)
    assert result.status == 302  # and nobody went on to where it leads
    head, _, rest = wire.sent.partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    assert first.startswith(b"POST /accounts/")
    assert first.count(b" ") == 2
    assert first.count(b"?") == 1
    assert b"#" not in first
    assert b"/evil" not in first
    assert not any(line.lower().startswith((b"x-evil", b"get ")) for line in headers)
    assert b"t0ken" not in wire.sent
    if body.startswith("json"):
        assert list(json.loads(rest)) == ["a"]
    else:
        assert rest.startswith(b"a=")
        assert b"&" not in rest


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7F.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "0",
        "0.0.0.0",  # noqa: S104  nothing is bound to it
        "127.0.0.1.",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "user@127.0.0.1",
        "93.184.216.34@127.0.0.1",
        "①②⑦.⓪.⓪.①",
        "１２７.0.0.1",
        "127。0。0。1",
        "ⓛocalhost",
        "%31%32%37.0.0.1",
    ],
)
async def test_no_spelling_of_a_private_address_is_reached(wire: Wire, host: str) -> None:
    port = wire.url.rpartition(":")[2]
    lookups = Lookups(allow_private=False)
    try:
        for scheme in ("http", "HTTP", "https"):
            fetch = Fetch(1, "k", "POST", f"{scheme}://{host}:{port}/", 2_000, {}, {}, {"a": 1}, None)
            result = await lookups.send(fetch, {})
            assert isinstance(result, Fault)
            assert result.fault == "connect"
            assert "private" in result.message or "no address" in result.message or "URL is none" in result.message
    finally:
        await lookups.aclose()
    assert wire.sent == b""


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://x/", "unix:///run/x", "gopher://x", "//x/", "x", "", "http://", "http:///x", "\x00"],
)
async def test_only_http_is_spoken(url: str) -> None:
    lookups = Lookups(allow_private=True)
    result = await lookups.send(Fetch(1, "k", "GET", url, 2_000), {})
    await lookups.aclose()
    assert isinstance(result, Fault)
    assert result.fault == "connect"


async def test_a_name_that_is_private_the_second_time_is_judged_the_second_time(wire: Wire) -> None:
    port = int(wire.url.rpartition(":")[2])
    answers = [["93.184.216.34", "127.0.0.1"], ["127.0.0.1"], ["::ffff:127.0.0.1"]]
    backend = GuardedBackend(allow_private=False, resolver=lambda _host, _port: answers.pop(0))
    for _ in range(3):
        with pytest.raises(UnreachableError, match="is a private address"):
            await backend.connect_tcp("crm.test", port)
    backend.close()
    assert answers == []
