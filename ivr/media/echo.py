"""Tells a caller's voice from our own prompt that comes back as an echo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul

from ivr.media.activity import level
from ivr.media.frame import FRAME_BYTES, FRAME_MS, SILENCE_BYTE, Audio

WINDOW_MS = 1_500
"""So much of what was heard last is compared: with less, single words are alike by chance."""
REACH_MS = 1_000
"""An echo comes back within this time, jitter and the carrier's buffer included."""
LEAST_MS = 600
"""With less of a prompt nothing can be told: two sounds that begin together are alike so far."""
ALIKE = 0.85
"""Where what is heard rises and falls like what is played, as a coefficient of correlation. Measured with spoken
prompts and 220 recorded words through A-law: echoes 6 to 20 dB below the prompt 0.91 and above, words of a caller at
most 0.73, also over an echo of -30 dB."""
JITTER_MS = 1_000
"""Messages may be so late without audio being lost before them: what a busy machine holds up comes all at once."""

MARGIN = 2.0
"""What is not so much louder than the echo is taken for it: 6 dB."""
SPREAD_MS = 60
"""An echo is blurred by so much, before and after."""
SILENCE = 0.001
"""Of full scale, -60 dBFS: what is softer is nothing."""

_WINDOW, _REACH = WINDOW_MS // FRAME_MS, REACH_MS // FRAME_MS
_LEAST, _SPREAD = LEAST_MS // FRAME_MS, SPREAD_MS // FRAME_MS
_AHEAD = 50
"""Frames that may be sent before they are to be heard."""


