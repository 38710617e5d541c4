"""What becomes of events that no scenario can make: breaks, faults, stale news, and speech as it is recognised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ivr.core.effects import Clear, Deafen, End, Explain, Listen, Play
from ivr.core.events import (
    Answered,
    DeadlinePassed,
    HungUp,
    KeyPressed,
    PhraseHeard,
    PlaybackEnded,
    PlaybackFailed,
    Reconnected,
    SpeechBegan,
    SpeechEnded,
)
from ivr.core.session import Call, begin
from ivr.core.step import step
from ivr.core.values import reference, references

MENU = """
    start: menu
    universals: [{say: help, next: help}]
    nodes:
      menu:
        type: menu
        prompt: For sales say sales.
        choices:
          - {say: [sales, sales department], press: 1, next: sales}
          - {press: 12, next: twelve}
        no_match: Pardon?
      typed: {type: collect, prompt: Digits?, into: typed, digits: 3, next: sales}
      sales: {type: hangup}
      twelve: {type: hangup}
      help: {type: hangup}
"""


@pytest.fixture
def menu(flow_of: Callable[..., Any], steps: Callable[..., Any]) -> Any:
    return steps(flow_of(MENU)).tell(Answered(0))


# The beginning and the end


def test_nothing_happens_before_the_answer(flow_of: Callable[..., Any], steps: Callable[..., Any]) -> None:
    call = steps(flow_of(MENU)).tell(KeyPressed(0, "1"), SpeechBegan(0), DeadlinePassed(9), Reconnected(9))
    assert (call.session.phase, call.effects) == ("waiting", ())


def test_a_call_can_end_before_its_answer(flow_of: Callable[..., Any], steps: Callable[..., Any]) -> None:
    call = steps(flow_of(MENU)).tell(HungUp(5))
    assert call.effects == (End("caller"),)
    assert (call.session.phase, call.session.ended_by) == ("done", "caller")
    assert call.tell(Answered(6)).effects == ()


def test_an_answer_comes_once(menu: Any) -> None:
    assert menu.tell(Answered(1)).effects == ()


@pytest.mark.parametrize("key", ["", "12", "E", "a", "١"])
def test_what_is_no_key_is_dropped(menu: Any, key: str) -> None:
    assert menu.tell(KeyPressed(1, key)).effects == (Explain("menu", "", key="dropped"),)


def test_what_the_carrier_says_can_be_no_reference_to_a_secret(flow_of: Callable[..., Any]) -> None:
    session = begin(flow_of(MENU), Call(reference("A"), reference("B"), "\ud800", "inbound", 0), {"X": reference("C")})
    assert not references(session.call.id + session.call.caller + session.env["X"])
    session.call.called.encode()


# Time


def test_a_deadline_that_was_missed_is_told_at_its_own_time(menu: Any) -> None:
    before = menu.heard(1_000).session
    menu.tell(DeadlinePassed(6_000))
    first = menu.effects
    menu.tell(KeyPressed(9_000, "7"))
    late, effects = step(menu.flow, before, KeyPressed(9_000, "7"))
    assert (late, effects) == (menu.session, (*first, *menu.effects))


def test_a_deadline_that_comes_early_is_no_deadline(menu: Any) -> None:
    menu.heard(1_000)
    before = menu.session
    assert menu.tell(DeadlinePassed(5_999)).session == before


# Speech as it is recognised


def test_a_certain_phrase_stops_the_prompt_and_decides(menu: Any) -> None:
    menu.tell(SpeechBegan(100), PhraseHeard(400, "Help!", 0.9))
    assert menu.did(Clear)
    assert menu.did(Deafen)
    assert menu.session.ended_by == "help"


def test_a_phrase_that_begins_a_longer_one_waits(menu: Any) -> None:
    menu.tell(SpeechBegan(100), PhraseHeard(400, "sales", 0.9))
    assert menu.effects == ()
    menu.tell(SpeechEnded(900, "sales", 0.9))
    assert menu.session.ended_by == "sales"


def test_what_is_below_the_confidence_is_nothing_yet_a_no_match_after_the_prompt(menu: Any) -> None:
    menu.tell(SpeechBegan(100), PhraseHeard(300, "help", 0.4), SpeechEnded(400, "help", 0.4))
    assert menu.effects == ()
    menu.heard(1_000).tell(SpeechBegan(2_000), SpeechEnded(3_000, "help", 0.49))
    assert "no-match" in menu.why


def test_a_key_discards_speech_begun(menu: Any) -> None:
    menu.heard(1_000).tell(SpeechBegan(1_500), KeyPressed(1_600, "1"))
    assert menu.tell(PhraseHeard(1_700, "help", 1.0)).effects == ()
    assert menu.tell(SpeechEnded(1_800, "nonsense", 1.0)).effects == ()
    menu.tell(DeadlinePassed(4_600))
    assert menu.session.ended_by == "sales"


def test_a_phrase_decides_although_keys_are_waiting_for_more(menu: Any) -> None:
    menu.tell(KeyPressed(500, "1"), SpeechBegan(600), PhraseHeard(700, "help", 1.0))
    assert menu.session.ended_by == "help"


def test_speech_that_does_not_end_is_a_no_match_at_last(menu: Any) -> None:
    menu.heard(1_000).tell(SpeechBegan(2_000))
    assert menu.session.deadline == 22_000
    menu.tell(DeadlinePassed(22_000))
    assert "no-match" in menu.why
    assert menu.tell(SpeechEnded(22_500, "sales", 1.0)).effects == ()


def test_speech_into_the_prompt_that_goes_on_after_it_counts(menu: Any) -> None:
    menu.tell(SpeechBegan(900)).heard(1_000)
    assert menu.session.deadline == 21_000
    menu.tell(SpeechEnded(1_500, "sales department", 1.0))
    assert menu.session.ended_by == "sales"


def test_speech_can_be_kept_from_stopping_the_prompt(flow_of: Callable[..., Any], steps: Callable[..., Any]) -> None:
    text = MENU.replace("no_match: Pardon?", "barge_in: {speech: false}")
    call = steps(flow_of(text)).tell(Answered(0), SpeechBegan(100))
    assert call.tell(PhraseHeard(300, "help", 1.0), SpeechEnded(400, "help", 1.0)).effects == ()
    assert call.tell(KeyPressed(500, "1")).did(Clear)


def test_noise_does_not_hold_up_a_node_without_phrases(flow_of: Callable[..., Any], steps: Callable[..., Any]) -> None:
    call = steps(flow_of(MENU.replace("start: menu", "start: typed"))).tell(Answered(0)).heard(1_000)
    assert call.session.listening == Listen("en-US", ("help",))
    call.tell(SpeechBegan(2_000), SpeechEnded(3_000, "nonsense", 1.0), SpeechBegan(5_000))
    assert call.session.deadline == 6_000
    assert "no-input" in call.tell(DeadlinePassed(6_000)).why


def test_speech_can_hold_no_reference_to_a_secret(flow_of: Callable[..., Any], steps: Callable[..., Any]) -> None:
    text = MENU.replace("start: menu", "start: typed").replace("digits: 3", "speech: any")
    call = steps(flow_of(text)).tell(Answered(0), SpeechBegan(1), SpeechEnded(2, f"x {reference('KEY')}\ud800", 1.0))
    assert call.session.here.variables["typed"] == "x KEY\ufffd"


# Prompts that fail


def test_a_prompt_that_can_not_be_made_is_an_error_of_its_node(menu: Any) -> None:
    menu.tell(PlaybackFailed(10, menu.session.playing[0], "no voice"))
    assert menu.session.error is not None
    assert (menu.session.error.kind, menu.session.error.node) == ("synthesis", "menu")
    assert menu.session.phase == "apologising"
    menu.tell(PlaybackFailed(20, menu.session.playing[0], "no voice"))
    assert menu.did(End) == [End("error")]


def test_stale_playbacks_are_nobodys(menu: Any) -> None:
    assert menu.tell(PlaybackEnded(10, 77), PlaybackFailed(10, -1, "x"), PlaybackEnded(10, 0)).effects == ()


# Reconnection


def test_a_menu_is_asked_again_at_the_same_attempt(menu: Any) -> None:
    menu.heard(1_000).tell(DeadlinePassed(6_000))
    attempt = menu.session.memory
    menu.tell(Reconnected(7_000))
    assert menu.session.memory == attempt
    assert [type(effect) for effect in menu.effects] == [Play, Listen]
    assert menu.session.playing == (menu.did(Play)[0].playback,)


def test_keys_of_a_field_survive_a_break(flow_of: Callable[..., Any], steps: Callable[..., Any]) -> None:
    call = steps(flow_of(MENU.replace("start: menu", "start: typed"))).tell(Answered(0))
    call.tell(KeyPressed(10, "1"), KeyPressed(20, "2"), Reconnected(9_000))
    assert call.session.deadline == 12_000
    call.tell(KeyPressed(10_000, "3"))
    assert call.session.here.variables["typed"] == "123"


def test_the_last_words_are_said_again_to_who_comes_back(menu: Any) -> None:
    menu.tell(PlaybackFailed(10, menu.session.playing[0], "no voice"))
    words = menu.did(Play)[0].prompt
    menu.tell(Reconnected(500))
    assert [each.prompt for each in menu.did(Play)] == [words]
    menu.heard(3_000)
    assert menu.did(End) == [End("error")]


def test_who_hangs_up_during_the_last_words_did_not_end_the_call(menu: Any) -> None:
    menu.tell(PlaybackFailed(10, menu.session.playing[0], "no voice"), HungUp(500))
    assert (menu.session.reason, menu.session.ended_by) == ("error", "menu")
