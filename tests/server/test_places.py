"""Calls are counted over all workers, also when one of them dies."""

from __future__ import annotations

import os
import signal

from ivr.server.places import SPARE, Places, Workers


class Watch:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000

    def __call__(self) -> int:
        return self.now


def places(workers: int = 2, each: int = 1) -> tuple[Places, Watch]:
    watch = Watch()
    return Places(workers, workers * each, patience=10_000, now=watch), watch


def test_no_more_calls_are_answered_than_all_workers_may_have() -> None:
    shared, _ = places()
    first, second = shared.mine(0), shared.mine(1)
    assert first.answered("a")
    assert first.answered("b")
    assert not second.answered("c")
    second.began("b")
    assert (shared.total, first.total, second.total, second.limit) == (2, 2, 2, 2)
    assert (first.promised, second.promised) == (1, 1)
    second.ended("b")
    assert second.answered("c")
    assert not first.answered("d")


def test_a_seat_is_kept_only_for_a_while_for_a_stream_that_does_not_come() -> None:
    shared, watch = places()
    seats = shared.mine(0)
    assert seats.answered("a")
    watch.now += 5_000
    assert seats.answered("b")
    assert seats.answered("a")  # asked again, and kept longer
    watch.now += 9_999
    assert seats.total == 2
    watch.now += 1
    assert seats.total == 0
    assert seats.answered("c")
    assert seats.answered("d")
    seats.began("c")
    seats.began("d")
    watch.now += 100_000
    assert seats.total == 2


def test_calls_that_come_back_from_elsewhere_are_counted_and_never_refused() -> None:
    shared, _ = places()
    seats = shared.mine(1)
    for number in range(2 * shared.limit + SPARE + 10):
        seats.began(f"call-{number}")
    assert seats.total == 2 * shared.limit + SPARE
    assert not seats.answered("another")
    for number in range(2 * shared.limit + SPARE + 10):
        seats.ended(f"call-{number}")
    assert seats.total == 0


def test_a_call_that_went_to_another_worker_keeps_its_seat() -> None:
    shared, _ = places()
    before, after = shared.mine(0), shared.mine(1)
    before.began("a")
    after.began("a")
    before.ended("a")
    assert shared.total == 1
    after.ended("a")
    assert shared.total == 0


def test_a_process_that_dies_leaves_its_seats_to_others_and_no_lock() -> None:
    shared, _ = places()
    child = os.fork()
    if not child:
        shared.mine(0).began("a")
        shared.ready(0)
        shared.locked().__enter__()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert shared.total == 1
    assert shared.mine(1).answered("b")
    shared.ready(1)
    assert shared.workers == Workers(2, 2, 0)
    shared.ended(0, died=True)
    assert shared.workers == Workers(2, 1, 1)
    assert shared.total == 1
    assert shared.mine(1).answered("c")


def test_all_workers_see_whether_workers_die_too_often() -> None:
    shared, _ = places()
    assert not shared.mine(1).failing
    shared.failing = True
    assert shared.mine(1).failing


def test_the_end_of_a_call_is_told_to_the_worker_that_has_it() -> None:
    shared, watch = places()
    one, other = shared.mine(0), shared.mine(1)
    one.began("a")
    one.began("b")
    assert other.answered("c") is False
    other.hang_up("a")
    other.hang_up("unknown")
    watch.now += 1_000_000
    assert (one.hung_up(["a", "b"]), other.hung_up(["a", "b"])) == (["a"], [])
    assert (shared.total, one.promised) == (2, 0)
    one.ended("a")
    assert one.hung_up(["a", "b"]) == []
    assert other.answered("c")
    other.hang_up("c")  # before its stream has begun
    assert shared.total == 1
    one.hang_up("b")
    shared.ended(0, died=True)
    assert shared.total == 0
