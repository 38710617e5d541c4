"""Captions come in order, when their prompt begins to be heard at the earliest, and once; only the desk gets any."""

from __future__ import annotations

import json
from typing import Any

from ivr.calls.captions import Captions
from ivr.core.effects import Play
from ivr.core.segments import Speech, Voice


class Desk:
    """What a desk is told of some prompts."""

    def __init__(self, *playbacks: int, wanted: bool = True) -> None:
        self.sent: list[dict[str, Any]] = []
        self.captions = Captions(lambda message: self.sent.append(json.loads(message)))
        self.captions.begin(wanted=wanted)
        self.captions.come_to("main")
        for playback in playbacks:
            text = f"prompt {playback}"
            self.captions.queue(Play(playback, (Speech(text, text, "en-US", Voice(), static=True),)))

    def told(self, current: int | None, ended: tuple[int, ...] = ()) -> list[int]:
        """The prompts that are told now."""
        self.sent.clear()
        self.captions.heard(current, ended)
        return [int(each["text"].removeprefix("prompt ")) for each in self.sent]


def test_a_caption_is_told_once_its_prompt_is_heard() -> None:
    desk = Desk(3, 4, 5)
    assert desk.told(None) == []
    assert desk.told(3) == [3]
    assert desk.sent == [{"event": "transcript", "who": "ivr", "node": "main", "text": "prompt 3"}]
    assert desk.told(3) == []
    assert desk.told(4, (3,)) == [4]
    assert desk.told(None, (4, 5)) == [5]


def test_a_prompt_of_whose_beginning_nobody_heard_is_told_with_its_end() -> None:
    assert Desk(3, 4, 5).told(5, (3, 4)) == [3, 4, 5]


def test_what_will_not_be_heard_is_not_told() -> None:
    desk = Desk(3, 4, 5)
    desk.captions.drop(3)
    assert desk.told(4) == [4]
    desk.captions.clear()
    assert desk.told(5) == []


def test_a_node_is_told_when_the_call_comes_to_it_and_again_on_a_new_stream() -> None:
    desk = Desk()
    for place in ("main", "verify/pin", "verify/pin"):
        desk.captions.come_to(place)
    assert desk.sent == [{"event": "node", "node": "main"}, {"event": "node", "node": "verify/pin"}]
    desk.captions.begin(wanted=True)
    desk.captions.come_to("verify/pin")
    assert desk.sent[2:] == [{"event": "node", "node": "verify/pin"}]


def test_other_carriers_are_told_nothing() -> None:
    desk = Desk(3, wanted=False)
    desk.captions.explain("main", "key 1")
    assert desk.told(3) == []
    assert desk.sent == []
