"""The loudspeaker plays all it gets, in its time, and tells of marks when what is before them was heard."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.desk.loudspeaker import Loudspeaker

QUIET = b"\xd5"


def sound(milliseconds: int, tone: int = 1) -> bytes:
    return bytes((tone,)) * (8 * milliseconds)


def test_audio_is_heard_from_when_it_came_with_silence_before_and_after() -> None:
    speaker = Loudspeaker()
    speaker.advance(10)
    speaker.play(sound(5))
    speaker.advance(20)
    assert bytes(speaker.heard) == 80 * QUIET + sound(5) + 40 * QUIET


def test_a_mark_is_reached_in_the_millisecond_in_which_all_before_it_was_heard() -> None:
    speaker = Loudspeaker()
    speaker.play(sound(20))
    speaker.mark("first")
    speaker.play(sound(20, 2))
    speaker.mark("second")
    assert speaker.advance(19) == ()
    assert speaker.advance(20) == ("first",)
    assert speaker.advance(39) == ()
    assert speaker.advance(100) == ("second",)
    assert speaker.advance(200) == ()


def test_the_next_mark_is_known_ahead() -> None:
    speaker = Loudspeaker()
    assert speaker.next_mark() is None
    speaker.advance(10)
    speaker.play(sound(20) + b"\1")
    speaker.mark("first")
    assert speaker.next_mark() == 31
    speaker.advance(20)
    assert speaker.next_mark() == 31
    speaker.mark("second")
    assert speaker.advance(31) == ("first", "second")
    assert speaker.next_mark() is None


def test_a_mark_behind_nothing_is_reached_at_once() -> None:
    speaker = Loudspeaker()
    speaker.advance(50)
    speaker.mark("empty")
    assert speaker.advance(50) == ("empty",)


def test_what_is_cleared_is_not_heard_and_its_marks_are_not_reached() -> None:
    speaker = Loudspeaker()
    speaker.play(sound(100))
    speaker.mark("lost")
    speaker.advance(10)
    assert speaker.clear() == ("lost",)
    speaker.play(sound(10, 2))
    speaker.mark("kept")
    assert speaker.advance(19) == ()
    assert speaker.advance(20) == ("kept",)
    assert bytes(speaker.heard) == sound(10) + sound(10, 2)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=20))
def test_nothing_is_lost_and_time_is_never_wrong(steps: list[tuple[int, int]]) -> None:
    speaker, now = Loudspeaker(), 0
    names: list[str] = []
    for place, (pause, length) in enumerate(steps):
        now += pause
        names.extend(speaker.advance(now))
        assert len(speaker.heard) == 8 * now
        speaker.play(sound(length))
        speaker.mark(str(place))
    names.extend(speaker.advance(now + 60 * len(steps)))
    assert names == [str(place) for place in range(len(steps))]
    assert speaker.heard.count(1) == sum(8 * length for _, length in steps)
