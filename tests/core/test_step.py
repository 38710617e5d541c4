"""What becomes of events that no scenario can make: breaks, faults, stale news, and speech as it is recognised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ivr.core.effects import Clear, Deafen, Effect, End, Explain, Fetch, Listen, Play, Prepare, Record, StopRecording
from ivr.core.events import (
    Answered,
    DeadlinePassed,
    HungUp,
    KeyPressed,
    LookupAnswered,
    LookupFailed,
    PhraseHeard,
    PlaybackEnded,
    PlaybackFailed,
    Reconnected,
    RecordingEnded,
    SpeechBegan,
    SpeechEnded,
    Transferred,
)
from ivr.core.segments import Speech
from ivr.core.session import Call, Session, begin
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


class Steps:
    """A session that steps on, and what its steps asked for."""

    def __init__(self, flow: Any, **call: Any) -> None:
        told = {"id": "c1", "caller": "+91", "called": "+92", "direction": "inbound", "began": 0, **call}
        self.flow = flow
        self.session: Session = begin(flow, Call(**told), {})
        self.effects: tuple[Effect, ...] = ()

    def tell(self, *events: Any) -> Steps:
        """Tell events, and keep what the last of them led to."""
        for event in events:
            self.session, self.effects = step(self.flow, self.session, event)
        return self

    def heard(self, at: int) -> Steps:
        """Let all that plays be heard."""
        while self.session.playing:
            self.tell(PlaybackEnded(at, self.session.playing[0]))
        return self

    def did(self, kind: type[Effect]) -> list[Any]:
        """The effects of one kind of the last step."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def why(self) -> str:
        return " / ".join(effect.why for effect in self.did(Explain))


@pytest.fixture
def menu(flow_of: Callable[..., Any]) -> Steps:
    return Steps(flow_of(MENU)).tell(Answered(0))


# The beginning and the end


def test_nothing_happens_before_the_answer(flow_of: Callable[..., Any]) -> None:
    steps = Steps(flow_of(MENU)).tell(KeyPressed(0, "1"), SpeechBegan(0), DeadlinePassed(9), Reconnected(9))
    assert (steps.session.phase, steps.effects) == ("waiting", ())


def test_a_call_can_end_before_its_answer(flow_of: Callable[..., Any]) -> None:
    steps = Steps(flow_of(MENU)).tell(HungUp(5))
    assert steps.effects == (End("caller"),)
    assert (steps.session.phase, steps.session.ended_by) == ("done", "caller")
    assert steps.tell(Answered(6)).effects == ()


def test_an_answer_comes_once(menu: Steps) -> None:
    assert menu.tell(Answered(1)).effects == ()


@pytest.mark.parametrize("key", ["", "12", "E", "a", "١"])
def test_what_is_no_key_is_dropped(menu: Steps, key: str) -> None:
    assert menu.tell(KeyPressed(1, key)).effects == ()


def test_what_the_carrier_says_can_be_no_reference_to_a_secret(flow_of: Callable[..., Any]) -> None:
    session = begin(flow_of(MENU), Call(reference("A"), reference("B"), "\ud800", "inbound", 0), {"X": reference("C")})
    assert not references(session.call.id + session.call.caller + session.env["X"])
    session.call.called.encode()


# Time


def test_a_deadline_that_was_missed_is_told_at_its_own_time(menu: Steps) -> None:
    before = menu.heard(1_000).session
    menu.tell(DeadlinePassed(6_000))
    first = menu.effects
    menu.tell(KeyPressed(9_000, "7"))
    late, effects = step(menu.flow, before, KeyPressed(9_000, "7"))
    assert (late, effects) == (menu.session, (*first, *menu.effects))


def test_a_deadline_that_comes_early_is_no_deadline(menu: Steps) -> None:
    menu.heard(1_000)
    before = menu.session
    assert menu.tell(DeadlinePassed(5_999)).session == before


# Speech as it is recognised


