"""One heap holds all that is to happen by a clock: in order, never early, and nothing that was cancelled."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from ivr.calls.clock import MOST_CANCELLED, Alarm, Clock

RATE = 10


async def test_timers_go_off_in_order_and_never_early() -> None:
    clock = Clock(RATE)
    went: list[tuple[int, int]] = []
    done = asyncio.Event()
    began = clock.now()

    def go_off(after: int) -> None:
        went.append((after, clock.now() - began))
        if after == 40:
            done.set()

    for after in (40, 20, 0, 30, -50):
        clock.call_at(began + after, partial(go_off, after))
    clock.call_at(began + 10, lambda: go_off(10)).cancel()
    await done.wait()
    assert [after for after, _ in went] == [-50, 0, 20, 30, 40]
    assert all(at >= after for after, at in went)


async def test_a_bug_in_one_callback_stops_no_other() -> None:
    clock = Clock(RATE)
    bugs: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: bugs.append(context["exception"]))
    done = asyncio.Event()

    def fail() -> None:
        raise RuntimeError("a bug")

    clock.call_at(0, fail)
    clock.call_at(0, done.set)
    await done.wait()
    assert list(map(str, bugs)) == ["a bug"]


async def test_who_is_always_due_leaves_others_their_turn() -> None:
    clock = Clock(RATE)
    done = asyncio.Event()
    turns: list[int] = []

    def again() -> None:
        turns.append(clock.now())
        if not done.is_set():
            clock.call_at(0, again)

    again()
    asyncio.get_running_loop().call_later(0.005, done.set)
    await done.wait()
    assert turns


async def test_cancelled_timers_are_let_go_of() -> None:
    clock = Clock(RATE)
    done = asyncio.Event()
    hour = 3_600_000
    kept = [clock.call_at(hour, done.set) for _ in range(10)]
    for _ in range(20 * MOST_CANCELLED):
        timer = clock.call_at(2 * hour, done.set)
        timer.cancel()
        timer.cancel()
    assert len(clock._timers) <= len(kept) + MOST_CANCELLED + 1
    clock.call_at(clock.now() + 10, done.set)
    await done.wait()


async def test_an_alarm_that_is_put_off_goes_off_early_and_one_that_is_brought_forward_in_time() -> None:
    clock = Clock(RATE)
    went: list[int] = []
    rings = asyncio.Event()

    def ring() -> None:
        went.append(clock.now())
        rings.set()

    alarm = Alarm(clock, ring)
    began = clock.now()
    alarm.set(began + 100)
    alarm.set(began + 10_000)
    await rings.wait()
    assert 100 <= went[-1] - began < 10_000
    rings.clear()
    alarm.set(began + 3_600_000)
    alarm.set(clock.now() + 50)
    await rings.wait()
    alarm.set(clock.now() + 10)
    alarm.set(None)
    await asyncio.sleep(0.005)
    assert len(went) == 2
