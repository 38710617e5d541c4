"""The carrier's HTTP requests: how they may come, which flow they start, and who is turned away."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from ivr.desk.carrier import CALLED, CALLER
from tests.endtoend.conftest import Serve, Server

FLOW = "{{start: bye, {more} nodes: {{bye: {{type: hangup, prompt: 'Here is {name}.'}}}}}}"
CALL = {
    "call_uuid": "call-uuid-1738491600-abc123",
    "from": "+918000000003",
    "to": "+918000000001",
    "direction": "INBOUND",
    "call_status": "IN_PROGRESS",
    "answered_at": "2026-02-02T10:00:00.000Z",
}


def flow(name: str, more: str = "") -> str:
    return FLOW.format(name=name, more=more and f"{more},")


def pass_of(server: Server, answer: Any) -> Any:
    """What the token in the offered stream's URL says."""
    token = urlsplit(answer.json()["stream"]["url"]).path.rpartition("/")[2]
    return server.line.admit(token)


@pytest.mark.parametrize("way", ["POST JSON", "POST form", "GET", "POST query", "POST JSON of another type"])
async def test_the_answer_webhook_is_understood_however_it_comes(serve: Serve, way: str) -> None:
    server = await serve(flow("main"))
    match way:
        case "POST JSON":
            answer = await server.ask("POST", "/answer", json=CALL)
        case "POST form":
            answer = await server.ask("POST", "/answer", data=CALL)
        case "GET":
            answer = await server.ask("GET", "/answer", params=CALL)
        case "POST query":
            answer = await server.ask("POST", "/answer", params=CALL)
        case _:
            headers = {"Content-Type": "application/vnd.carrier+json"}
            answer = await server.ask("POST", "/answer", content=json.dumps(CALL), headers=headers)
    assert answer.status_code == 200
    stream = answer.json()["stream"]
    assert stream.pop("url").startswith(server.url.replace("http", "ws", 1) + "/stream/")
    assert stream == {
        "codec": "PCMA",
        "sample_rate": 8000,
        "direction": "BOTH",
        "bidirectional": True,
        "stream_timeout": 86400,
        "keep_call_alive": False,
    }
    stream_pass = pass_of(server, answer)
    assert (stream_pass.call_id, stream_pass.caller, stream_pass.called) == (
        "call-uuid-1738491600-abc123",
        "+918000000003",
        "+918000000001",
    )
    assert (stream_pass.direction, stream_pass.flow) == ("inbound", "main")


async def test_a_plus_that_a_query_did_not_escape_is_put_back(serve: Serve) -> None:
    server = await serve(flow("main"))
    answer = await server.ask("GET", "/answer?call_uuid=c1&from=+918000000003&to=%2B918000000001")
    stream_pass = pass_of(server, answer)
    assert (stream_pass.caller, stream_pass.called) == ("+918000000003", "+918000000001")


async def test_settings_of_the_stream_are_offered(serve: Serve) -> None:
    server = await serve(flow("main"), keep_call_alive=True, stream_timeout="1h", codec="PCMU")
    stream = (await server.ask("POST", "/answer", json=CALL)).json()["stream"]
    assert (stream["keep_call_alive"], stream["stream_timeout"], stream["codec"]) == (True, 3600, "PCMU")


JSON, FORM = {"Content-Type": "application/json"}, {"Content-Type": "application/x-www-form-urlencoded"}
WITHOUT_A_CALL: dict[str, dict[str, Any]] = {
    "nothing": {},
    "an empty object": {"json": {}},
    "numbers only": {"json": {"from": "+1", "to": "+2"}},
    "null": {"json": {"call_uuid": None}},
    "an object": {"json": {"call_uuid": {"a": 1}}},
    "an empty text": {"json": {"call_uuid": ""}},
    "a text too long": {"json": {"call_uuid": "x" * 300}},
    "a list": {"json": []},
    "a text alone": {"json": "call_uuid"},
    "another form": {"data": {"call": "1"}},
    "no UTF-8": {"content": b"\xff\xfe", "headers": JSON},
    "half JSON": {"content": b"{", "headers": JSON},
    "deep lists": {"content": b"[" * 60_000, "headers": JSON},
    "deep objects": {"content": b'{"call_uuid":' * 4_000, "headers": JSON},
    "a number of many digits": {"content": b"9" * 60_000, "headers": JSON},
    "a form that is no UTF-8": {"content": b"\xff\xfe=%ff", "headers": FORM},
    "parts that never begin": {"content": b"--x", "headers": {"Content-Type": "multipart/form-data; boundary=y"}},
    "parts without a boundary": {"content": b"--x", "headers": {"Content-Type": "multipart/form-data"}},
    "plain text": {"content": b"call_uuid=1", "headers": {"Content-Type": "text/plain"}},
}


