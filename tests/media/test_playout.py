"""Playbacks are sent whole, in order and a little ahead, and each ends once, whatever the carrier says."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.media.frame import FRAME_BYTES, milliseconds
from ivr.media.playout import GRACE_MS, LEAD_MS, SHORT_GRACE_MS, Chunk, Mark, Playout
from ivr.media.sound import CHUNK_BYTES, Piece, cut


def audio(ms: int, tone: int = 1) -> bytes:
    return bytes([tone]) * (ms * 8)


def playing(ms: int, playback: int = 1) -> Playout:
    playout = Playout()
    playout.queue(playback)
    playout.fill(playback, cut(audio(ms)))
    return playout


def lengths(playout: Playout, now: int) -> list[int | str]:
    return [
        milliseconds(command.piece.audio) if isinstance(command, Chunk) else command.name
        for command in playout.due(now)
    ]


def test_a_lead_goes_out_at_once_then_a_chunk_each_chunk_time_and_a_mark_at_the_end() -> None:
    playout = playing(860)
    assert lengths(playout, 1000) == [200, 200]
    assert playout.wake(1000) == 1200
    assert lengths(playout, 1199) == []
    assert lengths(playout, 1200) == [200]
    assert lengths(playout, 1400) == [200]
    assert playout.wake(1400) == 1460
    assert lengths(playout, 1460) == [60, "playback-1"]
    assert lengths(playout, 5000) == []


def test_a_mark_that_comes_back_ends_its_playback_and_those_before_it() -> None:
    playout = Playout()
    for playback in (7, 8, 9):
        playout.queue(playback)
        playout.fill(playback, cut(audio(40)))
    assert lengths(playout, 0) == [40, "playback-7", 40, "playback-8", 40, "playback-9"]
    assert playout.acknowledge("playback-8") == (7, 8)
    assert playout.acknowledge("playback-8") == ()
    assert playout.acknowledge("playback-7") == ()
    assert playout.acknowledge("greeting") == ()
    assert playout.acknowledge("playback-9") == (9,)
    assert playout.wake(100) is None


def test_a_mark_that_never_comes_is_waited_for_long_once_and_shortly_from_then_on() -> None:
    playout = playing(100)
    playout.due(0)
    assert playout.wake(0) == 100 + GRACE_MS
    assert playout.expired(100 + GRACE_MS - 1) == ()
    assert playout.expired(100 + GRACE_MS) == (1,)
    assert playout.acknowledge("playback-1") == (), "too late"

    playout.queue(2)
    playout.fill(2, cut(audio(100)))
    playout.due(5000)
    assert playout.wake(5000) == 5100 + SHORT_GRACE_MS
    assert playout.expired(5100 + SHORT_GRACE_MS) == (2,)


def test_a_mark_in_time_restores_the_long_grace() -> None:
    playout = playing(100)
    playout.due(0)
    playout.expired(100 + GRACE_MS)
    for playback in (2, 3):
        playout.queue(playback)
        playout.fill(playback, cut(audio(100)))
    playout.due(5000)
    assert playout.acknowledge("playback-2") == (2,)
    assert playout.wake(5000) == 5200 + GRACE_MS


def test_a_playback_whose_audio_is_not_there_holds_up_those_behind_it() -> None:
    playout = Playout()
    playout.queue(1)
    playout.queue(2)
    playout.fill(2, cut(audio(20)))
    assert playout.due(0) == ()
    assert playout.wake(0) is None
    playout.fill(1, cut(audio(20, tone=5)))
    assert playout.due(10) == (
        Chunk(1, Piece(audio(20, tone=5)), 10),
        Mark("playback-1"),
        Chunk(2, Piece(audio(20)), 30),
        Mark("playback-2"),
    )


def test_a_playback_that_will_have_no_audio_is_dropped_and_the_next_goes_on() -> None:
    playout = Playout()
    playout.queue(1)
    playout.queue(2)
    playout.fill(2, cut(audio(20)))
    playout.drop(1)
    assert lengths(playout, 0) == [20, "playback-2"]
    playout.fill(1, cut(audio(20)))
    assert playout.due(0) == ()


def test_a_playback_without_audio_ends_in_its_turn() -> None:
    playout = playing(20)
    for playback in (2, 3):
        playout.queue(playback)
        playout.fill(playback, cut(b""))
    assert lengths(playout, 0) == [20, "playback-1"]
    assert playout.expired(0) == ()
    assert playout.acknowledge("playback-1") == (1,)
    assert playout.wake(30) == 30
    assert playout.expired(30) == (2, 3)


def test_the_current_playback_is_the_first_that_is_not_over_once_its_audio_is_there() -> None:
    playout = Playout()
    assert playout.current() is None
    playout.queue(1)
    playout.queue(2)
    playout.fill(2, cut(audio(200)))
    assert playout.current() is None
    playout.fill(1, cut(audio(100)))
    assert playout.current() == 1
    playout.due(0)
    assert playout.current() == 1
    playout.acknowledge("playback-1")
    assert playout.current() == 2
    playout.clear(50)
    assert playout.current() is None


def test_a_lone_playback_without_audio_ends_at_once() -> None:
    playout = playing(0)
    assert playout.wake(500) == 500
    assert playout.due(500) == ()
    assert playout.expired(500) == (1,)
    assert playout.wake(500) is None


def test_after_a_stall_no_more_than_the_lead_is_sent_at_once() -> None:
    playout = playing(10_000)
    assert lengths(playout, 0) == [200, 200]
    assert lengths(playout, 4000) == [200, 200]
    assert playout.wake(4000) == 4200


def test_after_a_gap_the_next_prompt_starts_at_once() -> None:
    playout = playing(100)
    playout.due(0)
    playout.acknowledge("playback-1")
    playout.queue(2)
    playout.fill(2, cut(audio(1000)))
    assert lengths(playout, 60_000) == [200, 200]


def test_what_is_cleared_is_neither_sent_nor_acknowledged_nor_ended() -> None:
    playout = playing(100)
    playout.queue(2)
    playout.queue(3)
    playout.fill(2, cut(audio(1000)))
    assert lengths(playout, 0) == [100, "playback-1", 200]
    playout.clear(50)
    assert playout.wake(50) is None
    playout.fill(3, cut(audio(100)))
    assert playout.due(5000) == ()
    assert playout.acknowledge("playback-1") == ()
    assert playout.expired(5000) == ()


def test_after_a_clear_the_next_prompt_has_the_whole_lead() -> None:
    playout = playing(1000)
    playout.due(0)
    playout.clear(10)
    playout.queue(2)
    playout.fill(2, cut(audio(1000)))
    assert lengths(playout, 10) == [200, 200]


def test_audio_that_is_not_whole_frames_is_refused() -> None:
    playout = Playout()
    playout.queue(1)
    with pytest.raises(ValueError, match="161 bytes of audio: not whole frames of 160"):
        playout.fill(1, cut(bytes(161)))


def test_a_playback_is_filled_once() -> None:
    playout = playing(20)
    playout.fill(1, cut(audio(1000)))
    assert lengths(playout, 0) == [20, "playback-1"]


def test_a_number_is_queued_once() -> None:
    playout = playing(100)
    with pytest.raises(ValueError, match="playback 1 is queued already"):
        playout.queue(1)


@dataclass
class Line:
    """A playout, and all that was asked of it and came out of it, checked at each step."""

    playout: Playout = field(default_factory=Playout)
    now: int = 0
    queued: list[int] = field(default_factory=list)
    unfilled: list[int] = field(default_factory=list)
    filled: dict[int, bytes] = field(default_factory=dict)
    sent: dict[int, bytes] = field(default_factory=dict)
    marks: list[str] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    cleared: set[int] = field(default_factory=set)
    heard_until: int = 0
    last_sent: int = 0

    def queue(self) -> None:
        playback = len(self.queued) + 1
        self.queued.append(playback)
        self.unfilled.append(playback)
        self.playout.queue(playback)
        self.settle()

    def fill(self, which: int, frames: int) -> None:
        if self.unfilled:
            playback = self.unfilled.pop(which % len(self.unfilled))
            self.filled[playback] = bytes([playback % 256]) * (frames * FRAME_BYTES)
            self.playout.fill(playback, cut(self.filled[playback]))
            self.settle()

    def acknowledge(self, which: int) -> None:
        if self.marks:
            self.end(self.playout.acknowledge(self.marks[which % len(self.marks)]))
            self.settle()

    def clear(self) -> None:
        self.cleared.update(playback for playback in self.queued if playback not in self.ended)
        self.playout.clear(self.now)
        self.heard_until = self.now
        self.settle()

    def sleep(self, ms: int) -> None:
        """Let time pass as a driver would that is woken exactly."""
        until = self.now + ms
        while (wake := self.playout.wake(self.now)) is not None and wake <= until:
            if wake > self.now + 1:
                assert self.playout.due(wake - 1) == (), "something was due before the time to wake"
                assert self.playout.expired(wake - 1) == ()
            self.now = wake
            assert self.settle(), "woken for nothing"
        self.now = until

    def stall(self, ms: int) -> None:
        self.now += ms
        self.settle()

    def settle(self) -> bool:
        commands = self.playout.due(self.now)
        for command in commands:
            match command:
                case Chunk(playback, piece, at):
                    assert playback not in self.cleared
                    assert playback >= self.last_sent, "out of order"
                    assert 0 < len(piece.audio) <= CHUNK_BYTES
                    assert at == max(self.heard_until, self.now)
                    self.last_sent = playback
                    self.sent[playback] = self.sent.get(playback, b"") + piece.audio
                    self.heard_until = max(self.heard_until, self.now) + milliseconds(piece.audio)
                    assert self.heard_until - self.now <= LEAD_MS
                case Mark(name):
                    assert name not in self.marks
                    assert self.sent[self.last_sent] == self.filled[self.last_sent]
                    self.marks.append(name)
        expired = self.playout.expired(self.now)
        self.end(expired)
        return bool(commands or expired)

    def end(self, ended: tuple[int, ...]) -> None:
        for playback in ended:
            assert playback not in self.cleared
            assert self.sent.get(playback, b"") == self.filled[playback]
            self.ended.append(playback)


NUMBERS = st.integers(0, 50)
ACTIONS = st.one_of(
    st.tuples(st.just("queue")),
    st.tuples(st.just("fill"), NUMBERS, st.sampled_from([0, 1, 4, 5, 6, 15, 16, 100])),
    st.tuples(st.just("acknowledge"), NUMBERS),
    st.tuples(st.just("clear")),
    st.tuples(st.just("sleep"), st.integers(0, 3000)),
    st.tuples(st.just("stall"), st.integers(0, 10_000)),
)


@settings(deadline=None)
@given(st.lists(ACTIONS, min_size=30, max_size=90))
def test_all_audio_is_sent_once_in_order_with_a_bounded_lead_and_every_playback_ends_once(
    actions: list[tuple[str, *tuple[int, ...]]],
) -> None:
    line = Line()
    for name, *numbers in actions:
        getattr(line, name)(*numbers)
    while line.unfilled:
        line.fill(0, 5)
    line.sleep(10 * 60_000)
    assert line.ended == [playback for playback in line.queued if playback not in line.cleared]
    assert line.playout.wake(line.now) is None
    for playback in line.ended:
        assert line.sent.get(playback, b"") == line.filled[playback]
