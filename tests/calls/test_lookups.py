"""Lookups against a real server, polite and otherwise: one try, a bounded answer, no secret in sight."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.calls.clock import Clock
from ivr.calls.lookups import THREAD_WORTHY, Answer, Fault, Lookups
from ivr.core.effects import Fetch, Method
from ivr.core.values import Sensitive, reference

CANARY = "canary-4711"
SECRETS = {"TOKEN": CANARY, "ODD": f"{CANARY}/?#&é", "HOST": "127.0.0.1"}
JSON = "Content-Type: application/json\r\n"

TLS_HANDSHAKE = b"\x16"

Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


def http(body: bytes, head: str = JSON, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Server:
    """Answers every request with `reply`, bytes or something that writes and misbehaves as it likes."""

    def __init__(self) -> None:
        self.reply: bytes | Reply = http(b"{}")
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.connections = 0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while (begin := await reader.readexactly(1)) != TLS_HANDSHAKE:
                head = (begin + await reader.readuntil(b"\r\n\r\n")).decode()
                first, *lines = head.strip().split("\r\n")
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.requests.append((first, headers, body))
                if isinstance(self.reply, bytes):
                    writer.write(self.reply)
                    await writer.drain()
                else:
                    await self.reply(writer)
            writer.write(http(b"", status="400 Bad Request"))
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    scripted = Server()
    listening = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    scripted.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield scripted
    listening.close()


@pytest_asyncio.fixture
async def lookups() -> AsyncIterator[Lookups]:
    sender = Lookups(allow_private=True, answer_limit=200_000)
    yield sender
    await sender.aclose()


def fetch(
    url: str,
    method: Method = "GET",
    *,
    timeout: int = 2000,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    body: Any = None,
    form: Mapping[str, str] | None = None,
) -> Fetch:
    return Fetch(1, "call-1/visit-2", method, url, timeout, headers or {}, query or {}, body, form)


async def test_an_answer_carries_status_headers_and_body(server: Server, lookups: Lookups) -> None:
    server.reply = http('{"balance": 12.5, "name": "Aśa"}'.encode(), JSON + "X-A: 1\r\nx-a: 2\r\n")
    answer = await lookups.send(fetch(f"{server.url}/accounts/12%2F3?x=%20"), {})
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body) == (200, {"balance": 12.5, "name": "Aśa"})
    assert (answer.headers["content-type"], answer.headers["x-a"]) == ("application/json", "1, 2")
    assert "Aśa" not in repr(answer)
    request, headers, body = server.requests[0]
    assert (request, body) == ("GET /accounts/12%2F3?x=%20 HTTP/1.1", b"")
    assert headers["idempotency-key"] == "call-1/visit-2"
    assert headers["user-agent"].startswith("ivr/")


@pytest.mark.parametrize("status", ["201 Created", "302 Found", "404 Not Found", "503 Service Unavailable"])
async def test_every_status_is_an_answer(server: Server, lookups: Lookups, status: str) -> None:
    server.reply = http(b"{}", f"{JSON}Location: {server.url}/elsewhere\r\n", status)
    answer = await lookups.send(fetch(server.url), {})
    assert isinstance(answer, Answer)
    assert answer.status == int(status[:3])
    assert len(server.requests) == 1


async def test_connections_are_kept_but_cookies_are_not(server: Server, lookups: Lookups) -> None:
    server.reply = http(b"{}", JSON + "Set-Cookie: session=of-another-caller\r\n")
    for _ in range(3):
        await lookups.send(fetch(server.url), {})
    assert server.connections == 1
    assert not [headers for _, headers, _ in server.requests if "cookie" in headers]


async def test_what_follows_an_answer_is_never_the_answer_to_the_next_lookup(server: Server, lookups: Lookups) -> None:
    server.reply = http(b'["first"]') + http(b'["nobody asked"]')
    await lookups.send(fetch(server.url), {})
    server.reply = http(b'["second"]')
    answer = await lookups.send(fetch(server.url), {})
    assert isinstance(answer, Answer)
    assert (answer.body, server.connections) == (["second"], 2)


async def test_requests_carry_what_the_flow_says(server: Server, lookups: Lookups) -> None:
    await lookups.send(fetch(f"{server.url}/a?b=c#d", "POST", query={"e": "f&g h", "b": "i"}, body={"n": [1]}), {})
    await lookups.send(fetch(server.url, "PUT", form={"x": "1 &", "y": "é"}, headers={"user-agent": "own"}), {})
    await lookups.send(fetch(server.url, "HEAD"), {})
    (first, headers, body), (second, second_headers, form), (third, *_) = server.requests
    assert first == "POST /a?b=c&e=f%26g%20h&b=i HTTP/1.1"
    assert (headers["content-type"], json.loads(body)) == ("application/json", {"n": [1]})
    assert second == "PUT / HTTP/1.1"
    assert (second_headers["content-type"], form) == (
        "application/x-www-form-urlencoded",
        b"x=1+%26&y=%C3%A9",
    )
    assert second_headers["user-agent"] == "own"
    assert third == "HEAD / HTTP/1.1"


async def test_secrets_take_the_place_of_their_references(server: Server, lookups: Lookups) -> None:
    odd = reference("ODD")
    await lookups.send(
        fetch(
            f"{reference('BASE')}/{odd}",
            "POST",
            headers={"Authorization": f"Bearer {odd}"},
            query={"key": odd},
            body={"deep": [odd, Sensitive("entered"), 1, None]},
        ),
        SECRETS | {"BASE": f"{server.url}/base"},
    )
    await lookups.send(fetch(server.url, "POST", form={"key": odd}), SECRETS)
    (first, headers, body), (_, _, form) = server.requests
    quoted = f"{CANARY}%2F%3F%23%26%C3%A9"
    assert first == f"POST /base/{quoted}?key={quoted} HTTP/1.1"
    assert headers["authorization"] == f"Bearer {SECRETS['ODD']}"
    assert json.loads(body) == {"deep": [SECRETS["ODD"], "entered", 1, None]}
    assert form.decode() == f"key={quoted}"


async def test_a_user_in_the_url_becomes_basic_authorization(server: Server, lookups: Lookups) -> None:
    url = server.url.replace("//", f"//ann:{reference('TOKEN')}@")
    await lookups.send(fetch(url), {"TOKEN": "a/b"})
    assert server.requests[0][1]["authorization"] == "Basic YW5uOmEvYg=="


def canary_fetches(url: str) -> list[Fetch]:
    token, odd = reference("TOKEN"), reference("ODD")
    return [
        fetch(f"{url}/{token}", headers={"X-Key": token}, query={"q": odd}),
        fetch(f"{url}/{token}", "POST", headers={"X-Key": f"{token}\r\nX: y"}),
        fetch(f"{url}/{token}", "POST", headers={"X-Key": f"{token}\ud800"}),
        fetch(f"{url}/{token}", "POST", headers={f"X {token}": "y"}),
        fetch(f"{url}/{token}", "POST", body={"k": token, "n": float("nan")}),
        fetch(f"{url}/{token}", "POST", headers={"Content-Length": "3", "X-Key": token}, body={"k": odd}),
        fetch(f"http://{token}/"),
        fetch(f"ftp://{token}/"),
        fetch(f"http://{token}:99999/"),
        fetch(f"http://[{token}/"),
        fetch(token),
        fetch(f"http://{reference('HOST')}:1/{token}"),
        fetch(f"{url.replace('http', 'https')}/{token}", headers={"X-Key": token}),
        fetch(f"{url}/{token}/{reference('MISSING')}"),
    ]


async def test_no_secret_gets_into_a_message_or_a_log(
    server: Server, lookups: Lookups, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    guarded = Lookups()
    outcomes = []
    replies: list[bytes | Reply] = [http(b"{}"), http(b"nonsense"), b"nonsense\r\n\r\n", reset, close_early]
    for server.reply in replies:
        outcomes += [await lookups.send(each, SECRETS) for each in canary_fetches(server.url)]
        outcomes += [await guarded.send(each, SECRETS) for each in canary_fetches(server.url)]
    await guarded.aclose()
    shown = "\n".join(map(repr, outcomes)) + caplog.text + repr(canary_fetches(server.url))
    assert CANARY not in shown
    assert any(CANARY in first for first, *_ in server.requests)


async def test_a_secret_address_is_not_told(lookups: Lookups) -> None:
    fault = await lookups.send(fetch(f"http://{reference('HOST')}:1/"), SECRETS)
    assert fault == Fault("connect", "no connection to [secret HOST] port 1: connection refused")


async def test_an_unknown_secret_is_named(server: Server, lookups: Lookups) -> None:
    fault = await lookups.send(fetch(f"{server.url}/{reference('MISSING')}"), SECRETS)
    assert isinstance(fault, Fault)
    assert (fault.fault, "MISSING" in fault.message, server.requests) == ("body", True, [])


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"X-Name": "a\r\nX-Admin: yes"}, "header X-Name holds a line break"),
        ({"X-Name": "a\nb"}, "header X-Name holds a line break"),
        ({"X-Name": "a\x00b"}, "header X-Name holds a line break"),
        ({"X Name": "a"}, "'X Name' is no name of a header"),
        ({"": "a"}, "'' is no name of a header"),
        ({"content-length": "1"}, "header content-length follows from the request"),
        ({"Transfer-Encoding": "chunked"}, "follows from the request"),
    ],
)
async def test_headers_that_can_not_be_sent_are_not(
    server: Server, lookups: Lookups, headers: dict[str, str], words: str
) -> None:
    fault = await lookups.send(fetch(server.url, "POST", headers=headers, body={}), {})
    assert isinstance(fault, Fault)
    assert fault.fault == "body"
    assert words in fault.message
    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/accounts/1",
        "crm.test/x",
        "ftp://crm.test/",
        "http://",
        "http:///x",
        "http://a b/",
        "http://[::1",
    ],
)
async def test_a_url_that_leads_nowhere_is_a_fault_of_connecting(lookups: Lookups, url: str) -> None:
    fault = await lookups.send(fetch(url), {})
    assert isinstance(fault, Fault)
    assert fault.fault == "connect"


async def test_private_addresses_are_refused_unless_allowed(server: Server) -> None:
    guarded = Lookups()
    fault = await guarded.send(fetch(server.url), {})
    await guarded.aclose()
    assert fault == Fault("connect", "127.0.0.1 is a private address; allow it with --allow-private")
    assert server.connections == 0


async def test_tls_with_a_server_that_has_none_is_a_fault_of_connecting(server: Server, lookups: Lookups) -> None:
    fault = await lookups.send(fetch(server.url.replace("http", "https")), {})
    assert isinstance(fault, Fault)
    assert fault.fault == "connect"
    assert fault.message.startswith("the server did not speak TLS")


async def drip_body(writer: asyncio.StreamWriter) -> None:
    writer.write(f"HTTP/1.1 200 OK\r\n{JSON}Content-Length: 1000\r\n\r\n".encode())
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def drip_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b"y")
        await writer.drain()
        await asyncio.sleep(0.02)


async def say_nothing(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize("reply", [drip_body, drip_head, say_nothing])
async def test_the_time_out_is_for_the_whole_exchange(server: Server, lookups: Lookups, reply: Reply) -> None:
    server.reply = reply
    assert await lookups.send(fetch(server.url, timeout=150), {}) == Fault("timeout", "no answer within 150 ms")
    server.reply = http(b"[1]")
    answer = await lookups.send(fetch(server.url), {})
    assert isinstance(answer, Answer)
    assert answer.body == [1]


async def test_time_outs_are_those_of_a_clock(server: Server) -> None:
    server.reply = say_nothing
    lookups = Lookups(allow_private=True, clock=Clock(1000))
    try:
        async with asyncio.timeout(30):
            fault = await lookups.send(fetch(server.url, timeout=100_000), {})
    finally:
        await lookups.aclose()
    assert fault == Fault("timeout", "no answer within 100000 ms")


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def close_early(writer: asyncio.StreamWriter) -> None:
    writer.write(http(b"[1, 2, 3]")[:-4])
    await writer.drain()
    writer.close()


async def break_chunks(writer: asyncio.StreamWriter) -> None:
    writer.write(f"HTTP/1.1 200 OK\r\n{JSON}Transfer-Encoding: chunked\r\n\r\nzz\r\n".encode())
    await writer.drain()


@pytest.mark.parametrize(
    "reply",
    [
        reset,
        close_early,
        break_chunks,
        b"\x00\xff garbage\r\n\r\n",
        b"HTTP/9.9 9999 \r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    ],
)
async def test_a_server_that_does_not_speak_http_is_a_fault_of_connecting(
    server: Server, lookups: Lookups, reply: bytes | Reply
) -> None:
    server.reply = reply
    fault = await lookups.send(fetch(server.url), {})
    assert isinstance(fault, Fault)
    assert fault.fault == "connect"
    assert len(server.requests) == 1


GZIP = JSON + "Content-Encoding: gzip\r\n"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (http(b"[" + b"1," * 100_000 + b"1]"), "larger than 200000 bytes"),
        (http(gzip.compress(b" " * 50_000_000), GZIP), "larger than 200000 bytes"),
        (http(gzip.compress(b"[1, 2, 3]")[:-6], GZIP), "cut off"),
        (http(b"[1, 2, 3]", GZIP), "not the gzip"),
        (http(b"x", JSON + "Content-Encoding: gzip, gzip\r\n"), "packed as 'gzip, gzip'"),
        (http(b"{balance: 1}"), "line 1, column 2"),
        (http(b"[1] [2]"), "Extra data"),
        (http(b"<html>"), "not usable JSON"),
        (http(b'{"a": NaN}'), "number out of all bounds"),
        (http(b"[-Infinity]"), "number out of all bounds"),
        (http(b"[1e999]"), "number out of all bounds"),
        (http(b"[" + b"9" * 5000 + b"]"), "number out of all bounds"),
        (http(b"[" * 101 + b"]" * 101), "deeper than 100"),
        (http(b"[" * 90_000), "deeper than 100"),
        (http(b'["\xe9"]', "Content-Type: application/json; charset=iso-8859-1\r\n"), "not UTF-8"),
        (http(b"?", "Content-Type: application/problem+json\r\n"), "not usable JSON"),
    ],
)
async def test_a_body_of_no_use_is_a_fault_only_where_it_is_wanted(
    server: Server, lookups: Lookups, reply: bytes, words: str
) -> None:
    server.reply = reply
    fault = await lookups.send(fetch(server.url), {})
    assert isinstance(fault, Fault)
    assert fault.fault == "body"
    assert words in fault.message
    server.reply = reply.replace(b"200 OK", b"500 Oops", 1)
    answer = await lookups.send(fetch(server.url), {})
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body) == (500, None)


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        (http(b""), None),
        (b"HTTP/1.1 204 No Content\r\n\r\n", None),
        (http(b"fine", "Content-Type: text/plain\r\n"), None),
        (http(b"12", "Content-Type: text/plain\r\n"), None),
        (http(b"{broken", "Content-Type: text/html\r\n"), None),
        (http(b"a;b", "Content-Type: application/json-seq\r\n"), None),
        (http(b' {"a": 1}', "Content-Type: text/html\r\n"), {"a": 1}),
        (http(b"[1]", ""), [1]),
        (http(b"null"), None),
        (http(b'{"a": 1, "a": 2}'), {"a": 2}),
        (http(b'\xef\xbb\xbf"x"'), "x"),
        (http('["é"]'.encode("utf-16")), ["é"]),
        (http(b"[1]", "Content-Type: APPLICATION/JSON ;charset=nonsense\r\n"), [1]),
        (http(gzip.compress(b"[1, 2]") + b"trailing", GZIP), [1, 2]),
        (http(b'["\\ud800", "\\ufdd0TOKEN\\ufdd1"]'), ["\ufffd", "TOKEN"]),
    ],
)
async def test_what_a_body_comes_to(server: Server, lookups: Lookups, reply: bytes, body: object) -> None:
    server.reply = reply
    answer = await lookups.send(fetch(server.url), {})
    assert isinstance(answer, Answer)
    assert answer.body == body


async def test_a_large_body_is_parsed_all_the_same(server: Server, lookups: Lookups) -> None:
    numbers = list(range(THREAD_WORTHY // 3))
    server.reply = http(gzip.compress(json.dumps(numbers).encode()), GZIP)
    answer = await lookups.send(fetch(server.url), {})
    assert isinstance(answer, Answer)
    assert answer.body == numbers


async def test_references_in_headers_of_an_answer_are_defused(server: Server, lookups: Lookups) -> None:
    server.reply = http(b"{}", f"{JSON}X-Bad: {reference('TOKEN')}\r\n")
    answer = await lookups.send(fetch(server.url), SECRETS)
    assert isinstance(answer, Answer)
    assert answer.headers["x-bad"] == "TOKEN"


async def test_lookups_beyond_the_limit_wait_within_their_time_out(server: Server) -> None:
    release = asyncio.Event()

    async def hold(writer: asyncio.StreamWriter) -> None:
        await release.wait()
        writer.write(http(b"{}"))

    server.reply = hold
    narrow = Lookups(allow_private=True, limit=2)
    first = [asyncio.create_task(narrow.send(fetch(server.url), {})) for _ in range(2)]
    await asyncio.sleep(0.05)
    late = await narrow.send(fetch(server.url, timeout=50), {})
    waiting = asyncio.create_task(narrow.send(fetch(server.url), {}))
    release.set()
    answers = await asyncio.gather(*first, waiting)
    await narrow.aclose()
    assert isinstance(late, Fault)
    assert late.fault == "timeout"
    assert all(isinstance(answer, Answer) for answer in answers)
    assert len(server.requests) == 3


async def test_cancelled_and_closed_lookups_leave_nothing_behind(server: Server) -> None:
    server.reply = say_nothing
    sender = Lookups(allow_private=True, limit=3)
    pending = [asyncio.create_task(sender.send(fetch(server.url), {})) for _ in range(6)]
    await asyncio.sleep(0.05)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    server.reply = http(b"[1]")
    answers = await asyncio.gather(*(sender.send(fetch(server.url), {}) for _ in range(6)))
    assert all(isinstance(answer, Answer) for answer in answers)
    server.reply = say_nothing
    open_still = asyncio.create_task(sender.send(fetch(server.url), {}))
    await asyncio.sleep(0.05)
    await sender.aclose()
    fault = await open_still
    assert isinstance(fault, Fault)
    assert fault.fault == "connect"


texts = st.text() | st.text(st.sampled_from("a\r\n\x00\ud800é%?#@:/[]."))


async def of_lookups() -> Lookups:
    return Lookups(allow_private=True)


def test_no_request_however_odd_raises() -> None:
    with asyncio.Runner() as runner:
        sender = runner.run(of_lookups())

        @settings(max_examples=100, deadline=None)
        @given(name=texts, value=texts, body=st.recursive(texts | st.floats(), st.lists))
        def none_raises(name: str, value: str, body: object) -> None:
            for odd in (
                fetch(name, timeout=200),
                fetch(f"http://127.0.0.1:1/{value}", "POST", headers={name: value}, body=body),
                fetch("http://127.0.0.1:1", "POST", query={name: value}, form={name: value}),
            ):
                assert isinstance(runner.run(sender.send(odd, {})), Fault)

        none_raises()
        runner.run(sender.aclose())


def test_no_answer_however_odd_raises() -> None:
    with asyncio.Runner() as runner:
        sender, scripted = runner.run(of_lookups()), Server()
        listening = runner.run(asyncio.start_server(scripted.serve, "127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"

        @settings(max_examples=100, deadline=None)
        @given(st.binary() | st.binary().map(http) | st.text().map(lambda text: http(json.dumps(text).encode())))
        def none_raises(reply: bytes) -> None:
            async def once(writer: asyncio.StreamWriter) -> None:
                writer.write(reply)
                writer.close()

            scripted.reply = once
            assert isinstance(runner.run(sender.send(fetch(url), {})), Answer | Fault)

        none_raises()
        listening.close()
        runner.run(sender.aclose())