def test_a_certain_phrase_stops_the_prompt_and_decides(menu: Steps) -> None:
    menu.tell(SpeechBegan(100), PhraseHeard(400, "Help!", 0.9))
    assert menu.did(Clear)
    assert menu.did(Deafen)
    assert menu.session.ended_by == "help"


def test_a_phrase_that_begins_a_longer_one_waits(menu: Steps) -> None:
    menu.tell(SpeechBegan(100), PhraseHeard(400, "sales", 0.9))
    assert menu.effects == ()
    menu.tell(SpeechEnded(900, "sales", 0.9))
    assert menu.session.ended_by == "sales"


def test_what_is_below_the_confidence_is_nothing_yet_a_no_match_after_the_prompt(menu: Steps) -> None:
    menu.tell(SpeechBegan(100), PhraseHeard(300, "help", 0.4), SpeechEnded(400, "help", 0.4))
    assert menu.effects == ()
    menu.heard(1_000).tell(SpeechBegan(2_000), SpeechEnded(3_000, "help", 0.49))
    assert "no-match" in menu.why


def test_a_key_discards_speech_begun(menu: Steps) -> None:
    menu.heard(1_000).tell(SpeechBegan(1_500), KeyPressed(1_600, "1"))
    assert menu.tell(PhraseHeard(1_700, "help", 1.0)).effects == ()
    assert menu.tell(SpeechEnded(1_800, "nonsense", 1.0)).effects == ()
    menu.tell(DeadlinePassed(4_600))
    assert menu.session.ended_by == "sales"


def test_a_phrase_decides_although_keys_are_waiting_for_more(menu: Steps) -> None:
    menu.tell(KeyPressed(500, "1"), SpeechBegan(600), PhraseHeard(700, "help", 1.0))
    assert menu.session.ended_by == "help"


def test_speech_that_does_not_end_is_a_no_match_at_last(menu: Steps) -> None:
    menu.heard(1_000).tell(SpeechBegan(2_000))
    assert menu.session.deadline == 22_000
    menu.tell(DeadlinePassed(22_000))
    assert "no-match" in menu.why
    assert menu.tell(SpeechEnded(22_500, "sales", 1.0)).effects == ()


def test_speech_into_the_prompt_that_goes_on_after_it_counts(menu: Steps) -> None:
    menu.tell(SpeechBegan(900)).heard(1_000)
    assert menu.session.deadline == 21_000
    menu.tell(SpeechEnded(1_500, "sales department", 1.0))
    assert menu.session.ended_by == "sales"


def test_speech_can_be_kept_from_stopping_the_prompt(flow_of: Callable[..., Any]) -> None:
    text = MENU.replace("no_match: Pardon?", "barge_in: {speech: false}")
    steps = Steps(flow_of(text)).tell(Answered(0), SpeechBegan(100))
    assert steps.tell(PhraseHeard(300, "help", 1.0), SpeechEnded(400, "help", 1.0)).effects == ()
    assert steps.tell(KeyPressed(500, "1")).did(Clear)


def test_noise_does_not_hold_up_a_node_without_phrases(flow_of: Callable[..., Any]) -> None:
    steps = Steps(flow_of(MENU.replace("start: menu", "start: typed"))).tell(Answered(0)).heard(1_000)
    assert steps.session.listening == Listen("en-US", ("help",))
    steps.tell(SpeechBegan(2_000), SpeechEnded(3_000, "nonsense", 1.0), SpeechBegan(5_000))
    assert steps.session.deadline == 6_000
    assert "no-input" in steps.tell(DeadlinePassed(6_000)).why


def test_speech_can_hold_no_reference_to_a_secret(flow_of: Callable[..., Any]) -> None:
    text = MENU.replace("start: menu", "start: typed").replace("digits: 3", "speech: any")
    steps = Steps(flow_of(text)).tell(Answered(0), SpeechBegan(1), SpeechEnded(2, f"x {reference('KEY')}\ud800", 1.0))
    assert steps.session.here.variables["typed"] == "x KEY\ufffd"


# Prompts that fail


