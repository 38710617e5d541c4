"""What is counted of calls: steps, ends and lookups, and how soon a caller who presses a key hears of it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ivr.calls.clock import Clock
from ivr.calls.meters import METERS, Histogram, Reflex
from ivr.core.flow import Flow
from tests.calls.conftest import Connection, Dial, connect

MENU = """
start: ask
nodes:
  ask:
    type: menu
    prompt: {silence: 3s}
    timeout: 60m
    choices: [{press: 1, next: bye}, {press: 2, next: fetch}]
  fetch: {type: http, url: "http://127.0.0.1:1/", timeout: 60m, on_error: bye, next: bye}
  bye: {type: hangup, prompt: {silence: 100ms}, reason: counted}
"""


def key(digit: str) -> str:
    return json.dumps({"event": "dtmf", "dtmf": {"digit": digit}})


def test_a_time_falls_into_the_first_bucket_that_it_fits() -> None:
    histogram = Histogram((0.1, 1.0))
    for seconds in (0.05, 0.1, 0.100_1, 1.0, 7.0):
        histogram.add(seconds)
    assert histogram.counts == [2, 2, 1]
    assert histogram.seconds == pytest.approx(8.250_1)


async def test_steps_and_ends_are_counted_by_flow(
    flow_of: Callable[..., Flow], dial: Dial, connection: Connection
) -> None:
    flow = flow_of(MENU)
    METERS.steps.clear()
    ended, keys, steps = (
        METERS.ended[flow.id, "contained", "counted"],
        sum(METERS.key_to_audio.counts),
        sum(METERS.step_seconds.counts),
    )
    driver = dial(flow)
    connect(driver, connection)
    driver.receive(connection, key("7"))
    driver.receive(connection, key("1"))
    await connection.until(lambda: connection.closed is not None)
    assert METERS.steps[flow.id, "Answered"] == 1
    assert METERS.steps[flow.id, "KeyPressed"] == 2
    assert sum(METERS.steps.values()) == sum(METERS.step_seconds.counts) - steps
    assert METERS.ended[flow.id, "contained", "counted"] == ended + 1
    assert sum(METERS.key_to_audio.counts) == keys + 2


async def test_lookups_and_streams_that_break_are_counted(
    flow_of: Callable[..., Flow], dial: Dial, connection: Connection, clock: Clock
) -> None:
    refused, broken = METERS.lookups["connect"], METERS.broken
    driver = dial(flow_of(MENU))
    connect(driver, connection)
    driver.disconnected(connection, hung_up=False)
    again = Connection(clock)
    connect(driver, again)
    driver.receive(again, key("2"))
    await again.until(lambda: again.closed is not None)
    assert METERS.lookups["connect"] == refused + 1
    assert METERS.broken == broken + 1


def test_a_key_is_timed_until_its_first_message_leaves() -> None:
    times = Histogram(())
    reflex = Reflex(times)

    def counted() -> int:
        return times.counts[0]

    # It stops what plays; what is played then is no second answer.
    reflex.key_came()
    reflex.cleared()
    reflex.queued(1)
    reflex.key_is_done()
    reflex.sent(1)
    assert counted() == 1
    # It leads to a prompt, which has to be rendered; what others say meanwhile is not its.
    reflex.key_came()
    reflex.queued(2)
    reflex.queued(3)
    reflex.key_is_done()
    reflex.sent(1)
    assert counted() == 1
    reflex.sent(2)
    reflex.sent(2)
    reflex.sent(3)
    assert counted() == 2


def test_a_key_that_leads_to_nothing_yet_is_not_timed() -> None:
    times = Histogram(())
    reflex = Reflex(times)
    # One digit of several, and a prompt that comes later for another reason.
    reflex.key_came()
    reflex.key_is_done()
    reflex.queued(1)
    reflex.sent(1)
    # What it led to is stopped before it is heard.
    reflex.key_came()
    reflex.queued(2)
    reflex.key_is_done()
    reflex.cleared()
    reflex.sent(2)
    reflex.cleared()
    assert times.counts == [0]
