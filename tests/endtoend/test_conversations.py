"""Callers and their keys, from the answer webhook to the end of the call."""

from __future__ import annotations

from tests.endtoend.conftest import Serve
from tests.web_service import Crm

MENU = """
start: welcome
language: en-US
nodes:
  welcome: {type: play, prompt: Welcome to Acme., next: choose}
  choose:
    type: menu
    prompt: For your balance press 1. For opening hours press 2.
    timeout: 6s
    choices:
      - {press: 1, next: balance}
      - {press: 2, next: hours}
    no_input: [I did not hear you., Please press a key.]
    no_match: That is not an option.
    on_failure: give_up
  balance: {type: play, prompt: Your balance is one hundred., next: bye}
  hours: {type: play, prompt: We are always open., next: choose}
  bye: {type: hangup, prompt: Goodbye., reason: served}
  give_up: {type: hangup, prompt: Please call again., reason: silent}
"""
CHOICES = "For your balance press 1. For opening hours press 2."

ACCOUNT = """
start: account
variables: {account: "", pin: ""}
nodes:
  account:
    type: collect
    prompt: Please enter your account number.
    into: account
    digits: {min: 2, max: 6, between: 10m}
    timeout: 10m
    confirm: You entered {{ account | digits }}. Press 1 if that is right.
    no_match: That is no account number.
    next: pin
  pin:
    type: collect
    prompt: Please enter your PIN.
    into: pin
    digits: {min: 4, max: 4, between: 10m}
    timeout: 10m
    sensitive: true
    next: bye
  bye: {type: hangup, prompt: "Account {{ account | digits }}, goodbye."}
"""


async def test_keys_lead_through_a_menu_to_the_end(serve: Serve) -> None:
    server = await serve(MENU)
    async with server.call() as call:
        await call.hears("For your balance")
        await call.press("2")
        await call.hears("always open")
        await call.hears("For your balance")
        await call.press("1")
        ending = await call.ended()
    assert (ending.by, ending.code) == ("ivr", 1000)
    assert call.said() == [
        "Welcome to Acme.",
        CHOICES,
        "We are always open.",
        CHOICES,
        "Your balance is one hundred.",
        "Goodbye.",
    ]
    last_words = server.spoken("Your balance is one hundred.") + server.spoken("Goodbye.")
    assert call.sent_audio().endswith(last_words)
    assert call.reported
    ended = server.log.lines("call ended")
    assert [(line["flow"], line["reason"], line["by"]) for line in ended] == [("main", "served", "bye")]


async def test_each_prompt_is_sent_whole_in_messages_of_several_frames(serve: Serve) -> None:
    server = await serve("{start: bye, nodes: {bye: {type: hangup, prompt: Welcome to Acme.}}}")
    async with server.call() as call:
        await call.ended()
    assert call.sent_audio() == server.spoken("Welcome to Acme.")
    *chunks, checkpoint = call.events()
    assert set(chunks) == {"playAudio"}
    assert checkpoint == "checkpoint"
    assert len(chunks) == -(-len(call.sent_audio()) // 1600)


async def test_a_caller_without_a_key_is_asked_ever_more_clearly(serve: Serve) -> None:
    server = await serve(MENU)
    async with server.call() as call:
        await call.ended()
    assert call.said() == [
        "Welcome to Acme.",
        CHOICES,
        "I did not hear you.",
        CHOICES,
        "Please press a key.",
        CHOICES,
        "Please call again.",
    ]
    assert "clearAudio" not in call.events()


async def test_no_inputs_and_no_matches_share_the_attempts(serve: Serve) -> None:
    server = await serve(MENU)
    async with server.call() as call:
        await call.hears("For your balance")
        await call.press("9")
        await call.hears("not an option")
        await call.hears("I did not hear you")
        await call.press("8")
        await call.hears("call again")
        await call.ended()


async def test_keys_pressed_ahead_go_from_node_to_node_and_spare_the_prompts(serve: Serve, crm: Crm) -> None:
    flow = """
start: lookup
variables: {number: ""}
nodes:
  lookup: {type: http, url: "{{ env.CRM }}", timeout: 10m, waiting: One moment please., next: choose}
  choose: {type: menu, prompt: One or two?, timeout: 10m, choices: [{press: 1, next: other}, {press: 2, next: number}]}
  other: {type: menu, prompt: Three or four?, timeout: 10m, choices: [{press: 3, next: choose}]}
  number: {type: collect, prompt: A number please., into: number, digits: 3, timeout: 10m, next: bye}
  bye: {type: hangup, prompt: "You entered {{ number }}."}
"""
    server = await serve(flow, {"CRM": crm.url}, allow_env=["CRM"])
    crm.free.clear()
    async with server.call() as call:
        await call.hears("One moment")
        await call.press("132789#")
        crm.free.set()
        await call.hears("You entered 789")
        await call.ended()
    assert set(call.said()) == {"One moment please.", "You entered 789."}


async def test_digits_are_collected_confirmed_and_spoken(serve: Serve) -> None:
    server = await serve(ACCOUNT)
    async with server.call() as call:
        await call.hears("account number")
        await call.press("4711#")
        await call.hears("You entered 4 7 1 1")
        await call.press("1")
        await call.press("1234")
        await call.hears("goodbye")
        await call.ended()
    assert call.said()[-1] == "Account 4 7 1 1, goodbye."


async def test_an_answer_that_is_not_confirmed_is_asked_for_again(serve: Serve) -> None:
    server = await serve(ACCOUNT)
    async with server.call() as call:
        await call.hears("account number")
        await call.press("12#")
        await call.hears("You entered 1 2")
        await call.press("2")
        await call.hears("account number")
        await call.press("34#")
        await call.hears("You entered 3 4")
        await call.press("1")
        await call.hears("your PIN")
        await call.press("0000")
        await call.hears("Account 3 4, goodbye")
        await call.ended()
    assert "That is no account number." not in call.said()
