"""Sensitive digits are in no file, table, log line or output, however they came and in whatever form."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from ivr import logs
from ivr.cli import run
from tests.doors.canary import WORDS, Canary, everything
from tests.endtoend.conftest import Caller, LogBook, Serve, Server
from tests.web_service import Crm

PRESSED, AHEAD, SAID, PART, CONFIRMED, TYPED = "73915842", "86204197", "41739628", "5928374", "60481953", "92517368"
TOKEN = "canary-token-31415"
FLOW = """
start: ask
variables: {card: "", copy: "", echo: "", spoken: ""}
on_hangup: report
universals: [{press: "*", do: repeat}]
nodes:
  ask:
    type: collect
    prompt: Please enter your card.
    into: card
    digits: {min: 8, max: 8, between: 10m}
    speech: digits
    sensitive: true
    timeout: 10m
    validate: card[0] != "6" or card | luhn or true
    confirm: You entered {{ card | digits }}, is that right?
    next: keep
  keep: {type: set, values: {copy: "{{ card }}", spoken: "{{ card | digits }}"}, next: look}
  look:
    type: http
    method: POST
    url: "{{ env.CRM }}/cards/{{ card }}"
    query: {card: "{{ card }}"}
    headers: {X-Card: "{{ card }}", Authorization: "Bearer {{ secret.TOKEN }}"}
    json: {card: "{{ card }}", again: "{{ copy }}"}
    timeout: 10m
    save: {echo: body.echo}
    on_error: more1
    next: more1
  more1: {type: menu, prompt: More one?, timeout: 10m, choices: [{press: 1, next: fail}]}
  fail: {type: play, prompt: "It is {{ card | date }}.", on_error: more2, next: more2}
  more2: {type: menu, prompt: More two?, timeout: 10m, choices: [{press: 1, next: key}]}
  key: {type: branch, cases: [{when: "dict(a=1)[card] == 1", next: more3}], otherwise: more3, on_error: more3}
  more3: {type: menu, prompt: More three?, timeout: 10m, choices: [{press: 1, next: large}]}
  large: {type: set, values: {copy: "{{ card | int | ordinal ~ (copy | time) }}"}, on_error: more4, next: more4}
  more4: {type: menu, prompt: More four?, timeout: 10m, choices: [{press: 1, next: status}]}
  status:
    type: http
    url: "{{ card }}://nowhere/{{ card }}"
    timeout: 10m
    on_error: tell
    next: tell
  tell: {type: play, prompt: "Your card is {{ card | digits }}, {{ echo }}, {{ copy }}.", next: end}
  end: {type: menu, prompt: Anything else?, timeout: 10m, choices: [{press: 1, next: bye}]}
  bye: {type: hangup, prompt: Goodbye.}
  report: {type: http, method: POST, url: "{{ env.CRM }}/report", json: {card: "{{ card }}"}}