def test_a_prompt_that_can_not_be_made_is_an_error_of_its_node(menu: Steps) -> None:
    menu.tell(PlaybackFailed(10, menu.session.playing[0], "no voice"))
    assert menu.session.error is not None
    assert (menu.session.error.kind, menu.session.error.node) == ("synthesis", "menu")
    assert menu.session.phase == "apologising"
    menu.tell(PlaybackFailed(20, menu.session.playing[0], "no voice"))
    assert menu.did(End) == [End("error")]


def test_stale_playbacks_are_nobodys(menu: Steps) -> None:
    assert menu.tell(PlaybackEnded(10, 77), PlaybackFailed(10, -1, "x"), PlaybackEnded(10, 0)).effects == ()


# Reconnection


def test_a_menu_is_asked_again_at_the_same_attempt(menu: Steps) -> None:
    menu.heard(1_000).tell(DeadlinePassed(6_000))
    attempt = menu.session.memory
    menu.tell(Reconnected(7_000))
    assert menu.session.memory == attempt
    assert [type(effect) for effect in menu.effects] == [Play, Listen]
    assert menu.session.playing == (menu.did(Play)[0].playback,)


def test_keys_of_a_field_survive_a_break(flow_of: Callable[..., Any]) -> None:
    steps = Steps(flow_of(MENU.replace("start: menu", "start: typed"))).tell(Answered(0))
    steps.tell(KeyPressed(10, "1"), KeyPressed(20, "2"), Reconnected(9_000))
    assert steps.session.deadline == 12_000
    steps.tell(KeyPressed(10_000, "3"))
    assert steps.session.here.variables["typed"] == "123"


def test_the_last_words_are_not_said_twice(menu: Steps) -> None:
    menu.tell(PlaybackFailed(10, menu.session.playing[0], "no voice"), Reconnected(500))
    assert menu.did(End) == [End("error")]


def test_who_hangs_up_during_the_last_words_did_not_end_the_call(menu: Steps) -> None:
    menu.tell(PlaybackFailed(10, menu.session.playing[0], "no voice"), HungUp(500))
    assert (menu.session.reason, menu.session.ended_by) == ("error", "menu")


# Lookups

HTTP = """
    start: lookup
    nodes:
      lookup: {type: http, url: "http://crm.test", retries: 1, waiting: Please wait., save: {x: body.x}, next: bye}
      bye: {type: hangup, prompt: "{{ x }}"}
"""


@pytest.fixture
def lookup(flow_of: Callable[..., Any]) -> Steps:
    return Steps(flow_of(HTTP)).tell(Answered(0))


def test_a_try_lost_with_its_process_is_sent_again_with_its_key(lookup: Steps) -> None:
    first = lookup.did(Fetch)[0]
    lookup.tell(LookupFailed(500, first.lookup, "interrupted", "the process died"))
    assert "interrupted: the process died; once more" in lookup.why
    lookup.tell(DeadlinePassed(lookup.session.deadline or 0))
    again = lookup.did(Fetch)[0]
    assert again.key == first.key
    assert again.lookup != first.lookup
    lookup.tell(LookupFailed(900, again.lookup, "interrupted", "once more"))
    assert lookup.session.error is not None
    assert lookup.session.error.kind == "interrupted"


def test_answers_to_earlier_tries_are_nobodys(lookup: Steps) -> None:
    first = lookup.did(Fetch)[0].lookup
    lookup.tell(DeadlinePassed(6_000), DeadlinePassed(7_000))
    assert lookup.session.fetching not in (None, first)
    assert lookup.tell(LookupAnswered(7_100, first, 200, {}, {"x": 1})).effects == ()


def test_a_body_too_deep_is_a_bad_body(lookup: Steps) -> None:
    body: Any = {}
    for _ in range(500):
        body = [body]
    lookup.tell(LookupAnswered(10, lookup.session.fetching or 0, 200, {}, {"x": body}))
    assert lookup.session.error is not None
    assert lookup.session.error.kind == "body"


