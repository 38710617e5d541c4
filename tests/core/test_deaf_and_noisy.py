"""What callers are told who can't be understood: because nobody listens, or because their line is too noisy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ivr.core.effects import Clear, Deafen, Listen, Play
from ivr.core.events import (
    Answered,
    DeadlinePassed,
    Deafened,
    HungUp,
    KeyPressed,
    PhraseHeard,
    PlaybackEnded,
    Reconnected,
    SpeechBegan,
    SpeechEnded,
)
from ivr.core.segments import words
from ivr.core.snapshot import from_json, to_json

FLOW = """
    start: {start}
    universals: [{{say: help, next: help}}]
    nodes:
      menu:
        type: menu
        prompt: Sales or support?
        choices: [{{say: sales, press: 1, next: size}}, {{press: 12, next: help}}, {{say: red, next: red}}]
        no_match: Pardon?
        {more}
      size: {{type: collect, prompt: Which size?, into: size, speech: [small, large], next: account}}
      account:
        type: collect
        prompt: Which account?
        into: account
        digits: 4
        speech: digits
        confirm: Is that right?
        no_match: Pardon?
        next: help
      typed: {{type: collect, prompt: Digits?, into: typed, digits: 3, next: help}}
      message: {{type: record, prompt: After the tone., into: message, next: help}}
      red: {{type: set, values: {{language: de-DE}}, next: menu}}
      help: {{type: hangup}}
