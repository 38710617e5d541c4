"""What the log says of calls, and what it never says."""

from __future__ import annotations

import json

from tests.endtoend.conftest import Serve
from tests.web_service import Crm

FLOW = """
start: welcome
variables: {pin: "", account: "", ok: false, hint: ""}
goals: {served: [tell]}
on_error: sorry
on_hangup: report
nodes:
  welcome: {type: play, prompt: Welcome to Acme., next: pin}
  pin:
    type: collect
    prompt: Please enter your PIN.
    into: pin
    digits: 10
    timeout: 10m
    sensitive: true
    validate: pin != "8620417593"
    no_match: That can't be.
    confirm: You entered {{ pin | digits }}. Press 1 if that is right.
    next: check
  check:
    type: http
    method: POST
    url: "{{ env.CRM }}/verify/{{ pin }}?key={{ secret.CRM_KEY }}"
    headers: {Authorization: "Bearer {{ secret.CRM_TOKEN }}"}
    query: {pin: "{{ pin }}"}
    form: {pin: "{{ pin }}", token: "{{ secret.CRM_TOKEN }}"}
    timeout: 10m
    save: {ok: body.ok, hint: body.echo}
    on_status: {403: wrong}
    next: decide
  decide: {type: branch, cases: [{when: ok and pin, next: tell}], otherwise: wrong}
  tell: {type: play, prompt: "Your PIN is {{ pin | digits }} indeed.", next: again}
  again: {type: menu, prompt: Well?, timeout: 10m, choices: [{press: 1, next: number}]}
  number: {type: set, values: {account: "{{ pin | int + 1 }}"}, next: fail}
  fail: {type: http, url: "{{ secret.CRM_HOST }}/{{ pin }}", timeout: 1s, next: wrong}
  wrong: {type: hangup, prompt: That is wrong.}
  sorry: {type: hangup, prompt: "Sorry, {{ error.message }}."}
  report: {type: http, method: POST, url: "{{ env.CRM }}/report", json: {reason: "{{ call.reason }}", pin: "{{ pin }}"}}
"""
PIN = "7391582640"
SECRETS = {
    "IVR_SECRET_CRM_KEY": "canary-key-60221",
    "IVR_SECRET_CRM_TOKEN": "canary-token-31415",
    "IVR_SECRET_CRM_HOST": "http://127.0.0.1:1/canary-host-27182",
}


async def test_each_step_is_one_line_with_what_happened_what_was_done_and_why(serve: Serve) -> None:
    menu = """
start: ask
goals: {served: [bye]}
nodes:
  ask: {type: menu, prompt: [Well?, {silence: 1m}], choices: [{press: 1, next: bye}], no_match: No.}
  bye: {type: hangup, prompt: Goodbye.}
"""
    server = await serve(menu)
    async with server.call() as call:
        await call.hears("Well")
        await call.press("7")
        await call.hears("No")
        await call.press("1")
        await call.ended()
    call_id = call.dialled.call_id
    steps = server.steps(call_id)
    assert steps == server.steps()
    assert [(step["happened"], step["node"], step["now_at"], step["effects"]) for step in steps] == [
        ("Answered", "ask", "ask", ["Play"]),
        ("KeyPressed", "ask", "ask", ["Clear", "Play", "Play"]),
        ("KeyPressed", "ask", "bye", ["Clear", "Play"]),
        ("PlaybackEnded", "bye", "bye", ["End"]),
    ]
    assert [step["why"] for step in steps] == [
        [],
        ["no-match: key 7 is not offered here; attempt 1 of 3"],
        ["key 1 chooses “bye”"],
        [],
    ]
    assert {step["level"] for step in steps} == {"info"}
    [ended] = server.log.lines("call ended")
    assert (ended["call"], ended["flow"], ended["by"], ended["goals"]) == (call_id, "main", "bye", ["served"])


async def test_what_is_sensitive_and_what_is_secret_is_in_no_line_and_no_transcript(serve: Serve, crm: Crm) -> None:
    crm.answers((200, {"ok": True, "echo": PIN}), (200, {}))
    server = await serve(FLOW, {**SECRETS, "CRM": crm.url}, allow_env=["CRM"])
    async with server.call() as call:
        await call.hears("your PIN")
        await call.press("8620417593")
        await call.hears("That can't be")
        await call.press(PIN)
        await call.hears("You entered")
        await call.press("1")
        await call.hears("Your PIN is")
        await call.hears("Well")
        await call.press("1")
        await call.hears("Sorry")
        await call.ended()
    await server.log.has("call ended")
    assert [request.path.partition("?")[0] for request in crm.requests] == [f"/verify/{PIN}", "/report"]
    assert SECRETS["IVR_SECRET_CRM_KEY"] in crm.requests[0].path
    assert crm.requests[0].headers["authorization"] == f"Bearer {SECRETS['IVR_SECRET_CRM_TOKEN']}"
    assert crm.requests[1].json == {"reason": "hangup", "pin": PIN}
    told = server.log.getvalue() + json.dumps([line.text for line in call.transcript])
    for canary in (PIN, " ".join(PIN), str(int(PIN) + 1), "8620417593", *SECRETS.values(), "canary"):
        assert canary not in told
    assert PIN not in "".join(str(message.raw) for message in call.received)


async def test_a_recording_and_a_log_line_know_a_call_by_its_id_alone(serve: Serve, crm: Crm) -> None:
    crm.answers((200, {"ok": False, "echo": ""}))
    server = await serve(FLOW, {**SECRETS, "CRM": crm.url}, allow_env=["CRM"])
    async with server.call() as call:
        await call.hears("your PIN")
        await call.hang_up()
        await server.log.has("call ended")
    lines = server.log.lines()
    assert all(line["call"] == call.dialled.call_id for line in lines if "call" in line)
    url = call.offer.url.rpartition("/")[2]
    assert all(url not in json.dumps(line) for line in lines)