def test_an_answer_can_hold_no_reference_to_a_secret(lookup: Steps) -> None:
    lookup.tell(LookupAnswered(10, lookup.session.fetching or 0, 200, {}, {"x": reference("KEY")}))
    assert lookup.session.here.variables["x"] == "KEY"


def test_a_waiting_prompt_that_can_not_be_made_does_no_harm(lookup: Steps) -> None:
    lookup.tell(DeadlinePassed(1_000))
    lookup.tell(PlaybackFailed(1_010, lookup.session.playing[0], "no voice"))
    assert lookup.session.error is None
    lookup.tell(LookupAnswered(1_500, lookup.session.fetching or 0, 200, {}, {"x": "y"}))
    assert lookup.did(Play)[0].prompt[0].text == "y"


def test_a_lookup_goes_on_over_a_break(lookup: Steps) -> None:
    lookup.tell(DeadlinePassed(1_000))
    awaited = lookup.session.fetching
    lookup.tell(Reconnected(3_000), DeadlinePassed(3_000))
    assert lookup.did(Play)
    assert lookup.session.fetching == awaited


def test_values_are_prepared_the_moment_they_are_known(flow_of: Callable[..., Any]) -> None:
    text = HTTP.replace("bye: {", "between: {type: play, prompt: A long one., next: bye}\n      bye: {").replace(
        "next: bye}\n      between", "next: between}\n      between"
    )
    steps = Steps(flow_of(text)).tell(Answered(0))
    steps.tell(LookupAnswered(10, steps.session.fetching or 0, 200, {}, {"x": "Asha"}))
    said = [piece.text for effect in steps.did(Prepare) for piece in effect.segments if isinstance(piece, Speech)]
    assert said == ["Asha"]


# Recordings and transfers

RECORD = """
    start: record
    nodes:
      record: {type: record, prompt: Speak., into: message, next: bye}
      bye: {type: hangup}
"""


def test_a_recorder_that_stops_by_itself(flow_of: Callable[..., Any]) -> None:
    steps = Steps(flow_of(RECORD), id="a/b c").tell(Answered(0)).heard(1_000)
    assert steps.did(Record) == [Record("a-b-c-2")]
    assert steps.tell(RecordingEnded(1_100, "other")).effects == ()
    steps.tell(SpeechBegan(1_200), RecordingEnded(1_300, "a-b-c-2"))
    assert steps.did(StopRecording) == [StopRecording("a-b-c-2", keep=True)]
    assert steps.session.here.variables["message"] == "a-b-c-2"


def test_a_recording_survives_a_break_and_its_prompt_begins_again(flow_of: Callable[..., Any]) -> None:
    steps = Steps(flow_of(RECORD)).tell(Answered(0), Reconnected(500))
    assert steps.did(Play)
    steps.heard(1_000).tell(SpeechBegan(2_000))
    before = steps.session
    assert steps.tell(Reconnected(3_000)).session == replace(before)


TRANSFER = """
    start: first
    nodes:
      first: {type: transfer, to: "1", on_error: second}
      second: {type: transfer, to: "2", prompt: Another one., on_error: sorry}
      sorry: {type: hangup, prompt: Sorry.}
"""


def test_a_carrier_that_says_nothing_of_a_transfer(flow_of: Callable[..., Any]) -> None:
    steps = Steps(flow_of(TRANSFER)).tell(Answered(0))
    assert steps.session.deadline == 120_000
    steps.tell(DeadlinePassed(120_000))
    assert steps.session.error is not None
    assert steps.session.error.kind == "no_answer"
    assert steps.tell(Transferred(120_100), Transferred(120_200, "busy")).session.place == "second"
    steps.heard(121_000).tell(Reconnected(121_500), Transferred(122_000))
    assert (steps.session.reason, steps.session.ended_by) == ("transfer", "second")


def test_a_number_that_is_none(flow_of: Callable[..., Any]) -> None:
    steps = Steps(flow_of(TRANSFER.replace('to: "1"', 'to: "{{ none }}"'))).tell(Answered(0))
    assert steps.session.error is not None
    assert steps.session.error.kind == "template"