async def test_a_webhook_that_names_no_call_is_told_why(serve: Serve) -> None:
    server = await serve(flow("main"))
    for case, request in WITHOUT_A_CALL.items():
        for path in ("/answer", "/answer/main", "/hangup", "/ring"):
            answer = await server.ask("POST", path, **request)
            assert answer.status_code == 400, case
            assert "call_uuid" in answer.json()["error"] or "JSON object" in answer.json()["error"], case
    assert len(server.log.lines("webhook refused", path="/ring", status=400)) == len(WITHOUT_A_CALL)


async def test_a_body_too_large_for_a_webhook_is_refused(serve: Serve) -> None:
    server = await serve(flow("main"))
    answer = await server.ask("POST", "/answer", json={**CALL, "more": "x" * 100_000})
    assert answer.status_code == 413
    assert (await server.ask("POST", "/answer", json=CALL)).status_code == 200


async def test_other_methods_and_paths_are_not_served(serve: Serve) -> None:
    server = await serve(flow("main"))
    assert (await server.ask("PUT", "/answer", json=CALL)).status_code == 405
    assert (await server.ask("GET", "/nothing")).status_code == 404
    assert (await server.ask("GET", "/stream/x")).status_code == 404


async def test_calls_are_routed_by_path_then_by_number_then_to_the_default(serve: Serve) -> None:
    server = await serve(
        {
            "main": flow("main", "default: true"),
            "sales": flow("sales", "numbers: ['+918000000007', '+91 80 0000 0008']"),
            "sub": "{start: done, nodes: {done: {type: return, values: {}}}}",
        }
    )

    async def flow_for(path: str, called: str) -> str:
        answer = await server.ask("POST", path, json={**CALL, "to": called})
        assert answer.status_code == 200
        return str(pass_of(server, answer).flow)

    assert await flow_for("/answer", "+918000000007") == "sales"
    assert await flow_for("/answer", "918000000008") == "sales"
    assert await flow_for("/answer", "+918000000009") == "main"
    assert await flow_for("/answer", "") == "main"
    assert await flow_for("/answer/sales", "+918000000009") == "sales"
    assert await flow_for("/answer/main", "+918000000007") == "main"
    async with server.call(called="+918000000007") as call:
        await call.hears("Here is sales")
        await call.ended()


async def test_a_call_that_no_flow_answers_is_refused_with_what_there_is(serve: Serve) -> None:
    server = await serve(
        {
            "main": flow("main", "numbers: ['+918000000001']"),
            "sales": flow("sales"),
            "sub": "{start: done, nodes: {done: {type: return, values: {}}}}",
        }
    )

    async def refused(path: str) -> str:
        answer = await server.ask("POST", path, json={**CALL, "to": "+918000000009"})
        assert answer.status_code == 404
        return str(answer.json()["error"])

    assert await refused("/answer") == "no flow has the number +918000000009 and none is the default; " + (
        "flows are main, sales"
    )
    assert await refused("/answer/mian") == "there is no flow “mian” (did you mean “main”?); flows are main, sales"
    assert await refused("/answer/sub") == "“sub” has a return node, so only other flows can call it"
    assert len(server.log.lines("webhook refused", status=404)) == 3


