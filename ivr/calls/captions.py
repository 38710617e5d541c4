"""What the desk reads while it listens: the words of each prompt, when it begins to be heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caption:
    """The words of one prompt, fit to be shown."""

    playback: int
    node: str
    words: str


class Captions:
    """The captions of the prompts that are queued and not yet heard, in order."""

    def __init__(self) -> None:
        """Begin with none."""
        self._queued: list[Caption] = []

    def queue(self, caption: Caption) -> None:
        """Put one behind all others."""
        self._queued.append(caption)

    def drop(self, playback: int) -> None:
        """Forget that of a prompt that will not be heard."""
        self._queued = [caption for caption in self._queued if caption.playback != playback]

    def clear(self) -> None:
        """Forget all."""
        self._queued.clear()

    def due(self, current: int | None, ended: tuple[int, ...] = ()) -> Iterator[Caption]:
        """Take those of playbacks that are over, and of the one that is heard now."""
        while self._queued and self._queued[0].playback in (*ended, current):
            yield self._queued.pop(0)
