"""What is heard of a call that is made again, and for how long."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from ivr.core.durations import lasting
from ivr.core.effects import Clear, Play
from ivr.replay.again import Remade


@dataclass(slots=True)
class Playbacks:
    """What is heard now, as long as the record does not say when it was heard to its end."""

    queue: deque[tuple[int, int]] = field(default_factory=deque)
    """Numbers and lengths."""
    began: int = 0

    def next_end(self) -> int | None:
        """When the first one ends by itself."""
        return self.began + self.queue[0][1] if self.queue else None

    def take(self, call: Remade, at: int) -> None:
        """Follow what a step did."""
        for effect in call.effects:
            match effect:
                case Play(playback, prompt):
                    self.queue.append((playback, lasting(prompt)))
                    self.began = at if len(self.queue) == 1 else self.began
                case Clear():
                    self.queue.clear()
                case _:
                    pass
        first = self.queue[0] if self.queue else None
        self.queue = deque(each for each in self.queue if each[0] in call.session.playing)
        if self.queue and self.queue[0] != first:
            self.began = at
