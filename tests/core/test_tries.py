"""Tries of a lookup leave and are given up at their times, the same in every replay."""

from __future__ import annotations

import pytest

from ivr.core.tries import BACKOFF_MS, MAX_BACKOFF_MS, Trying, due, next_at, postponed, sent


@pytest.mark.parametrize("tries", range(1, 11))
@pytest.mark.parametrize("key", ["c1-1", "c1-2", "another call-77", ""])
def test_pauses_grow_up_to_a_limit_with_a_jitter_of_a_half(tries: int, key: str) -> None:
    longest = min(BACKOFF_MS * 2 ** (tries - 1), MAX_BACKOFF_MS)
    trying = postponed(Trying(key=key, tries=tries, give_up_at=9_000), at=5_000)
    assert trying == postponed(Trying(key=key, tries=tries, give_up_at=9_000), at=5_000)
    assert trying.give_up_at is None
    assert trying.retry_at is not None
    assert longest / 2 <= trying.retry_at - 5_000 <= longest


def test_calls_do_not_try_again_in_step() -> None:
    pauses = {postponed(Trying(key=f"c{number}-1", tries=3), at=0).retry_at for number in range(100)}
    assert len(pauses) > 50


def test_what_is_due_first() -> None:
    trying = sent(Trying(key="c", wait_at=1_000), at=0, timeout=5_000)
    assert (trying.tries, next_at(trying), due(trying, 1_000)) == (1, 1_000, "company")
    kept = Trying(key="c", tries=1, give_up_at=6_000)
    assert (next_at(kept), due(kept, 6_000)) == (6_000, "give_up")
    paused = postponed(kept, at=6_000)
    assert (next_at(paused), due(paused, paused.retry_at or 0)) == (paused.retry_at, "send")
    assert next_at(Trying()) is None
