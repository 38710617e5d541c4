"""What the caller hears of the audio that a carrier was sent: all of it, in its time, unless it is cleared."""

from __future__ import annotations

from collections import deque

from ivr.media.frame import SAMPLE_RATE, SILENCE_BYTE

_BYTES_PER_MS = SAMPLE_RATE // 1000


class Loudspeaker:
    """A buffer of A-law that is consumed in real time, with marks in it.

    The owner calls `advance` before anything else whenever something happens, and often enough in between to learn
    of marks in time. Times are whole milliseconds since the loudspeaker was switched on.
    """

    def __init__(self) -> None:
        """Switch on at time 0, with nothing to play."""
        self.heard = bytearray()
        """A-law of all that has left the loudspeaker, with silence where there was nothing to play."""
        self._waiting = bytearray()
        self._consumed = 0
        """Bytes of audio played so far, silence aside."""
        self._marks: deque[tuple[int, str]] = deque()
        """What must have been consumed before each mark, and its name."""

    def advance(self, now: int) -> tuple[str, ...]:
        """Play until `now`, and return the marks that were reached, in order."""
        length = max(0, now * _BYTES_PER_MS - len(self.heard))
        piece = self._waiting[:length]
        del self._waiting[:length]
        self.heard += piece + bytes((SILENCE_BYTE,)) * (length - len(piece))
        self._consumed += len(piece)
        reached: list[str] = []
        while self._marks and self._marks[0][0] <= self._consumed:
            reached.append(self._marks.popleft()[1])
        return tuple(reached)

    def next_mark(self) -> int | None:
        """When the next mark will be reached, if nothing is cleared; None if there is none."""
        if not self._marks:
            return None
        left = max(0, self._marks[0][0] - self._consumed)
        return -(-(len(self.heard) + left) // _BYTES_PER_MS)

    def play(self, audio: bytes) -> None:
        """Queue A-law behind all that waits."""
        self._waiting += audio

    def mark(self, name: str) -> None:
        """Have it told when all that waits now has been played: by the next `advance`, if nothing does."""
        self._marks.append((self._consumed + len(self._waiting), name))

    def clear(self) -> tuple[str, ...]:
        """Drop all that waits, and return the marks that will not be reached."""
        lost = tuple(name for _, name in self._marks)
        self._waiting.clear()
        self._marks.clear()
        return lost
