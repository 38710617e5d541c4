"""Recordings and transfers that others end, or say nothing of."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ivr.core.effects import Play, Record, StopRecording
from ivr.core.events import (
    Answered,
    DeadlinePassed,
    Reconnected,
    RecordingEnded,
    SpeechBegan,
    Transferred,
)

RECORD = """
    start: record
    nodes:
      record: {type: record, prompt: Speak., into: message, next: bye}
      bye: {type: hangup}
"""


def test_a_recorder_that_stops_by_itself(flow_of: Callable[..., Any], steps: Callable[..., Any]) -> None:
    call = steps(flow_of(RECORD), id="a/b c").tell(Answered(0)).heard(1_000)
    (recording,) = call.did(Record)
    assert re.fullmatch("a-b-c-[0-9a-f]{8}-2", recording.recording)
    assert call.tell(RecordingEnded(1_100, "other")).effects == ()
    call.tell(SpeechBegan(1_200), RecordingEnded(1_300, recording.recording))
    assert call.did(StopRecording) == [StopRecording(recording.recording, keep=True)]
    assert call.session.here.variables["message"] == recording.recording


def test_a_recording_survives_a_break_and_its_prompt_does_not(
    flow_of: Callable[..., Any], steps: Callable[..., Any]
) -> None:
    call = steps(flow_of(RECORD)).tell(Answered(0), Reconnected(500))
    assert call.did(Play)
    call.heard(1_000).tell(SpeechBegan(2_000))
    before = call.session
    assert call.tell(Reconnected(3_000)).session == replace(before)


TRANSFER = """
    start: first
    nodes:
      first: {type: transfer, to: "1", on_error: second}
      second: {type: transfer, to: "2", prompt: Another one., on_error: sorry}
      sorry: {type: hangup, prompt: Sorry.}
"""


def test_a_carrier_that_says_nothing_of_a_transfer(flow_of: Callable[..., Any], steps: Callable[..., Any]) -> None:
    call = steps(flow_of(TRANSFER)).tell(Answered(0))
    assert call.session.deadline == 120_000
    call.tell(DeadlinePassed(120_000))
    assert call.session.error is not None
    assert call.session.error.kind == "no_answer"
    assert call.tell(Transferred(120_100), Transferred(120_200, "busy")).session.place == "second"
    call.heard(121_000).tell(Reconnected(121_500), Transferred(122_000))
    assert (call.session.reason, call.session.ended_by) == ("transfer", "second")


def test_a_number_that_is_none(flow_of: Callable[..., Any], steps: Callable[..., Any]) -> None:
    call = steps(flow_of(TRANSFER.replace('to: "1"', 'to: "{{ none }}"'))).tell(Answered(0))
    assert call.session.error is not None
    assert call.session.error.kind == "template"
