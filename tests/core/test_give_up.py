"""A bug of ours ends one call with an apology."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ivr.core.effects import Clear, End, Explain, Play
from ivr.core.events import PlaybackEnded
from ivr.core.flow import Flow
from ivr.core.session import Phase
from ivr.core.step import give_up, step

FLOW = """
start: menu
on_hangup: note
variables: {noted: false}
nodes:
  menu: {type: menu, prompt: Press 1., choices: [{press: 1, next: bye}]}
  bye: {type: hangup}
  note: {type: set, values: {noted: true}}
"""


def test_the_caller_hears_an_apology_and_the_call_ends_in_order(
    flow_of: Callable[..., Flow], call: Callable[..., Any]
) -> None:
    flow = flow_of(FLOW)
    line = call(flow)
    session, effects = give_up(flow, line.session, 100)
    assert [type(effect) for effect in effects] == [Explain, Clear, Play]
    play = next(effect for effect in effects if isinstance(effect, Play))
    session, effects = step(flow, session, PlaybackEnded(5_000, play.playback))
    assert End("error") in effects
    assert (session.phase, session.reason, session.ended_by) == ("done", "error", "menu")
    assert session.stack[0].variables["noted"] is True


@pytest.mark.parametrize("phase", ["apologising", "over"])
def test_nothing_more_is_tried_where_the_end_has_begun(
    phase: Phase, flow_of: Callable[..., Flow], call: Callable[..., Any]
) -> None:
    flow = flow_of(FLOW)
    session, effects = give_up(flow, replace(call(flow).session, phase=phase, over_at=0), 100)
    assert session.phase == "done"
    assert [type(effect) for effect in effects] == [Explain]