"""
ALL = [Canary(digits) for digits in (PRESSED, AHEAD, SAID, PART, CONFIRMED, TYPED)]


def leaks(where: str, content: bytes) -> list[str]:
    found = [f"{each.digits} in {where} ({', '.join(forms)})" for each in ALL if (forms := each.found_in(content))]
    return found + ([f"the token in {where}"] if TOKEN.encode() in content else [])


@pytest.mark.parametrize(
    "content",
    [
        "card 73915842.",
        "7 3 9 1 5 8 4 2",
        '["7", "3", "9", "1", "5", "8", "4", "2"]',
        "Seven, three; nine one five eight four two",
        "2485 1937",
        "37 33 39".replace(" ", "") + "3135383432",
        "\\x37\\x33\\x39\\x31\\x35\\x38\\x34\\x32",
        "55, 51, 57, 49, 53, 56, 52, 50",
        b64encode(b"card 73915842!").decode(),
        b64encode(b"a card 73915842").decode(),
        b64encode(b'{"card":"73915842"}').decode(),
        hex(int(PRESSED)),
        "".join(f'{{"event": "step", "key": "{digit}"}}\n' for digit in PRESSED),
        "".join(f"INFO step key={digit} at=17\n" for digit in PRESSED),
    ],
)
def test_a_canary_would_be_found(content: str) -> None:
    assert Canary(PRESSED).found_in(content.encode())
    assert not Canary("11111111").found_in(content.encode())


async def called(server: Server, entered: str, *, ahead: bool = False, spoken: bool = False) -> None:
    """A call whose caller enters a number, and hears all that the flow says of it."""
    words = " ".join(WORDS[int(digit)] for digit in entered)
    async with Caller.call(server.url, clock=server.clock, in_text=spoken) as call:
        if ahead:
            await call.press(entered)
        else:
            await call.hears("Please enter")
            if spoken:
                await call.say(words, lasting=2000)
            else:
                await call.press(entered)
        await call.hears("is that right")
        await call.press("1")
        for more in ("More one", "More two", "More three", "More four"):
            await call.hears(more)
            await call.press("1")
        await call.hears("Your card is")
        for message in call.received:
            if message.event == "transcript":
                assert not leaks("a transcript", str(message.raw).encode())
        await call.press("1")
        await call.hears("Goodbye")
        await call.ended()


async def test_no_call_leaves_its_digits_behind(
    serve: Serve, crm: Crm, log: LogBook, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.set_up("json", logging.DEBUG, log)
    rows = io.StringIO()
    for_people = logging.StreamHandler(rows)
    for_people.setFormatter(logs.LineFormatter(logs.as_text))
    logging.getLogger().addHandler(for_people)  # which the fixture takes away again
    logging.getLogger("websockets").setLevel(logging.INFO)  # the caller's own, who may know what he presses
    numbers = (PRESSED, AHEAD, SAID)
    echo = {digits: {"echo": f"{digits}, {' '.join(digits)}", digits: [digits]} for digits in numbers}
    crm.answers(*((status, body) for digits in numbers for status, body in ((200, echo[digits]), (500, echo[digits]))))
    server = await serve(FLOW, {"IVR_SECRET_TOKEN": TOKEN, "CRM": crm.url}, allow_env=["CRM"])
    found: list[str] = []
    rendered = sorted((server.data / "prompts").iterdir())
    await called(server, PRESSED)
    await called(server, AHEAD, ahead=True)
    await called(server, SAID, spoken=True)
    async with server.call() as call:  # The call breaks in the middle, and its session waits in the store.
        await call.hears("Please enter")
        await call.press(CONFIRMED)
        await call.hears("is that right")
        await call.passes(2000)
        for name, content in everything(server.data):
            found += leaks(f"{name} in the middle", content)
        await call.hang_up()
    async with server.call() as call:
        await call.hears("Please enter")
        await call.press(PART)
        await call.hang_up()
    for path in ("/health/ready", "/health/live"):
        found += leaks(path, (await server.ask("GET", path)).content)
    assert any(PRESSED in request.path for request in crm.requests)  # The numbers were really there.
    await server.end()
    assert server.line.services.store is not None
    await server.line.services.store.aclose()
    assert sorted((server.data / "prompts").iterdir()) == rendered  # Audio that speaks of a call is in no file.
    code = run(["replay", "--since", "1h", "--data-dir", str(server.data), "--format", "text"])
    assert code == 0
    for name, content in everything(server.data):
        found += leaks(name, content)
    written = capfd.readouterr()
    found += leaks("standard output", written.out.encode()) + leaks("standard error", written.err.encode())
    assert "call ended" in rows.getvalue()
    found += leaks("the log", log.getvalue().encode()) + leaks("the log for people", rows.getvalue().encode())
    assert found == []


@pytest.mark.slow
def test_a_call_in_the_terminal_leaves_none_behind(tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text(FLOW)
    command = [sys.executable, "-m", "ivr", "call", str(tmp_path / "main.yaml"), "--text", "--why"]
    typed = f"{TYPED}\n1\n\n1\n1\n1\n1\n1\n"
    ended = subprocess.run(command, input=typed.encode(), capture_output=True, cwd=tmp_path, check=False)
    assert b"Please enter" in ended.stdout
    assert leaks("standard output", ended.stdout) == []
    assert leaks("standard error", ended.stderr) == []
