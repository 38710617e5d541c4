"""Callers who speak, from their words on the wire to what the flow does, with real recognisers."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ivr.core.segments import Speech, Voice
from ivr.desk.facts import Manners
from ivr.speech.store import PromptStore
from tests.endtoend.conftest import Serve
from tests.speech.vosk_model import undithered

Words = Mapping[str, bytes]

RATE = 2
"""Recognisers need their time, so calls are not much faster than on the wall."""
ENGLISH: Mapping[str, Any] = {"sphinx_recognisers": "1"}

# Lower than usual: synthesised callers are spoken anew in each run, and these tests are of calls, not of thresholds.
MENU = """
start: menu
language: en-US
defaults: {confidence: 0.3}
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
defaults: {confidence: 0.3}
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


WORDS = (
    *("sales", "support", "operator", "yes", "two one", "double three"),
    *("my dog barks", "tomorrow morning at eleven"),
    *("main menu", "one nine"),
)
KOREAN_WORD = "도움말"


@pytest.fixture(scope="module")
def words(prompt_cache: Path) -> Mapping[str, bytes]:
    """The audio of what callers say, English in a natural voice, which is not that of the prompts."""

    async def spoken() -> Mapping[str, bytes]:
        natural, korean = Voice(engine="piper"), Voice()
        texts = [*((word, "en-US", natural) for word in WORDS), (KOREAN_WORD, "ko", korean)]
        async with PromptStore(prompt_cache, jobs=1, seconds=60) as store:
            return {
                text: await store.render(Speech(text, text, language, voice, static=True))
                for text, language, voice in texts
            }

    return asyncio.run(spoken())


async def test_a_spoken_choice_is_taken(serve: Serve, words: Words) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH)
    async with server.call() as call:
        await call.hears("Which department")
        await call.receives("checkpoint")
        await call.speak(words["support"])
        await call.hears("support people")
        assert (await call.ended()).by == "ivr"
    assert server.log.lines("call ended")[0]["reason"] == "support"
    assert "support" not in [step["why"] for step in server.steps()]


async def test_a_phrase_during_a_prompt_stops_it_at_once(serve: Serve, words: Words) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH)
    async with server.call() as call:
        await call.hears("Which department")
        await call.passes(1_000)
        await call.speak(words["sales"])
        await call.hears("sales people")
        events = call.events()
        assert "clearAudio" in events
        assert "checkpoint" not in events[: events.index("clearAudio")]
        await call.ended()


async def test_a_universal_can_be_said(serve: Serve, words: Words) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH)
    async with server.call() as call:
        await call.hears("Which department")
        await call.speak(words["operator"])
        await call.hears("an operator")
        await call.ended()


async def test_other_words_and_coughs_stop_no_prompt(serve: Serve, words: Words) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH)
    async with server.call() as call:
        await call.hears("Which department")
        await call.speak(np.random.default_rng(1).choice(np.arange(256, dtype=np.uint8), 8 * 300).tobytes())
        await call.passes(800)
        await call.speak(words["my dog barks"])
        await call.receives("checkpoint")
        assert "clearAudio" not in call.events()
        await call.hang_up()


async def test_other_words_after_the_prompt_are_a_no_match(serve: Serve, words: Words) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH)
    async with server.call() as call:
        await call.hears("Which department")
        await call.receives("checkpoint")
        await call.passes(1_500)
        await call.speak(words["tomorrow morning at eleven"])
        await call.hears("no department")
        await call.hang_up()


@pytest.mark.parametrize("echo", [0.5, 0.15])
async def test_the_echo_of_a_prompt_says_nothing(serve: Serve, words: Words, echo: float) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH)
    async with server.call(manners=Manners(echo=echo)) as call:
        await call.hears("Which department")
        await call.receives("checkpoint")
        await call.passes(3_000)
        assert "clearAudio" not in call.events()
        assert len(call.said()) == 1
        await server.log.has("an echo of the prompt is not heard")
        await call.speak(words["sales"])
        await call.hears("sales people")
        await call.ended()


