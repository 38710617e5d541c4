"""Which processes count as dead: those of this machine by looking, others by their silence, as far as it was heard."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace

import pytest

from ivr.calls.store.owners import BEAT_S, GAP_S, NOBODY, SILENCE_S, Owner, Watch, started, this_process


class Observer:
    """A process that looks at another one every few seconds of its own clock."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.own = this_process()
        self.watch = Watch(self.own, lambda: self.now)

    def looks(self, other: Owner, seconds: float, *, beats: bool, every: float = BEAT_S) -> float | None:
        """Look for so long, and tell since when the other one is gone."""
        until = self.now + seconds
        while self.now < until:
            self.now += every
            self.watch.look([(self.own, 1), (other, int(self.now) if beats else 0)])
        return self.watch.gone_since(other.id)


@pytest.fixture
def observer() -> Observer:
    return Observer()


ELSEWHERE = Owner("elsewhere", "another host", 1, 1)


def test_a_process_elsewhere_is_gone_once_its_heart_has_been_silent_for_long(observer: Observer) -> None:
    assert observer.looks(ELSEWHERE, 10 * SILENCE_S, beats=True) is None
    assert observer.looks(ELSEWHERE, SILENCE_S - 2 * BEAT_S, beats=False) is None
    since = observer.looks(ELSEWHERE, 4 * BEAT_S, beats=False)
    assert since is not None
    assert observer.looks(ELSEWHERE, 60, beats=False) == since
    assert observer.looks(ELSEWHERE, BEAT_S, beats=True) is None


def test_silence_counts_only_while_somebody_listens(observer: Observer) -> None:
    observer.looks(ELSEWHERE, 60, beats=True)
    observer.now += 10 * SILENCE_S  # The store was away, and nobody could tell that he lives.
    assert observer.looks(ELSEWHERE, SILENCE_S - 2 * BEAT_S, beats=False) is None
    assert observer.looks(ELSEWHERE, 3 * BEAT_S, beats=False) is not None
    assert GAP_S > BEAT_S


def test_a_process_that_left_is_gone_at_once(observer: Observer) -> None:
    assert observer.looks(ELSEWHERE, 60, beats=True) is None
    observer.watch.look([])
    assert observer.watch.gone_since(ELSEWHERE.id) == observer.now
    assert observer.watch.gone_since("never seen") == observer.now


def test_a_process_of_this_machine_is_looked_at(observer: Observer) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        began = started(other.pid)
        assert began is not None
        here = Owner("here", observer.own.host, other.pid, began)
        assert observer.looks(here, 3 * SILENCE_S, beats=False) is None
        younger = replace(here, id="younger", started=began + 1)
        assert (observer.looks(younger, BEAT_S, beats=True) is None) == (began == 0)
        other.kill()
        other.wait()
        assert observer.looks(here, BEAT_S, beats=True) is not None
    assert started(other.pid) is None
    assert started(os.getpid()) == this_process().started


def test_every_store_is_another_owner() -> None:
    assert this_process() != this_process()
    assert this_process().host == this_process().host != NOBODY.host
