"""Calls are found while they go on, and known to be over afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ivr.calls.registry import Registry
from ivr.core.flow import Flow
from tests.calls.conftest import Dial

FLOW = "{start: bye, nodes: {bye: {type: hangup}}}"


async def test_a_call_is_found_by_its_id_until_it_is_over(dial: Dial, flow_of: Callable[..., Flow]) -> None:
    registry = Registry()
    one, other = dial(flow_of(FLOW), "one"), dial(flow_of(FLOW), "other")
    registry.add(one)
    registry.add(other)
    assert (registry.find("one"), registry.find("third")) == (one, None)
    assert (len(registry), set(registry)) == (2, {one, other})
    assert not registry.has_ended("one")
    registry.remove(one)
    assert (registry.find("one"), len(registry), list(registry)) == (None, 1, [other])
    assert registry.has_ended("one")
    assert not registry.has_ended("third")


async def test_calls_may_end_while_they_are_gone_through(dial: Dial, flow_of: Callable[..., Flow]) -> None:
    registry = Registry()
    for call_id in "abc":
        registry.add(dial(flow_of(FLOW), call_id))
    for driver in registry:
        registry.remove(driver)
    assert len(registry) == 0


async def test_who_waits_for_the_last_call_is_told(dial: Dial, flow_of: Callable[..., Flow]) -> None:
    registry = Registry()
    await registry.wait_until_empty()
    drivers = [dial(flow_of(FLOW), call_id) for call_id in "ab"]
    for driver in drivers:
        registry.add(driver)
    waiting = asyncio.create_task(registry.wait_until_empty())
    registry.remove(drivers[0])
    await asyncio.sleep(0)
    assert not waiting.done()
    registry.remove(drivers[1])
    await waiting


async def test_only_so_many_ended_calls_are_remembered(dial: Dial, flow_of: Callable[..., Flow]) -> None:
    registry = Registry(remembered=2)
    for call_id in ("first", "second", "third"):
        driver = dial(flow_of(FLOW), call_id)
        registry.add(driver)
        registry.remove(driver)
    assert [registry.has_ended(call_id) for call_id in ("first", "second", "third")] == [False, True, True]


async def test_a_call_that_is_told_twice_to_be_over_is_over_once(dial: Dial, flow_of: Callable[..., Flow]) -> None:
    registry = Registry()
    driver = dial(flow_of(FLOW))
    registry.add(driver)
    registry.remove(driver)
    registry.remove(driver)
    assert len(registry) == 0
    assert registry.has_ended("call-1")
