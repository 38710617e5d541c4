"""What the open internet may send to the webhooks: whatever comes, nobody gets in and nothing breaks."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

import pytest

from ivr.carriers.sfvopi import Stream
from ivr.server.tokens import LONGEST_TOKEN, StreamPass, Tokens
from tests.endtoend.conftest import Serve, Server

FLOW = "{start: bye, nodes: {bye: {type: hangup, prompt: {silence: 1s}}}}"
SECRET = "s3cret-of-the-carrier"
BODY = b'{"call_uuid": "c1"}'


async def sent(server: Server, request: bytes) -> tuple[int, str]:
    """Send bytes to a server, and return the status and the body of its answer; 0 if there is none."""
    address = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(request)
    answer = b""
    try:
        answer = await asyncio.wait_for(reader.read(), 20)
    except ConnectionError:
        pass
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return (int(head.split()[1]) if head.startswith(b"HTTP/1.") else 0), body.decode(errors="replace")


def post(path: bytes, *headers: bytes, body: bytes = BODY, kind: bytes = b"application/json") -> bytes:
    first = (
        b"POST " + path + b" HTTP/1.1",
        b"Host: x",
        b"Connection: close",
        b"Content-Type: " + kind,
        b"Content-Length: " + str(len(body)).encode(),
    )
    return b"\r\n".join((*first, *headers, b"", body))


STRANGERS = {
    "no secret": post(b"/answer"),
    "an empty header": post(b"/answer", b"X-IVR-Secret:"),
    "a wrong header": post(b"/answer", b"X-IVR-Secret: wrong"),
    "the beginning of it": post(b"/answer", b"X-IVR-Secret: " + SECRET[:-1].encode()),
    "more than it": post(b"/answer", b"X-IVR-Secret: " + SECRET.encode() + b"x"),
    "another case": post(b"/" + SECRET.upper().encode() + b"/answer"),
    "a header that is no ASCII": post(b"/answer", "X-IVR-Secret: s3cret✓".encode()),
    "a header that is no UTF-8": post(b"/answer", b"X-IVR-Secret: \xff\xfe"),
    "a long header": post(b"/answer", b"X-IVR-Secret: " + b"s" * 60_000),
    "a longer header": post(b"/answer", b"X-IVR-Secret: " + b"s" * 300_000),
    "a wrong path and a right header": post(b"/wrong/answer", b"X-IVR-Secret: " + SECRET.encode()),
    "a path that is no UTF-8": post(b"/%ff%fe/answer"),
    "a lone surrogate": post(b"/%ed%a0%80/answer"),
    "a NUL behind it": post(b"/" + SECRET.encode() + b"%00/answer"),
    "a line break in the path": post(b"/%0d%0aX-IVR-Secret:%20" + SECRET.encode() + b"/answer"),
    "an empty path": post(b"//answer"),
    "a dot": post(b"/./answer"),
    "two dots": post(b"/x/../answer"),
    "encoded dots": post(b"/%2e%2e/answer"),
    "an encoded slash": post(b"/wrong%2Fanswer"),
    "a long path": post(b"/" + b"a" * 60_000 + b"/answer"),
    "it in the query": post(b"/answer?path_secret=" + SECRET.encode()),
    "it in the body": post(b"/answer", body=json.dumps({"call_uuid": "c", "path_secret": SECRET}).encode()),
    "it as the flow": post(b"/answer/" + SECRET.encode()),
    "a hang-up": post(b"/hangup"),
    "a ring": post(b"/ring"),
}


async def test_nobody_gets_in_without_the_secret(serve: Serve) -> None:
    server = await serve(FLOW, webhook_secret=SECRET)
    found = {name: (await sent(server, request))[0] for name, request in STRANGERS.items()}
    assert {name: status for name, status in found.items() if status not in (400, 403, 404, 431)} == {}
    assert server.log.lines("call answered") == []
    for request in (
        post(b"/" + SECRET.encode() + b"/answer"),
        post(b"/answer", b"X-IVR-Secret: " + SECRET.encode()),
        post(b"/answer", b"x-ivr-secret:  " + SECRET.encode() + b" "),
    ):
        assert (await sent(server, request))[0] == 200


CHUNK = b"2000\r\n" + b" " * 0x2000 + b"\r\n"
HEAD = b"POST /answer HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
ODD = {
    "a body too large": (post(b"/answer", body=b" " * 70_000), 413),
    "a body too large in chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNK * 20 + b"0\r\n\r\n", 413),
    "no chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    "a length below zero": (HEAD + b"Content-Length: -5\r\n\r\n", 400),
    "two lengths": (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n123456", 400),
    "length and chunks": (HEAD + b"Content-Length: 19\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "many fields": (post(b"/answer", body=b"a=1&" * 15_000, kind=b"application/x-www-form-urlencoded"), 400),
    "half a form": (post(b"/answer", body=b"--x", kind=b"multipart/form-data; boundary=x"), 400),
    "another charset": (post(b"/answer", body=b"{}", kind=b"application/json; charset=utf-7"), 400),
    "packed": (post(b"/answer", b"Content-Encoding: gzip", body=b"\x1f\x8b"), 400),
    "another method": (post(b"/answer").replace(b"POST", b"PUT", 1), 405),
    "TRACE": (post(b"/answer").replace(b"POST", b"TRACE", 1), 405),
    "an invented method": (post(b"/answer").replace(b"POST", b"PUSH", 1), 405),
    "CONNECT": (b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
    "no host": (b"GET /answer HTTP/1.1\r\n\r\n", 400),
    "another host": (post(b"/answer").replace(b"Host: x", b'Host: a"b<c>\\ \xff'), 200),
    "half a host": (post(b"/answer").replace(b"Host: x", b"Host: [::1"), 200),
    "nonsense": (b"\x00\x01\x02\x03" * 10 + b"\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1" + bytes(100) + b"\r\n\r\n", 400),
    "a number too large": (post(b"/answer", body=b'{"call_uuid": 1e999}'), 400),
    "a time too late": (post(b"/answer", body=b'{"call_uuid":"c","answered_at":"9999-12-31T23:59:59-23:59"}'), 200),
    "deep": (post(b"/answer", body=b"[" * 60_000), 400),
    "a stream that is none": (b"GET /stream/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
}


async def test_whatever_comes_is_answered_in_order(serve: Serve) -> None:
    server = await serve(FLOW)
    found = {name: (await sent(server, request))[0] for name, (request, _) in ODD.items()}
    assert found == {name: status for name, (_, status) in ODD.items()}
    assert (await server.ask("GET", "/health/live")).status_code == 200


KEY = "k" * 32
NOW = 1_770_026_400_000


def a_pass(**given: object) -> StreamPass:
    told = {"call_id": "c1", "caller": "+1", "called": "+2", "direction": "inbound", "flow": "main", "started_at": NOW}
    return StreamPass(**{**told, "expires_at": 2**62, **given})  # type: ignore[arg-type]  # tests give what they need


async def test_no_stream_opens_with_a_token_that_is_not_ours(serve: Serve) -> None:
    server = await serve(FLOW, stream_key=KEY)
    good = urlsplit(await server.answer()).path.rpartition("/")[2]
    value, signature = good.rsplit(".", 1)
    tokens = {
        "none": "",
        "another key's": Tokens("x" * 32).sign(a_pass()),
        "expired": Tokens(KEY).sign(a_pass(expires_at=1)),
        "without its signature": value,
        "with another's signature": f"{Tokens(KEY).sign(a_pass(call_id='other')).rsplit('.', 1)[0]}.{signature}",
        "one letter off": f"{'A' if good[0] != 'A' else 'B'}{good[1:]}",
        "cut": good[:-1],
        "longer": f"{good}A",
        "very long": "A" * (LONGEST_TOKEN + 1),
        "no ASCII": f"{good}%E2%9C%93",
        "with a NUL": f"{good}%00",
        "with a slash": f"{good}%2F..%2F{good}",
        "with a query": f"{value}?{signature}",
    }
    handshake = (
        "GET /stream/{} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    found = {name: (await sent(server, handshake.format(each).encode()))[0] for name, each in tokens.items()}
    assert {name: status for name, status in found.items() if status not in (403, 410)} == {}
    assert (await sent(server, handshake.format("A" * 10_000_000).encode()))[0] in (0, 400, 431)
    assert len(server.line.calls) == 0
    server.line.admit(good)


@pytest.mark.parametrize("form", ["json", "text"])
async def test_what_a_caller_sends_forges_no_line_of_the_log(serve: Serve, form: str) -> None:
    from ivr.logs import set_up

    server = await serve(FLOW)
    if form == "text":
        set_up("text", stream=server.log)
    before = server.log.getvalue().count("\n")
    forged = "c\r\n2026-01-01T00:00:00.000Z INFO call answered call=forged\u2028x\x85y\x1b[2J\x1b]0;title\x07\x00\u202e"
    await server.ask("POST", "/answer", json={"call_uuid": forged, "from": forged, "to": forged})
    await server.ask("POST", "/hangup", json={"call_uuid": forged, "hangup_cause": forged, "call_status": forged})
    await server.ask("POST", "/answer", json={forged: 1})
    await server.ask("POST", "/answer/" + "a%0d%0ab%1b", json={"call_uuid": "c"})
    written = server.log.getvalue()
    assert written.count("\n") - before == 4
    assert len(written.splitlines()) - before == 4  # not even where a viewer sees a line break
    assert not any(each in written for each in "\r\x1b\x07\x00\u202e\u2028\x85")
    server.log.truncate(0)
    server.log.seek(0)
    set_up("json", stream=server.log)


def test_a_stream_is_started_once() -> None:
    stream = Stream()
    started = stream.parse('{"event": "start", "streamId": "s1", "callId": "c1"}')
    again = stream.parse('{"event": "start", "streamId": "s2", "callId": "c2", "desk": true, "speaks": "text"}')
    assert again == started
    assert (stream.stream_id, stream.in_text) == ("s1", False)
