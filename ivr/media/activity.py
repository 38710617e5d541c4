"""When a caller begins and ends to speak, told from the energy of A-law audio."""

from __future__ import annotations

import math
from collections import deque
from typing import Literal

from ivr.media.alaw import DECODE_TABLE
from ivr.media.frame import FRAME_BYTES, FRAME_MS, Audio

BEGIN_MS = 100
"""So much sound begins speech: longer than a click, shorter than "no"."""
END_MS = 400
"""So much silence ends it: longer than the pauses within a word, as before a final consonant."""
QUIETEST_SPEECH_DBFS = -40.0
"""Nothing softer begins speech: callers are heard at -30 to -15, the noise of a line at -45 and below."""
MARGIN_DB = 8.0
"""By how much speech stands out of the noise."""
HYSTERESIS_DB = 3.0
"""By how much a sound may be softer to go on with speech than to begin it: words fade."""
FLOOR_MS = 2000
"""The noise is the softest frame of so long a time: speech has gaps in it, noise has none."""
SOUND_WEIGHT = 4
"""How many frames of silence one of sound outweighs in speech, so that syllables far apart do not end it."""

_BEGIN_FRAMES = BEGIN_MS // FRAME_MS
_FLOOR_FRAMES = FLOOR_MS // FRAME_MS
_FULL_SCALE = 32768
_POWERS = tuple((sample / _FULL_SCALE) ** 2 for sample in DECODE_TABLE)
"""The power of each A-law code."""
SILENCE_DBFS = 10 * math.log10(min(_POWERS))
"""The level of an idle line, about -72: A-law has no zero."""

Change = Literal["began", "ended"]


def level(audio: Audio) -> float:
    """Measure A-law audio, at least one sample of it.

    Returns dB of its root mean square relative to a square wave at full scale: a sine is at most at -3.
    """
    return 10 * math.log10(sum(map(_POWERS.__getitem__, audio)) / len(audio))


class Activity:
    """Tells, from the audio of one stream, when its caller begins and ends to speak.

    A frame is sound where it stands out of the noise and is loud enough for speech. Sound must outweigh
    silence by `BEGIN_MS` to begin speech, and silence sound by `END_MS` to end it, so that a click does
    neither. The noise is taken from the last `FLOOR_MS`: where it sets in as loud as speech, it counts as
    speech for that long. One object serves a whole call, so that the noise of the line is learnt once.
    """

    def __init__(self, end_ms: int = END_MS) -> None:
        """Begin in silence on a quiet line, so that speech is noticed also where it is heard first of all.

        `end_ms` is the silence that ends speech, where another than the usual one is wanted.
        """
        self._end_frames = end_ms // FRAME_MS
        self._levels = deque([SILENCE_DBFS], maxlen=_FLOOR_FRAMES)
        self._unfinished = b""
        self._speaking = False
        self._evidence = 0
        """Frames that speak for a change."""
        self._sound: list[float] = []
        """The levels of the frames of sound in the speech in progress."""

    @property
    def speaking(self) -> bool:
        """Whether speech has begun and not ended."""
        return self._speaking

    @property
    def quiet_ms(self) -> int:
        """By how much silence outweighs sound at the end of the speech in progress."""
        return self._evidence * FRAME_MS if self._speaking else 0

    @property
    def sound_ms(self) -> int:
        """How much sound there is in the speech in progress, or was in the last one."""
        return len(self._sound) * FRAME_MS

    @property
    def loudness(self) -> float:
        """The mean level, in dBFS, of the sound in the speech in progress or the last one."""
        return sum(self._sound) / len(self._sound) if self._sound else SILENCE_DBFS

    @property
    def variation(self) -> float:
        """The range, in dB, of the middle three fifths of that sound's levels: small in noise and tones only."""
        levels, fifth = sorted(self._sound), len(self._sound) // 5
        return levels[-1 - fifth] - levels[fifth] if levels else 0.0

    @property
    def floor(self) -> float:
        """The noise of the line, in dBFS."""
        return min(self._levels)

    def feed(self, audio: bytes) -> tuple[Change, ...]:
        """Take the next piece of A-law at 8 kHz, of any length, and return what changed within it, in order.

        What is less than a frame is kept for the next call.
        """
        audio = self._unfinished + audio
        end = len(audio) - len(audio) % FRAME_BYTES
        self._unfinished = audio[end:]
        frames = (audio[start : start + FRAME_BYTES] for start in range(0, end, FRAME_BYTES))
        return tuple(change for frame in frames if (change := self._hear(level(frame))) is not None)

    def restart(self) -> None:
        """Forget the speech in progress, and begin in silence again on a line whose noise is known."""
        self._unfinished = b""
        self._speaking = False
        self._evidence = 0

    def _hear(self, loudness: float) -> Change | None:
        """Weigh the level of one frame, in dBFS."""
        self._levels.append(loudness)
        threshold = max(self.floor + MARGIN_DB, QUIETEST_SPEECH_DBFS)
        if self._speaking:
            sound = loudness > threshold - HYSTERESIS_DB
            weight, needed = -SOUND_WEIGHT if sound else 1, self._end_frames
        else:
            sound = loudness > threshold
            weight, needed = 1 if sound else -1, _BEGIN_FRAMES
            if sound and not self._evidence:
                self._sound.clear()
        if sound:
            self._sound.append(loudness)
        self._evidence = max(0, self._evidence + weight)
        if self._evidence < needed:
            return None
        self._speaking = not self._speaking
        self._evidence = 0
        return "began" if self._speaking else "ended"