"""
HINT = "Please use the keys of your telephone."
FULL = Deafened(0, "the machine is full")


@pytest.fixture
def at(flow_of: Callable[..., Any], steps: Callable[..., Any]) -> Callable[..., Any]:
    """A call at a node of the flow, whose prompt begins to play."""

    def made(node: str, more: str = "") -> Any:
        return steps(flow_of(FLOW.format(start=node, more=more))).tell(Answered(0))

    return made


def said(call: Any) -> list[str]:
    """What the last step began to say."""
    return [words(play.prompt) for play in call.did(Play)]


# Nobody listens


@pytest.mark.parametrize("node", ["menu", "size", "account"])
def test_who_may_speak_is_told_to_use_the_keys(node: str, at: Callable[..., Any]) -> None:
    call = at(node).tell(FULL)
    assert said(call) == [HINT]
    assert call.did(Deafen)
    assert "only keys are understood: the machine is full" in call.why
    assert (len(call.session.playing), call.session.deadline) == (2, None)
    call.tell(PlaybackEnded(1_000, call.session.playing[0]))
    assert (len(call.session.playing), call.session.deadline) == (1, None)
    assert call.heard(3_000).session.deadline == 8_000
    assert from_json(to_json(call.session)) == call.session


def test_the_hint_is_said_at_once_in_silence(at: Callable[..., Any]) -> None:
    call = at("menu").heard(1_000).tell(Deafened(3_000, "a crash"))
    assert (said(call), call.session.deadline) == ([HINT], None)
    assert call.heard(5_000).session.deadline == 10_000


def test_it_is_said_once_a_call(at: Callable[..., Any]) -> None:
    call = at("menu").tell(FULL).heard(2_000).tell(DeadlinePassed(7_000))
    assert call.did(Listen), "the next question asks to be heard again"
    assert said(call.tell(Deafened(7_000, "full"))) == []
    call.heard(8_000).tell(KeyPressed(8_100, "1"), DeadlinePassed(11_100))
    assert call.session.place == "size"
    assert call.did(Listen)
    assert said(call.tell(Deafened(11_100, "full"))) == []
    assert call.heard(12_000).session.deadline == 17_000


@pytest.mark.parametrize("node", ["typed", "message"])
def test_who_is_not_asked_to_speak_is_told_nothing(node: str, at: Callable[..., Any]) -> None:
    call = at(node)
    asked = call.session
    assert said(call.tell(FULL)) == []
    assert (call.session.playing, call.session.deadline) == (asked.playing, asked.deadline)
    call.heard(1_000)
    deadline = call.session.deadline
    call.tell(Deafened(1_500, "full"))
    assert (call.effects, call.session.deadline) == ((), deadline)


def test_stale_news_is_dropped(at: Callable[..., Any]) -> None:
    call = at("menu").tell(FULL)
    assert call.tell(FULL).effects == ()
    assert call.tell(HungUp(10), FULL).effects == ()


def test_what_was_being_said_is_forgotten(at: Callable[..., Any]) -> None:
    call = at("menu").tell(FULL).heard(1_000).tell(Reconnected(1_500)).heard(2_000)
    call.tell(SpeechBegan(3_000))
    assert call.session.deadline == 23_000
    call.tell(Deafened(4_000, "a crash"))
    assert (call.session.deadline, call.session.memory["speaking"]) == (9_000, False)
    assert call.tell(PhraseHeard(4_100, "sales", 1.0), SpeechEnded(4_200, "sales", 1.0)).effects == ()


def test_what_was_being_said_into_the_prompt_is_forgotten(at: Callable[..., Any]) -> None:
    call = at("menu").tell(SpeechBegan(100), Deafened(300, "a crash")).heard(1_000)
    assert call.session.deadline == 6_000


def test_who_is_typing_is_not_disturbed(at: Callable[..., Any]) -> None:
    call = at("account").tell(KeyPressed(500, "1"), Deafened(600, "a crash"))
    assert said(call) == []
    assert (call.session.memory["entry"], call.session.deadline) == ("1", 3_500)
    call = at("account").tell(KeyPressed(500, "1"), SpeechBegan(600), Deafened(2_000, "a crash"))
    assert call.session.deadline == 5_000


def test_who_said_some_digits_goes_on_with_keys(at: Callable[..., Any]) -> None:
    call = at("account").heard(1_000).tell(SpeechBegan(1_500), SpeechEnded(2_500, "one two", 1.0))
    assert said(call.tell(Deafened(3_000, "a crash"))) == [HINT]
    assert call.heard(5_000).session.deadline == 8_000
    call.tell(KeyPressed(6_000, "3"), KeyPressed(6_100, "4"))
    assert call.session.memory["candidate"] == "1234"


def test_in_a_confirmation(at: Callable[..., Any]) -> None:
    call = at("account")
    for place, key in enumerate("1234"):
        call.tell(KeyPressed(100 + place, key))
    assert said(call.tell(Deafened(200, "full"))) == [HINT]
    assert call.heard(3_000).session.deadline == 8_000
    assert said(call.tell(DeadlinePassed(8_000))) == ["Is that right?"]
    assert said(call.tell(Deafened(8_000, "full"))) == []


def test_keys_count_while_only_the_hint_plays(at: Callable[..., Any]) -> None:
    call = at("menu", more="barge_in: false").tell(FULL)
    assert "lost" in call.tell(KeyPressed(500, "1")).why
    call.tell(PlaybackEnded(1_000, call.session.playing[0]), KeyPressed(1_500, "1"))
    assert call.did(Clear)
    assert call.tell(DeadlinePassed(4_500)).session.place == "size"


def test_a_hint_lost_in_a_break_is_said_after_it(at: Callable[..., Any]) -> None:
    call = at("menu").tell(FULL, Reconnected(500))
    assert call.did(Listen)
    assert said(call.tell(Deafened(500, "full"))) == [HINT]
    call.heard(3_000).tell(Reconnected(4_000))
    assert said(call.tell(Deafened(4_000, "full"))) == []


def test_the_hint_in_the_language_of_the_call(at: Callable[..., Any]) -> None:
    call = at("menu").tell(SpeechBegan(100), PhraseHeard(400, "red", 0.9))
    assert said(call.tell(Deafened(400, "no German"))) == ["Bitte benutzen Sie die Tasten Ihres Telefons."]


WORDED = [
    ("Keys, please.", "Keys, please."),
    ("{{ name }}, please press keys.", "Asha, please press keys."),
    ("", HINT),
    ("{{ name.nothing }}", HINT),
]


@pytest.mark.parametrize(("prompt", "expected"), WORDED)
def test_the_flow_may_word_the_hint(
    prompt: str, expected: str, flow_of: Callable[..., Any], steps: Callable[..., Any]
) -> None:
    text = (
        FLOW.format(start="menu", more="") + f'    prompts: {{keys_only: "{prompt}"}}\n    variables: {{name: Asha}}\n'
    )
    assert said(steps(flow_of(text)).tell(Answered(0), FULL)) == [expected]


def test_a_subflow_may_leave_the_wording_to_its_caller(flow_of: Callable[..., Any], steps: Callable[..., Any]) -> None:
    main = """
        start: sub
        prompts: {keys_only: Keys!}
        nodes:
          sub: {type: subflow, flow: sub, next: bye}
          bye: {type: hangup}
    """
    sub = """
        start: menu
        nodes:
          menu: {type: menu, prompt: Go?, choices: [{say: go, next: back}]}
          back: {type: return}
    """
    assert said(steps(flow_of(main, sub=sub)).tell(Answered(0), FULL)) == ["Keys!"]


# Too much noise


def test_noise_after_the_prompt_is_a_no_match_of_its_own(at: Callable[..., Any]) -> None:
    call = at("menu").heard(1_000).tell(SpeechBegan(2_000), SpeechEnded(3_000, noisy=True))
    assert "no-match: the line is too noisy to understand; attempt 1 of 3" in call.why
    assert said(call) == ["Pardon?", HINT, "Sales or support?"]
    assert not call.did(Deafen)
    call.heard(9_000).tell(SpeechBegan(10_000), SpeechEnded(11_000, noisy=True))
    assert "too noisy" in call.why
    assert said(call) == ["Pardon?", "Sales or support?"]
    call.heard(15_000).tell(SpeechBegan(16_000), SpeechEnded(17_000, noisy=True))
    assert "used up" in call.why


def test_noise_that_uses_up_the_attempts_is_not_commented(at: Callable[..., Any]) -> None:
    call = at("menu", more="attempts: 1").heard(1_000).tell(SpeechBegan(2_000), SpeechEnded(3_000, noisy=True))
    assert HINT not in said(call)


def test_noise_into_the_prompt_is_nothing(at: Callable[..., Any]) -> None:
    call = at("menu").tell(SpeechBegan(200), SpeechEnded(900, noisy=True))
    assert call.effects == ()
    assert call.heard(1_000).session.deadline == 6_000


def test_noise_that_goes_on_after_the_prompt_is_a_no_match(at: Callable[..., Any]) -> None:
    call = at("menu").tell(SpeechBegan(200)).heard(1_000).tell(SpeechEnded(2_000, noisy=True))
    assert "too noisy" in call.why


def test_noise_in_a_node_without_phrases_is_nothing(at: Callable[..., Any]) -> None:
    call = at("typed").heard(1_000).tell(SpeechBegan(2_000), SpeechEnded(3_000, noisy=True))
    assert (call.effects, call.session.deadline) == ((), 6_000)


def test_words_understood_in_spite_of_noise_count(at: Callable[..., Any]) -> None:
    call = at("menu").heard(1_000).tell(SpeechBegan(2_000), SpeechEnded(3_000, "sales", 0.9, noisy=True))
    assert call.session.place == "size"
    call = at("menu").heard(1_000).tell(SpeechBegan(2_000), SpeechEnded(3_000, "sales", 0.2, noisy=True))
    assert "not offered here" in call.why


def test_noise_in_a_confirmation_repeats_it(at: Callable[..., Any]) -> None:
    call = at("account").heard(1_000).tell(SpeechBegan(2_000), SpeechEnded(3_000, "one two three four", 0.9))
    call.heard(5_000).tell(SpeechBegan(6_000), SpeechEnded(7_000, noisy=True))
    assert "too noisy to understand; attempt 1 of 3" in call.why
    assert said(call) == [HINT, "Is that right?"]
    assert call.session.memory["candidate"] == "1234"
    assert call.heard(9_000).session.deadline == 14_000


def test_noise_in_a_recording_is_recorded(at: Callable[..., Any]) -> None:
    call = at("message").heard(1_000).tell(SpeechBegan(2_000), SpeechEnded(3_000, noisy=True))
    assert call.session.recording is not None
    assert call.session.deadline == 7_000
