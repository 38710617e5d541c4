"""Captions come in order, when their prompt begins to be heard at the earliest, and once."""

from __future__ import annotations

from ivr.calls.captions import Caption, Captions


def queued(*playbacks: int) -> Captions:
    captions = Captions()
    for playback in playbacks:
        captions.queue(Caption(playback, "main", f"prompt {playback}"))
    return captions


def due(captions: Captions, current: int | None, ended: tuple[int, ...] = ()) -> list[int]:
    return [caption.playback for caption in captions.due(current, ended)]


def test_a_caption_is_due_once_its_prompt_is_heard() -> None:
    captions = queued(3, 4, 5)
    assert due(captions, None) == []
    assert due(captions, 3) == [3]
    assert due(captions, 3) == []
    assert due(captions, 4, (3,)) == [4]
    assert due(captions, None, (4, 5)) == [5]


def test_a_prompt_of_whose_beginning_nobody_heard_is_told_with_its_end() -> None:
    assert due(queued(3, 4, 5), 5, (3, 4)) == [3, 4, 5]


def test_what_will_not_be_heard_is_not_told() -> None:
    captions = queued(3, 4, 5)
    captions.drop(3)
    assert due(captions, 4) == [4]
    captions.clear()
    assert due(captions, 5) == []
