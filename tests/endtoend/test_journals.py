"""What a server keeps of its calls, and that they can be made again from it."""

from __future__ import annotations

import argparse
import json
import stat
from pathlib import Path

import pytest

from ivr.calls.store.archive import Archive
from ivr.calls.store.engine import database_url
from ivr.commands import replay
from tests.endtoend.conftest import Serve, Server
from tests.web_service import Crm

FLOW = """
start: welcome
variables: {pin: "", ok: false, hint: "", name: ""}
on_hangup: report
nodes:
  welcome: {type: play, prompt: Welcome to Acme., next: ask}
  ask:
    type: menu
    prompt: Well?
    timeout: 10m
    choices: [{press: 1, next: pin}, {press: 2, next: bye}]
    no_match: No.
  pin:
    type: collect
    prompt: Please enter your PIN.
    into: pin
    digits: 6
    timeout: 10m
    sensitive: true
    validate: pin != "862041"
    no_match: That can't be.
    next: check
  check:
    type: http
    method: POST
    url: "{{ env.CRM }}/verify"
    headers: {Authorization: "Bearer {{ secret.CRM_TOKEN }}"}
    json: {pin: "{{ pin }}"}
    timeout: 10m
    save: {ok: body.ok, hint: body.echo, name: body.customer.name}
    next: decide
  decide: {type: branch, cases: [{when: pin == hint, next: tell}, {when: not ok, next: bye}], otherwise: bye}
  tell: {type: play, prompt: "{{ name }}, your PIN is {{ pin | digits }} indeed, {{ hint }}.", next: bye}
  bye: {type: hangup, prompt: Goodbye.}
  report: {type: http, method: POST, url: "{{ env.CRM }}/report", json: {pin: "{{ pin }}"}}
"""
PIN, WRONG_PIN, TOKEN = "739158", "862041", "canary-token-31415"


async def test_a_call_is_kept_without_what_is_sensitive_and_can_be_made_again(
    serve: Serve, crm: Crm, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = {"ok": True, "echo": PIN, "customer": {"name": "Asha", "phone": "5550199"}, "token": TOKEN}
    crm.answers((200, answer), (200, {}))
    server = await serve(
        FLOW, {"IVR_SECRET_CRM_TOKEN": TOKEN, "CRM": crm.url, "OTHER": "x"}, allow_env=["CRM", "OTHER"]
    )
    async with server.call() as call:
        await call.hears("Well")
        await call.press("7")
        await call.hears("No")
        await call.press("1")
        await call.hears("your PIN")
        await call.press(WRONG_PIN)
        await call.hears("That can't be")
        await call.press(PIN)
        await call.hears("Goodbye")
        await call.ended()
    async with server.call() as call_cut_off:
        await call_cut_off.hears("Well")
        await call_cut_off.press("1")
        await call_cut_off.hears("your PIN")
        await call_cut_off.press("73")
        await ended(server)

    assert stat.S_IMODE((server.data / "ivr.db").stat().st_mode) == 0o600
    ids = [each.dialled.call_id for each in (call, call_cut_off)]
    with Archive(database_url(None, server.data)) as archive:
        kept = [archive.of_call(id)[0].text for id in ids]
    text = "".join(kept)
    for hidden in (PIN, WRONG_PIN, " ".join(PIN), TOKEN, "5550199", "OTHER"):
        assert hidden not in text
    assert "Asha" in text
    assert json.loads(kept[0].splitlines()[-1])["end"]["by"] == "bye"
    for file in server.data.glob("ivr.db*"):
        stored = file.read_bytes()
        assert not [each for each in (PIN, " ".join(PIN), TOKEN, "5550199") if each.encode() in stored]

    assert made_again(server.data, call.dialled.call_id) == 0
    told = capsys.readouterr().out
    assert "caller  presses 7" in told
    assert "record  pin: the value was not valid" in told
    assert "record  decide: cases.0" in told
    assert told.splitlines()[-1].startswith("all ")
    assert made_again(server.data, *ids) == 0


async def ended(server: Server) -> None:
    """End a server as SIGTERM does, with all that serves calls."""
    await server.end()
    if server.line.services.store is not None:
        await server.line.services.store.aclose()


def made_again(data: Path, *calls: str) -> int:
    """The exit code of `ivr replay`."""
    told = {"calls": list(calls), "since": None, "flow": None, "format": "text", "data_dir": str(data)}
    return replay.run(argparse.Namespace(**told))


async def test_without_keeping_no_journal_is_written(serve: Serve) -> None:
    flow = "{start: bye, nodes: {bye: {type: hangup, prompt: Goodbye.}}}"
    server = await serve(flow, keep_journals="0")
    async with server.call() as call:
        await call.ended()
    store = server.line.services.store
    assert store is not None
    await ended(server)
    with Archive(database_url(None, server.data)) as archive:
        assert archive.of_call(call.dialled.call_id) == []
