"""Callers who speak, from their words on the wire to what the flow does, with real recognisers."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from ivr.core.segments import Speech, Voice
from ivr.desk.stream import Manners
from tests.endtoend.conftest import Caller, Serve, Server

RATE = 2
"""Recognisers need their time, so calls are not much faster than on the wall."""
ENGLISH: Mapping[str, Any] = {"sphinx_recognisers": "1"}

MENU = """
start: menu
language: en-US
on_failure: confused
universals: [{press: "0", say: operator, next: operator}]
nodes:
  menu:
    type: menu
    prompt: Welcome to Acme. Which department do you want to be put through to now, sales or support?
    choices:
      - {press: 1, say: sales, next: sales}
      - {press: 2, say: support, next: support}
    no_match: That is no department.
  sales: {type: hangup, prompt: These are the sales people., reason: sales}
  support: {type: hangup, prompt: These are the support people., reason: support}
  operator: {type: hangup, prompt: Here is an operator., reason: operator}
  confused: {type: hangup, prompt: Please call again., reason: confused}
"""
ACCOUNT = """
start: account
variables: {account: ""}
nodes:
  account:
    type: collect
    prompt: Your number?
    into: account
    digits: {min: 5, max: 5, between: 20s}
    speech: digits
    confirm: Is that {{ account | digits }}?
    next: bye
  bye: {type: hangup, prompt: "Noted {{ account | digits }}."}
"""


async def spoken(server: Server, text: str, language: str = "en-US") -> bytes:
    """The audio of a text in a natural voice, other than that of the prompts."""
    return await server.line.services.prompts.render(Speech(text, text, language, Voice(engine="piper"), static=True))


async def say(server: Server, call: Caller, text: str, language: str = "en-US") -> None:
    await call.speak(await spoken(server, text, language))


async def test_a_spoken_choice_is_taken(serve: Serve) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH)
    async with server.call() as call:
        await call.hears("Which department")
        await call.receives("checkpoint")
        await say(server, call, "support")
        await call.hears("support people")
        assert (await call.ended()).by == "ivr"
    assert server.log.lines("call ended")[0]["reason"] == "support"
    assert "support" not in [step["why"] for step in server.steps()]


async def test_a_phrase_during_a_prompt_stops_it_at_once(serve: Serve) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH)
    async with server.call() as call:
        await call.hears("Which department")
        await call.passes(1_000)
        await say(server, call, "sales")
        await call.hears("sales people")
        events = call.events()
        assert "clearAudio" in events
        assert "checkpoint" not in events[: events.index("clearAudio")]
        await call.ended()


async def test_a_universal_can_be_said(serve: Serve) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH)
    async with server.call() as call:
        await call.hears("Which department")
        await say(server, call, "operator")
        await call.hears("an operator")
        await call.ended()


async def test_other_words_and_coughs_stop_no_prompt(serve: Serve) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH)
    async with server.call() as call:
        await call.hears("Which department")
        await call.speak(np.random.default_rng(1).choice(np.arange(256, dtype=np.uint8), 8 * 300).tobytes())
        await say(server, call, "my dog barks")
        await call.receives("checkpoint")
        assert "clearAudio" not in call.events()
        await call.hang_up()


async def test_other_words_after_the_prompt_are_a_no_match(serve: Serve) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH)
    async with server.call() as call:
        await call.hears("Which department")
        await call.receives("checkpoint")
        await call.passes(1_500)
        await say(server, call, "tomorrow morning at eleven")
        await call.hears("no department")
        await call.hang_up()


@pytest.mark.parametrize("echo", [0.5, 0.15])
async def test_the_echo_of_a_prompt_says_nothing(serve: Serve, echo: float) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH)
    async with server.call(manners=Manners(echo=echo)) as call:
        await call.hears("Which department")
        await call.receives("checkpoint")
        await call.passes(3_000)
        assert "clearAudio" not in call.events()
        assert len(call.said()) == 1
        await server.log.has("an echo of the prompt is not heard")
        await say(server, call, "sales")
        await call.hears("sales people")
        await call.ended()


async def test_a_caller_is_heard_above_the_echo_of_the_prompt(serve: Serve) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH)
    async with server.call(manners=Manners(echo=0.1)) as call:
        await call.hears("Which department")
        await call.passes(2_000)
        await say(server, call, "operator")
        await call.hears("an operator")
        await call.ended()


async def test_digits_are_spoken_with_pauses_and_a_key_among_them(serve: Serve) -> None:
    server = await serve(ACCOUNT, rate=RATE, **ENGLISH)
    async with server.call() as call:
        await call.hears("Your number")
        await call.receives("checkpoint")
        await say(server, call, "one two")
        await call.passes(2_500)
        await call.press("3")
        await call.passes(500)
        await say(server, call, "double nine")
        await call.hears("1 2 3 9 9")
        await call.receives("checkpoint")
        await say(server, call, "yes")
        await call.hears("Noted 1 2 3 9 9")
        await call.ended()


async def test_a_call_goes_on_when_its_recogniser_dies_in_the_middle_of_a_phrase(serve: Serve) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH)
    ears = server.line.services.ears
    assert ears is not None
    async with server.call() as call:
        await call.hears("Which department")
        await call.receives("checkpoint")
        await call.speak((await spoken(server, "support"))[: 8 * 250])
        await call.passes(250)
        (pid,) = ears.pids
        os.kill(pid, signal.SIGKILL)
        await call.comes_to(lambda: ears.pids not in ((), (pid,)))
        await call.passes(3_000)
        await say(server, call, "support")
        await call.hears("support people")
        await call.ended()


async def test_when_all_recognisers_are_busy_a_caller_is_asked_to_use_the_keys(serve: Serve) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH, sphinx_listeners="1")
    async with server.call() as first:
        await first.hears("Which department")
        async with server.call() as second:
            await second.hears("Which department")
            await second.hears("use the keys")
            await second.press("2")
            await second.hears("support people")
            await second.ended()
        await say(server, first, "sales")
        await first.hears("sales people")
        await first.ended()


async def test_a_language_without_a_model_is_served_by_keys(serve: Serve) -> None:
    server = await serve(MENU.replace("en-US", "de-DE"), rate=20, recognisers="1")
    async with server.call() as call:
        await call.hears("Which department")
        await call.hears("Tasten")
        await call.press("2")
        await call.hears("support people")
        await call.ended()
    assert any("served by keys only" in line["event"] for line in server.log.lines())