class Echo:
    """Compares, frame by frame, how loud it was on the way out and on the way in; delay and loss do not matter.

    Once they are known, from an echo that was found, later echoes can be taken away.
    """

    def __init__(self) -> None:
        """Nothing was played or heard yet."""
        self._played = _Track(_WINDOW + _REACH + _AHEAD)
        self._heard = _Track(_WINDOW)
        self._jitter = 0
        self._lag = 0
        """Frames after which the echo came back the last time."""
        self._gain = 0.0
        """How loud it was, as a factor; 0 while none was found."""

    def played(self, at: int, audio: Audio) -> None:
        """A-law that the caller is to hear from `at` on, in milliseconds of the call."""
        self._played.put(at // FRAME_MS, audio)

    def cleared(self, at: int) -> None:
        """What was to be heard after `at` is not."""
        self._played.cut(at // FRAME_MS)

    def heard(self, at: int, audio: bytes) -> None:
        """A-law that came from the caller and whose last sample came at `at`."""
        self._heard.put(at // FRAME_MS - len(audio) // FRAME_BYTES, audio, self._jitter)
        self._jitter = JITTER_MS // FRAME_MS

    def paused(self) -> None:
        """Nothing is heard for a while: there is a gap before what is heard next."""
        self._jitter = 0

    def possible(self, at: int) -> bool:
        """Whether anything was to be heard so lately that its echo may come now."""
        return any(self._played.between(at // FRAME_MS - _REACH, at // FRAME_MS + 1))

    def is_echo(self) -> bool | None:
        """Whether what was heard last is what was played before, and nothing else; None if that can't be told yet."""
        end = self._heard.end
        heard = self._heard.between(end - _WINDOW, end)
        for lag in (self._lag, *range(_REACH + 1)):
            played = self._played.between(end - lag - _WINDOW, end - lag)
            quiet = _quiet(played)
            if _WINDOW - quiet >= _LEAST and _alike(heard[quiet:], played[quiet:]) >= ALIKE:
                self._lag, self._gain = lag, math.sqrt(sum(map(mul, heard, heard)) / sum(map(mul, played, played)))
                return True
        quiet = _quiet(self._played.between(end - _REACH - _WINDOW, end - _REACH))
        return None if _WINDOW - quiet < _LEAST else False

    def without_echo(self, audio: bytes) -> bytes:
        """What was heard last, with silence in each frame that holds little more than an echo like the one found."""
        if not self._gain:
            return audio
        frames = len(audio) // FRAME_BYTES
        first = self._heard.end - frames
        heard = self._heard.between(first, self._heard.end)
        played = self._played.between(first - self._lag - _SPREAD, self._heard.end - self._lag + _SPREAD)
        kept = bytearray(audio)
        for place, loudness in enumerate(heard):
            if loudness <= MARGIN * self._gain * max(played[place : place + 2 * _SPREAD + 1]):
                kept[place * FRAME_BYTES : (place + 1) * FRAME_BYTES] = bytes((SILENCE_BYTE,)) * FRAME_BYTES
        return bytes(kept)


class _Track:
    """How loud the last frames were, each at its place in time, and silence where there was none.

    Audio is measured when somebody asks, for most of it nobody ever asks about.
    """

    def __init__(self, length: int) -> None:
        self.end = 0
        """The frame behind the last one."""
        self._length = length
        self._levels: list[float] = []
        """So many; none as long as nobody has asked."""
        self._measured = 0
        """The frame behind the last one that is measured."""
        self._unmeasured: list[tuple[int, Audio]] = []

    def put(self, start: int, audio: Audio, jitter: int = 0) -> None:
        """Add whole frames; what begins too early, or late by no more than the jitter, follows without a gap."""
        if len(audio) >= FRAME_BYTES:
            start = start if start - self.end > jitter else self.end
            self.end = _end(start, audio)
            self._unmeasured.append((start, audio))
            while _end(*self._unmeasured[0]) <= self.end - self._length:
                self._unmeasured.pop(0)

    def _measure(self) -> None:
        self._levels = self._levels or [0.0] * self._length
        unmeasured, self._unmeasured = self._unmeasured, []
        for start, audio in unmeasured:
            gap = [0.0] * min(start - self._measured, self._length)
            self._levels = [*self._levels, *gap, *_loudness(audio)][-self._length :]
            self._measured = _end(start, audio)

    def cut(self, end: int) -> None:
        """Silence all frames from this one on."""
        for frame in range(max(end, self._measured - self._length), self._measured):
            self._levels[frame - self._measured] = 0.0
        kept = ((start, audio[: max(end - start, 0) * FRAME_BYTES]) for start, audio in self._unmeasured if start < end)
        # The last piece is empty: what is silent before it needs no measuring.
        self._unmeasured = [*kept, (self.end, b"")]

    def between(self, start: int, end: int) -> Sequence[float]:
        """The frames from `start` to before `end`, silent where they are not known."""
        self._measure()
        first = self.end - self._length
        before = [0.0] * min(max(first - start, 0), end - start)
        after = [0.0] * min(max(end - self.end, 0), end - start)
        return [*before, *self._levels[max(start - first, 0) : max(end - first, 0)], *after]


def _end(start: int, audio: Audio) -> int:
    """The frame behind a piece that begins at one."""
    return start + len(audio) // FRAME_BYTES


def _loudness(audio: Audio) -> Sequence[float]:
    """The root mean square of each whole frame, relative to full scale; 0 for silence."""
    starts = range(0, len(audio) - FRAME_BYTES + 1, FRAME_BYTES)
    levels = (10 ** (level(audio[start : start + FRAME_BYTES]) / 20) for start in starts)
    return [each if each > SILENCE else 0.0 for each in levels]


def _quiet(levels: Sequence[float]) -> int:
    """How many frames at the beginning are silent."""
    return next((place for place, loudness in enumerate(levels) if loudness), len(levels))


def _alike(heard: Sequence[float], played: Sequence[float]) -> float:
    """Pearson's coefficient of correlation; 0 where one of the two does not change."""
    count = len(heard)
    mean_heard, mean_played = sum(heard) / count, sum(played) / count
    together = sum(map(mul, heard, played)) / count - mean_heard * mean_played
    spread_heard = sum(map(mul, heard, heard)) / count - mean_heard**2
    spread_played = sum(map(mul, played, played)) / count - mean_played**2
    spread = spread_heard * spread_played
    return together / math.sqrt(spread) if spread > 0 else 0.0
