"""What a caller enters, or a carrier tells, goes into a lookup as data: it adds no header and finds no other server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

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
