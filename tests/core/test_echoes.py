"""What a lookup repeats of a sensitive value is as sensitive as the value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ivr.core.effects import Fetch
from ivr.core.events import LookupAnswered
from ivr.core.values import MASK

FLOW = """
start: ask
variables: {pin: "", told: ""}
nodes:
  ask: {type: collect, prompt: PIN?, into: pin, digits: 6, sensitive: true, next: look}
  look: {type: http, url: "http://crm.test/{{ pin }}", save: {told: body.told}, on_error: sorry, next: tell}
  tell: {type: hangup, prompt: "You are {{ told }}."}
  sorry: {type: hangup, prompt: "Sorry, {{ error.message }}."}
"""


@pytest.mark.parametrize(
    ("body", "heard"),
    [
        ({"told": "739158"}, f"You are {MASK}."),
        ({"told": "7 3 9 1 5 8"}, f"You are {MASK}."),
        ({"told": "pin 739-158!"}, f"You are {MASK}."),
        ({"told": 739158}, f"You are {MASK}."),
        ({"told": [{"a": ["739158"]}]}, f"You are {MASK}."),
        ({"told": {"739158": 1}}, f"You are {MASK}."),
        ({"told": "Asha"}, "You are Asha."),
        ({"told": "73915"}, "You are 73915."),
        ({"739158": 1}, "Sorry, the answer can't be saved."),
    ],
)
def test_what_comes_back(
    flow_of: Callable[..., Any], call: Callable[..., Any], body: dict[str, Any], heard: str
) -> None:
    def answer(fetch: Fetch, now: int) -> LookupAnswered:
        return LookupAnswered(now, fetch.lookup, 200, {}, body)

    line = call(flow_of(FLOW), answer)
    line.press(" ".join(f"{key}@{3000 + 100 * number}" for number, key in enumerate("739158")))
    line.advance(20_000)
    assert heard in [each.text for each in line.lines if each.who == "ivr"]