async def test_the_only_flow_answers_every_number(serve: Serve) -> None:
    subflow = "{start: done, nodes: {done: {type: return, values: {}}}}"
    server = await serve({"main": flow("main", "numbers: ['+918000000001']"), "sub": subflow})
    answer = await server.ask("POST", "/answer", json={**CALL, "to": "+918000000009"})
    assert pass_of(server, answer).flow == "main"


SECRET = "s-e-c-r-e-t_1"


KNOWN: list[tuple[str, str | None]] = [
    (f"/{SECRET}/answer", None),
    (f"/{SECRET}/answer/main", None),
    (f"/{SECRET}/hangup", None),
    ("/answer", SECRET),
    ("/answer/main", SECRET),
    ("/ring", SECRET),
]
UNKNOWN: list[tuple[str, str | None]] = [
    ("/answer", None),
    ("/answer", ""),
    ("/answer", "s-é"),
    ("/answer/main", "wrong"),
    ("/wrong/answer", None),
    ("/wrong/answer/main", None),
    ("/wrong/answer", SECRET),
    (f"/{SECRET}x/hangup", None),
    ("/hangup", None),
    ("/wrong/ring", None),
]


async def test_only_who_knows_the_webhook_secret_is_served(serve: Serve) -> None:
    server = await serve(flow("main"), webhook_secret=SECRET)

    async def ask(path: str, header: str | None) -> httpx.Response:
        headers = {} if header is None else {"X-IVR-Secret": header.encode("latin-1")}
        return await server.ask("POST", path, json=CALL, headers=headers)

    for path, header in KNOWN:
        answer = await ask(path, header)
        assert answer.status_code == 200, path
        assert SECRET not in answer.text
    for path, header in UNKNOWN:
        answer = await ask(path, header)
        assert answer.status_code == 403, path
        assert answer.json() == {"error": "the webhook secret is missing or wrong"}
    refused = server.log.lines("webhook refused", status=403)
    assert len(refused) == len(UNKNOWN)
    assert not any("wrong" in line["path"] for line in refused)
    assert SECRET not in server.log.getvalue()


async def test_a_secret_in_the_path_leads_through_a_whole_call(serve: Serve) -> None:
    server = await serve(flow("main"), webhook_secret=SECRET)
    async with server.call("main", path=f"/{SECRET}") as call:
        await call.hears("Here is main")
        await call.ended()
    assert call.reported


