"""What the desk reads while it listens: the words of each prompt when it begins to be heard, reasons, and the node."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ivr.carriers.sfvopi import at_node, transcript
from ivr.core.effects import Play
from ivr.core.segments import words


@dataclass(frozen=True, slots=True)
class _Caption:
    """The words of one prompt, fit to be shown."""

    playback: int
    node: str
    words: str


class Captions:
    """What a desk at the other end of the stream is told beside the audio; other carriers are told nothing."""

    def __init__(self, send: Callable[[str], None]) -> None:
        """Send messages to the desk, once there is one."""
        self._send = send
        self._wanted = False
        self._queued: list[_Caption] = []
        """Those of prompts that are not heard yet, in order."""
        self._place = ""
        """Where the call is, as the desk knows it; empty if it does not."""

    def begin(self, *, wanted: bool) -> None:
        """A stream is open, and a desk at its other end or not; it knows nothing yet."""
        self._wanted = wanted
        self._queued.clear()
        self._place = ""

    def come_to(self, place: str) -> None:
        """The call is at a node: tell where, if that is elsewhere than before."""
        if self._wanted and place != self._place:
            self._place = place
            self._send(at_node(place))

    def explain(self, node: str, why: str) -> None:
        """Tell why something was decided at a node, if there is anything to tell."""
        if self._wanted and why:
            self._send(transcript("engine", node, why))

    def queue(self, play: Play) -> None:
        """Put a prompt of the node where the call is behind all others."""
        if self._wanted:
            self._queued.append(_Caption(play.playback, self._place, words(play.prompt)))

    def drop(self, playback: int) -> None:
        """Forget that of a prompt that will not be heard."""
        self._queued = [caption for caption in self._queued if caption.playback != playback]

    def clear(self) -> None:
        """Forget all prompts."""
        self._queued.clear()

    def heard(self, current: int | None, ended: tuple[int, ...] = ()) -> None:
        """Tell of prompts that are over, and of the one that is heard now."""
        while self._queued and self._queued[0].playback in (*ended, current):
            caption = self._queued.pop(0)
            self._send(transcript("ivr", caption.node, caption.words))
