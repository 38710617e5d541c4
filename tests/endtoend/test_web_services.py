"""Lookups and transfers that go to a real web service in the middle of a call."""

from __future__ import annotations

import socket

import pytest

from tests.endtoend.conftest import Serve
from tests.web_service import Crm

BALANCE = """
start: ask
on_error: sorry
variables: {account: "", balance: 0}
nodes:
  ask: {type: collect, prompt: Your account number?, into: account, digits: 4, timeout: 10m, next: lookup}
  lookup:
    type: http
    method: POST
    url: "{{ env.CRM }}/accounts/{{ account }}"
    headers: {Authorization: "Bearer {{ secret.CRM_TOKEN }}"}
    json: {account: "{{ account }}"}
    timeout: 10m
    retries: 2
    waiting: One moment please.
    save: {balance: body.balance}
    on_status: {404: unknown}
    next: tell
  tell: {type: hangup, prompt: "Your balance is {{ balance }}."}
  unknown: {type: hangup, prompt: There is no such account.}
  sorry: {type: hangup, prompt: "Sorry, {{ error.kind }}."}
"""
TOKEN = "canary-31337"
ENVIRON = {"IVR_SECRET_CRM_TOKEN": TOKEN}

TRANSFER = """
start: operator
nodes:
  operator: {type: transfer, to: "+918000000010", prompt: I am connecting you now., on_error: sorry}
  sorry: {type: hangup, prompt: "Sorry, {{ error.kind }}."}
"""


async def balance_of_4711(serve: Serve, crm: Crm) -> list[str]:
    """Ask for the balance and return what was heard after that."""
    server = await serve(BALANCE, {**ENVIRON, "CRM": crm.url}, allow_env=["CRM"])
    async with server.call() as call:
        await call.hears("account number")
        await call.press("4711")
        assert (await call.ended()).code == 1000
    assert TOKEN not in server.log.getvalue()
    assert TOKEN not in "".join(str(message.raw) for message in call.received)
    return call.said()[1:]


async def test_the_caller_hears_what_the_service_answered(serve: Serve, crm: Crm) -> None:
    crm.answers((200, {"balance": 1250}))
    assert (await balance_of_4711(serve, crm))[-1] == "Your balance is 1250."
    [request] = crm.requests
    assert (request.method, request.path, request.json) == ("POST", "/accounts/4711", {"account": "4711"})
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["idempotency-key"]


async def test_a_slow_lookup_keeps_the_caller_company_until_it_answers(serve: Serve, crm: Crm) -> None:
    crm.answers((200, {"balance": 1250}))
    crm.free.clear()
    server = await serve(BALANCE, {**ENVIRON, "CRM": crm.url}, allow_env=["CRM"])
    async with server.call() as call:
        await call.hears("account number")
        asked = call.at()
        await call.press("4711")
        assert (await call.hears("One moment")).at - asked >= 1000
        await call.hears("One moment")
        crm.free.set()
        await call.hears("1250")
        await call.ended()
    assert call.events().count("clearAudio") >= 1
    assert len(crm.requests) == 1


async def test_a_failing_lookup_is_tried_again_with_the_same_key(serve: Serve, crm: Crm) -> None:
    crm.answers((500, {}), (503, {}), (200, {"balance": 7}))
    assert (await balance_of_4711(serve, crm))[-1] == "Your balance is 7."
    assert len(crm.requests) == 3
    assert len({request.headers["idempotency-key"] for request in crm.requests}) == 1


@pytest.mark.parametrize(
    ("answer", "heard", "tries"),
    [
        ((500, {}), "Sorry, status.", 3),
        ((403, {}), "Sorry, status.", 1),
        ((404, {}), "There is no such account.", 1),
        ((200, {}), "Sorry, body.", 1),
        ((200, []), "Sorry, body.", 1),
    ],
)
async def test_every_other_answer_has_its_way_on(
    serve: Serve, crm: Crm, answer: tuple[int, object], heard: str, tries: int
) -> None:
    crm.answers(answer)
    assert (await balance_of_4711(serve, crm))[-1] == heard
    assert len(crm.requests) == tries


async def test_a_service_that_is_not_there_is_an_error_of_the_flow(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    assert (await balance_of_4711(serve, Crm(url)))[-1] == "Sorry, connect."


async def test_a_service_that_never_answers_is_given_up(serve: Serve, crm: Crm) -> None:
    crm.free.clear()
    server = await serve(
        BALANCE.replace("timeout: 10m\n    retries: 2", "timeout: 3s"),
        {**ENVIRON, "CRM": crm.url},
        allow_env=["CRM"],
    )
    async with server.call() as call:
        await call.hears("account number")
        await call.press("4711")
        await call.hears("One moment")
        await call.hears("Sorry, timeout.")
        await call.ended()


async def test_a_private_service_is_out_of_reach_unless_allowed(serve: Serve, crm: Crm) -> None:
    server = await serve(BALANCE, {**ENVIRON, "CRM": crm.url}, allow_env=["CRM"], allow_private=False)
    async with server.call() as call:
        await call.hears("account number")
        await call.press("4711")
        await call.hears("Sorry, connect.")
        await call.ended()
    assert crm.requests == []


async def test_the_operators_service_hands_the_call_on(serve: Serve, crm: Crm) -> None:
    server = await serve(TRANSFER, transfer_url=f"{crm.url}/transfer")
    async with server.call(caller="+919999999998") as call:
        ending = await call.ended()
    assert (ending.by, ending.code) == ("ivr", 1000)
    assert call.heard_audio() != b""
    assert call.said() == ["I am connecting you now."]
    [request] = crm.requests
    assert (request.method, request.path) == ("POST", "/transfer")
    assert request.json == {
        "call_id": call.dialled.call_id,
        "stream_id": call.stream_id,
        "from": "+919999999998",
        "to": "+918000000010",
        "flow": "main",
        "node": "operator",
    }
    assert server.log.lines("call ended")[0]["reason"] == "transfer"


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        ((200, {"result": "busy"}), "Sorry, busy."),
        ((200, {"result": "no_answer"}), "Sorry, no_answer."),
        ((500, {}), "Sorry, unsupported."),
    ],
)
async def test_a_transfer_that_fails_takes_the_way_of_an_error(
    serve: Serve, crm: Crm, answer: tuple[int, object], heard: str
) -> None:
    crm.answers(answer)
    server = await serve(TRANSFER, transfer_url=f"{crm.url}/transfer")
    async with server.call() as call:
        await call.ended()
    assert call.said() == ["I am connecting you now.", heard]


async def test_without_such_a_service_a_transfer_fails_before_its_prompt(serve: Serve) -> None:
    server = await serve(TRANSFER)
    async with server.call() as call:
        await call.ended()
    assert call.said() == ["Sorry, unsupported."]