@pytest.mark.parametrize(
    ("settings", "headers", "url"),
    [
        ({}, {"Host": "ivr.test:8443"}, "ws://ivr.test:8443/stream/"),
        ({}, {"Host": "ivr.test", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.test"}, "ws://ivr.test/"),
        ({"public_url": "https://ivr.example.com"}, {}, "wss://ivr.example.com/stream/"),
        ({"public_url": "https://ivr.example.com/calls/"}, {}, "wss://ivr.example.com/calls/stream/"),
        ({"public_url": "http://ivr.example.com:81"}, {"Host": "x.test"}, "ws://ivr.example.com:81/stream/"),
        ({"trust_proxy": True}, {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "out.test"}, "wss://out.test/"),
        (
            {"trust_proxy": True},
            {"X-Forwarded-Proto": "https, http", "X-Forwarded-Host": "out.test, in.test"},
            "wss://out.test/stream/",
        ),
        ({"trust_proxy": True}, {"Host": "ivr.test", "X-Forwarded-Proto": "https"}, "wss://ivr.test/stream/"),
        ({"trust_proxy": True}, {"Host": "ivr.test"}, "ws://ivr.test/stream/"),
        (
            {"trust_proxy": True, "public_url": "https://ivr.example.com"},
            {"X-Forwarded-Host": "out.test"},
            "wss://ivr.example.com/stream/",
        ),
    ],
)
async def test_the_stream_is_offered_where_the_carrier_reaches_it(
    serve: Serve, settings: dict[str, Any], headers: dict[str, str], url: str
) -> None:
    server = await serve(flow("main"), **settings)
    answer = await server.ask("POST", "/answer", json=CALL, headers=headers)
    assert answer.json()["stream"]["url"].startswith(url)


@pytest.mark.parametrize("way", ["json", "data", "params"])
async def test_hangup_and_ring_webhooks_are_taken_also_for_unknown_calls(serve: Serve, way: str) -> None:
    server = await serve(flow("main"))
    report = {
        "call_uuid": "never-answered",
        "from": CALLER,
        "to": CALLED,
        "call_status": "NO_ANSWER",
        "duration": "0",
        "hangup_cause": "19",
    }
    method = "GET" if way == "params" else "POST"
    for _ in range(2):
        assert (await server.ask(method, "/hangup", **{way: report})).status_code == 200
        assert (await server.ask(method, "/ring", **{way: {**report, "call_status": "RINGING"}})).status_code == 200
    assert [(line["call"], line["status"]) for line in server.log.lines("call rings")] == [
        ("never-answered", "RINGING")
    ] * 2
    assert [(line["status"], line["seconds"], line["cause"]) for line in server.log.lines("call hung up")] == [
        ("NO_ANSWER", 0, "19")
    ] * 2


async def test_no_more_calls_are_taken_than_are_allowed(serve: Serve) -> None:
    menu = "{start: ask, nodes: {ask: {type: menu, prompt: Well?, timeout: 10m, choices: [{press: 1, next: ask}]}}}"
    server = await serve(menu, max_calls="1")
    async with server.call() as call:
        await call.hears("Well")
        answer = await server.ask("POST", "/answer", json=CALL)
        assert answer.status_code == 503
        assert answer.json() == {"error": "the server takes no more than 1 calls at a time"}
        assert (await server.ask("GET", "/health/ready")).json()["calls"] == 1
    await server.log.has("call ended")
    assert (await server.ask("POST", "/answer", json=CALL)).status_code == 200


async def test_the_server_says_that_it_lives_and_what_it_serves(serve: Serve) -> None:
    server = await serve({"main": flow("main"), "sales": flow("sales")})
    live = await server.ask("GET", "/health/live")
    assert (live.status_code, live.json()) == (200, {"status": "live"})
    ready = await server.ask("GET", "/health/ready")
    told = ready.json()
    assert (ready.status_code, told["ready"], told["reasons"]) == (200, True, [])
    assert (told["flows"], told["broken"], told["refused"]) == (["main", "sales"], [], [])
    assert (told["calls"], told["workers"]["wanted"], told["failing"], told["listening"]) == (0, 1, False, {})
    assert told["store"] == {"state": "ok", "since": None, "waiting": 0, "undurable": 0, "unwritten": 0}


async def test_health_needs_no_secret(serve: Serve) -> None:
    server = await serve(flow("main"), webhook_secret=SECRET)
    assert (await server.ask("GET", "/health/live")).status_code == 200
    assert (await server.ask("GET", "/health/ready")).status_code == 200


async def test_a_broken_flow_beside_a_good_one_stops_only_itself(serve: Serve) -> None:
    server = await serve(
        {
            "good": flow("good"),
            "broken": "start: nowhere\nnodes: {}\n",
            "half": "start: [",
            "caller": (
                "{start: a, nodes: {a: {type: subflow, flow: broken, next: b}, b: {type: hangup, prompt: Goodbye.}}}"
            ),
        }
    )
    ready = (await server.ask("GET", "/health/ready")).json()
    assert ready["flows"] == ["good"]
    assert [file.rpartition("/")[2] for file in ready["broken"]] == ["broken.yaml", "caller.yaml", "half.yaml"]
    async with server.call() as call:
        await call.hears("Here is good")
        await call.ended()
    refused = await server.ask("POST", "/answer/broken", json=CALL)
    assert refused.status_code == 404
    assert "flows are good" in refused.json()["error"]


async def test_a_call_id_of_any_form_names_its_call(serve: Serve) -> None:
    server = await serve(flow("main"))
    for call_id in ("../../etc/passwd", "a b\tc", "é✓", "'\"<>%", 17):
        answer = await server.ask("POST", "/answer", json={**CALL, "call_uuid": call_id})
        assert answer.status_code == 200
        assert pass_of(server, answer).call_id
