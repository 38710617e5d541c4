"""Callers who hang up, in every kind of node and in every way a carrier tells it."""

from __future__ import annotations

import json
import wave
from collections.abc import Awaitable, Callable

import pytest

from ivr.desk.webhooks import hangup
from ivr.media import alaw
from tests.endtoend.conftest import Caller, Serve, Server
from tests.web_service import Crm

FLOWS = {
    "main": """
start: choose
variables: {id: "", number: "", answer: ""}
on_hangup: report
nodes:
  choose:
    type: menu
    prompt: Where to?
    timeout: 10m
    choices:
      - {press: 1, next: play}
      - {press: 2, next: collect}
      - {press: 3, next: record}
      - {press: 4, next: http}
      - {press: 5, next: transfer}
      - {press: 6, next: subflow}
      - {press: 7, next: bye}
      - {press: 8, next: handing_over}
  play: {type: play, prompt: [Welcome to Acme., {silence: 2m}], next: choose}
  collect: {type: collect, prompt: Please enter a number., into: number, digits: 6, timeout: 10m, next: choose}
  record: {type: record, prompt: Please speak., into: id, silence: 10m, max_duration: 10m, next: choose}
  http: {type: http, url: "{{ env.CRM }}/slow", timeout: 10m, waiting: One moment please., next: choose}
  transfer: {type: transfer, prompt: [I am connecting you now., {silence: 2m}], to: "+918000000010"}
  handing_over: {type: transfer, to: "+918000000010"}
  subflow: {type: subflow, flow: inner, save: {answer: result.answer}, next: choose}
  bye: {type: hangup, prompt: [Thank you for calling Acme., {silence: 2m}]}
  report:
    type: http
    method: POST
    url: "{{ env.CRM }}/report"
    timeout: 10m
    json: {reason: "{{ call.reason }}", id: "{{ id }}"}
""",
    "inner": """
start: ask
nodes:
  ask: {type: menu, prompt: Yes or no?, timeout: 10m, choices: [{press: 1, next: done}]}
  done: {type: return, values: {answer: "yes"}}
""",
}


async def stay(_call: Caller, _crm: Crm) -> None:
    pass


async def ask_crm_slowly(call: Caller, crm: Crm) -> None:
    crm.free.clear()
    await call.press("4")
    await call.hears("One moment")


async def wait_for_transfer(call: Caller, crm: Crm) -> None:
    crm.free.clear()
    await call.press("8")
    await crm.asked()


def pressing(key: str, then_hears: str) -> Callable[[Caller, Crm], Awaitable[None]]:
    async def go(call: Caller, _: Crm) -> None:
        await call.press(key)
        await call.hears(then_hears)

    return go


PLACES = {
    "menu": ("choose", stay),
    "play": ("play", pressing("1", "Welcome")),
    "collect": ("collect", pressing("2", "enter a number")),
    "record before the tone": ("record", pressing("3", "Please speak")),
    "http": ("http", ask_crm_slowly),
    "transfer before the carrier is asked": ("transfer", pressing("5", "connecting")),
    "transfer while the carrier is asked": ("handing_over", wait_for_transfer),
    "subflow": ("inner/ask", pressing("6", "Yes or no")),
    "hangup": ("bye", pressing("7", "Thank you")),
}


@pytest.mark.parametrize("place", PLACES)
async def test_a_caller_may_hang_up_anywhere(serve: Serve, crm: Crm, place: str) -> None:
    node, go = PLACES[place]
    server = await serve(FLOWS, {"CRM": crm.url}, allow_env=["CRM"], transfer_url=f"{crm.url}/transfer")
    async with server.call("main") as call:
        await call.hears("Where to")
        await go(call, crm)
        await call.hang_up()
        crm.free.set()
        await server.log.has("call ended", reason="caller", by="caller")
    assert [step["node"] for step in server.steps() if "the caller hung up" in step["why"]] == [node]
    assert [json.loads(each.body) for each in crm.requests if each.path == "/report"] == [
        {"reason": "caller", "id": ""}
    ]
    assert list((server.data / "recordings").iterdir()) == []


async def closed(call: Caller, _: Server) -> None:
    await call.close(1000)


async def gone_away(call: Caller, _: Server) -> None:
    await call.close(1001)


async def broken(call: Caller, _: Server) -> None:
    await call.abort()


async def told_by_webhook(call: Caller, server: Server) -> None:
    assert await hangup(server.url, call.dialled, "COMPLETED", 1000)
    assert (await call.ended()).code == 1000


async def told_by_stop(call: Caller, _: Server) -> None:
    await call.send_raw('{"event": "stop"}')
    assert (await call.ended()).code == 1000


@pytest.mark.parametrize("way", [closed, gone_away, broken, told_by_webhook, told_by_stop])
async def test_every_sign_of_a_hang_up_ends_the_call_once(
    serve: Serve, crm: Crm, way: Callable[[Caller, Server], Awaitable[None]]
) -> None:
    server = await serve(FLOWS, {"CRM": crm.url}, allow_env=["CRM"])
    async with server.call("main") as call:
        await call.hears("Where to")
        await way(call, server)
        await server.log.has("call ended", reason="caller", by="caller")
    assert len(server.log.lines("call ended")) == 1
    assert len(crm.requests) == 1


async def test_a_recording_is_whole_although_the_caller_hung_up_in_it(serve: Serve, crm: Crm) -> None:
    server = await serve(FLOWS, {"CRM": crm.url}, allow_env=["CRM"])
    async with server.call("main") as call:
        said = server.spoken("Thank you for calling Acme.")
        await call.hears("Where to")
        await call.press("3")
        await server.log.has("step", node="record", effects=["Record"])
        await call.speak(said)
        await call.hang_up()
        report = (await crm.asked()).json
        await server.log.has("call ended")
    file = server.data / "recordings" / f"{report['id']}.wav"
    with wave.open(str(file)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (1, 2, 8000)
        samples = wav.readframes(wav.getnframes())
    assert alaw.decode(said) in samples
    assert list(file.parent.iterdir()) == [file]


async def test_the_work_after_a_call_has_its_own_time(serve: Serve, crm: Crm) -> None:
    server = await serve(FLOWS, {"CRM": crm.url}, allow_env=["CRM"])
    crm.free.clear()
    async with server.call("main") as call:
        await call.hears("Where to")
        await call.hang_up()
        await crm.asked()
        assert len(server.line.calls) == 1
        await server.log.has("call ended")
    assert "the work after the call took too long" in server.steps()[-1]["why"]
