"""Whatever comes through a door, nothing breaks: a few inputs here, many in `python -m benchmarks.fuzz`."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.doors.fuzzing import DOORS, TEXTS, messages
from tests.endtoend.conftest import Serve

EXAMPLES = {
    "YAML": 40,
    "expressions": 150,
    "templates": 50,
    "messages": 100,
    "sounds": 150,
    "tokens": 100,
    "journals": 60,
}


@pytest.mark.parametrize("name", DOORS)
def test_whatever_comes_in(name: str) -> None:
    door = DOORS[name]

    @settings(max_examples=EXAMPLES[name], suppress_health_check=list(HealthCheck), database=None)
    @given(door.inputs)
    def entering(tried: object) -> None:
        door.enter(tried)

    entering()


FLOW = """
start: ask
nodes:
  ask: {type: menu, prompt: Well?, timeout: 60m, attempts: 20, no_match: No., choices: [{press: "77", next: bye}]}
  bye: {type: hangup, prompt: Goodbye.}
"""


async def test_a_call_goes_on_whatever_its_carrier_sends(serve: Serve) -> None:
    server = await serve(FLOW)
    drawn: list[str | bytes] = []

    @settings(max_examples=40, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(messages, min_size=1, max_size=3))
    def collect(some: list[str | bytes]) -> None:
        drawn.extend(each for each in some if len(each) < 200_000 and not _ends(each))

    collect()
    async with server.call() as call:
        await call.hears("Well")
        for each in (*drawn, *TEXTS[:-1], *TEXTS[:-1]):
            await call.send_raw(each)
        await call.press("##")
        await call.hears("No.")
        await call.press("77")
        await call.hears("Goodbye")
        assert (await call.ended()).code == 1000
    async with server.call() as call:
        await call.hears("Well")
        await call.send_raw("x" * 10_000_000)
        await call.abort()
    async with server.call() as call:
        await call.hears("Well")
        await call.press("77")
        await call.ended()


def _ends(message: str | bytes) -> bool:
    """Whether a message ends its call in order, or takes its caller's keys."""
    try:
        event = json.loads(message)["event"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return False
    return event in ("stop", "dtmf")