async def test_a_caller_is_heard_above_the_echo_of_the_prompt(serve: Serve, words: Words) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH)
    async with server.call(manners=Manners(echo=0.1)) as call:
        await call.hears("Which department")
        await call.passes(2_000)
        await call.speak(words["operator"])
        await call.hears("an operator")
        await call.ended()


async def test_digits_are_spoken_with_pauses_and_a_key_among_them(serve: Serve, words: Words) -> None:
    server = await serve(ACCOUNT, rate=RATE, **ENGLISH)
    async with server.call() as call:
        await call.hears("Your number")
        await call.receives("checkpoint")
        await call.speak(words["two one"])
        await call.passes(2_500)
        await call.press("7")
        await call.passes(500)
        await call.speak(words["double three"])
        await call.hears("2 1 7 3 3")
        await call.receives("checkpoint")
        await call.speak(words["yes"])
        await call.hears("Noted 2 1 7 3 3")
        await call.ended()


async def test_a_call_goes_on_when_its_recogniser_dies_in_the_middle_of_a_phrase(serve: Serve, words: Words) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH)
    ears = server.line.services.ears
    assert ears is not None
    async with server.call() as call:
        await call.hears("Which department")
        await call.receives("checkpoint")
        await call.speak(words["support"][: 8 * 250])
        await call.passes(250)
        (pid,) = ears.pids
        os.kill(pid, signal.SIGKILL)
        await call.comes_to(lambda: ears.pids not in ((), (pid,)))
        await call.passes(3_000)
        await call.speak(words["support"])
        await call.hears("support people")
        await call.ended()


async def test_when_all_recognisers_are_busy_a_caller_is_asked_to_use_the_keys(serve: Serve, words: Words) -> None:
    server = await serve(MENU, rate=RATE, **ENGLISH, sphinx_listeners="1")
    async with server.call() as first:
        await first.hears("Which department")
        health = await server.ask("GET", "/health/ready")
        assert health.json()["listening"] == {"en": {"listening": 1, "limit": 1}}
        async with server.call() as second:
            await second.hears("Which department")
            await second.hears("use the keys")
            await second.press("2")
            await second.hears("support people")
            await second.ended()
        await first.speak(words["sales"])
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


# A Korean model is seldom certain of English words, and how certain it is hangs on where its chunks of audio begin.
KOREAN = """
start: menu
language: ko
defaults: {confidence: 0}
variables: {number: ""}
nodes:
  menu:
    type: menu
    prompt: 안녕하세요. 무엇을 도와 드릴까요? 원하시는 것을 지금 말씀해 주세요.
    choices:
      - {press: 1, say: credit card, next: card}
      - {press: 2, say: main menu, next: ask_number}
      - {press: 3, say: 도움말, next: help}
    on_failure: card
  ask_number: {type: collect, prompt: 번호?, into: number, digits: 2, speech: digits, next: noted}
  noted: {type: hangup, prompt: "{{ number | digits }}.", reason: noted}
  help: {type: hangup, prompt: 메인 메뉴., reason: help}
  card: {type: hangup, prompt: 다시., reason: card}
"""


@pytest.fixture(scope="module")
def korean_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the model, without the random noise that makes it hear differently every time."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "ko").mkdir()
    undithered(folder / "ko")
    return folder


@pytest.mark.slow
async def test_vosk_hears_phrases_into_a_prompt_and_after_it_and_digits(
    serve: Serve, words: Words, korean_model: Path
) -> None:
    server = await serve(KOREAN, rate=1, recognisers="1", models=str(korean_model))
    async with server.call() as call:
        await call.hears("안녕하세요")
        await call.speak(words["main menu"])
        await call.hears("번호")
        assert "clearAudio" in call.events()
        await call.receives("checkpoint")
        await call.speak(words["one nine"])
        await call.hears("1 9")
        await call.ended()
    async with server.call() as call:
        await call.hears("안녕하세요")
        await call.receives("checkpoint")
        await call.speak(words[KOREAN_WORD])
        await call.ended()
    assert [line["reason"] for line in server.log.lines("call ended")] == ["noted", "help"]
