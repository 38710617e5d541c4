"""Workers are started again, sooner or later; they end with their supervisor, and it never waits for ever."""

from __future__ import annotations

from ivr.server.supervisor import DEATHS, DEATHS_S, FIRST_PAUSE_S, HUNG_S, LONGEST_PAUSE_S, Worker


def start(worker: Worker, now: float) -> None:
    worker.pid, worker.started, worker.due = 1, now, None


def test_a_worker_that_dies_is_started_at_once_until_that_happens_too_often() -> None:
    worker, now = Worker(0), 1000.0
    pauses = []
    for _ in range(DEATHS + 8):
        start(worker, now)
        now += 0.5
        worker.died(now)
        assert worker.due is not None
        pauses.append(worker.due - now)
        now = worker.due
    assert pauses[: DEATHS - 1] == [0.0] * (DEATHS - 1)
    assert pauses[DEATHS - 1 : DEATHS + 3] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S, 8 * FIRST_PAUSE_S]
    assert pauses[-1] == LONGEST_PAUSE_S


def test_one_that_lives_for_a_while_is_as_good_as_new() -> None:
    worker, now = Worker(0), 1000.0
    for _ in range(DEATHS):
        start(worker, now)
        worker.died(now)
    assert worker.pause
    start(worker, now)
    worker.lives(now + DEATHS_S - 1)
    assert worker.pause
    worker.lives(now + DEATHS_S)
    assert not worker.pause
    worker.died(now + DEATHS_S + 1)
    assert worker.due == now + DEATHS_S + 1


def test_rare_deaths_are_no_reason_to_wait() -> None:
    worker, now = Worker(0), 1000.0
    for _ in range(4 * DEATHS):
        start(worker, now)
        now += 1.1 * DEATHS_S / DEATHS * 1.25
        worker.died(now)
        assert worker.due == now


def test_a_worker_hangs_that_gives_no_sign_of_life_while_it_is_looked_for() -> None:
    worker = Worker(0)
    seconds = range(1_000, 1_000 + int(HUNG_S))
    assert not any(worker.hangs(float(now), now) for now in seconds)
    last = seconds[-1]
    assert not any(worker.hangs(float(now), last) for now in range(last, last + int(HUNG_S)))
    assert worker.hangs(last + HUNG_S, last)
    assert not worker.hangs(last + HUNG_S + 1, last + 1)
    # The machine slept for an hour.
    assert not worker.hangs(last + 3_600.0, last + 1)
