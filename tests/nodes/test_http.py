"""Lookups whose answers are late, lost, stale or strange."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ivr.core.effects import Fetch, Play, Prepare
from ivr.core.events import (
    Answered,
    DeadlinePassed,
    LookupAnswered,
    LookupFailed,
    PlaybackFailed,
    Reconnected,
)
from ivr.core.segments import Speech
from ivr.core.values import reference

HTTP = """
    start: lookup
    nodes:
      lookup: {type: http, url: "http://crm.test", retries: 1, waiting: Please wait., save: {x: body.x}, next: bye}
      bye: {type: hangup, prompt: "{{ x }}"}
"""


@pytest.fixture
def lookup(flow_of: Callable[..., Any], steps: Callable[..., Any]) -> Any:
    return steps(flow_of(HTTP)).tell(Answered(0))


def test_a_try_lost_with_its_process_is_sent_again_with_its_key(lookup: Any) -> None:
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


def test_answers_to_earlier_tries_are_nobodys(lookup: Any) -> None:
    first = lookup.did(Fetch)[0].lookup
    lookup.tell(DeadlinePassed(6_000), DeadlinePassed(7_000))
    assert lookup.session.fetching not in (None, first)
    assert lookup.tell(LookupAnswered(7_100, first, 200, {}, {"x": 1})).effects == ()


def test_a_body_too_deep_is_a_bad_body(lookup: Any) -> None:
    body: Any = {}
    for _ in range(500):
        body = [body]
    lookup.tell(LookupAnswered(10, lookup.session.fetching or 0, 200, {}, {"x": body}))
    assert lookup.session.error is not None
    assert lookup.session.error.kind == "body"


def test_an_answer_can_hold_no_reference_to_a_secret(lookup: Any) -> None:
    lookup.tell(LookupAnswered(10, lookup.session.fetching or 0, 200, {}, {"x": reference("KEY")}))
    assert lookup.session.here.variables["x"] == "KEY"


def test_a_waiting_prompt_that_can_not_be_made_does_no_harm(lookup: Any) -> None:
    lookup.tell(DeadlinePassed(1_000))
    lookup.tell(PlaybackFailed(1_010, lookup.session.playing[0], "no voice"))
    assert lookup.session.error is None
    lookup.tell(LookupAnswered(1_500, lookup.session.fetching or 0, 200, {}, {"x": "y"}))
    assert lookup.did(Play)[0].prompt[0].text == "y"


def test_a_lookup_goes_on_over_a_break(lookup: Any) -> None:
    lookup.tell(DeadlinePassed(1_000))
    awaited = lookup.session.fetching
    lookup.tell(Reconnected(3_000), DeadlinePassed(3_000))
    assert lookup.did(Play)
    assert lookup.session.fetching == awaited


def test_values_are_prepared_the_moment_they_are_known(flow_of: Callable[..., Any], steps: Callable[..., Any]) -> None:
    text = HTTP.replace("bye: {", "between: {type: play, prompt: A long one., next: bye}\n      bye: {").replace(
        "next: bye}\n      between", "next: between}\n      between"
    )
    call = steps(flow_of(text)).tell(Answered(0))
    call.tell(LookupAnswered(10, call.session.fetching or 0, 200, {}, {"x": "Asha"}))
    said = [piece.text for effect in call.did(Prepare) for piece in effect.segments if isinstance(piece, Speech)]
    assert said == ["Asha"]
