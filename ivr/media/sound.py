"""Audio in the pieces in which it is sent, cut once for all calls that play it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from ivr.media.frame import FRAME_BYTES, FRAME_MS, Audio

CHUNK_MS = 200
"""Audio in one message. What costs is to wake up, the system call, and a frame to write and to read, and hardly the
audio in it: 200 ms cost half of what 100 ms do. A caller hears the first of it no later, because all of the lead goes
out at once; but the longer the messages, the longer the lead, and all of it is heard where a carrier does not clear."""
CHUNK_BYTES = CHUNK_MS // FRAME_MS * FRAME_BYTES

MOST_SHARED = 512
"""Sounds that are kept in pieces; the pieces take no room for audio of their own."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What is sent in one message."""

    audio: Audio = field(repr=False)
    """Whole frames, `CHUNK_MS` or, at the end of a sound, less."""
    shared: bool = False
    """Whether other calls play it too: then it is nobody's own, and what is made of it may be kept."""


Sound = tuple[Piece, ...]


def cut(audio: Audio, *, shared: bool = False) -> Sound:
    """Cut whole frames into pieces.

    Raises ValueError where the audio is not whole frames.
    """
    if len(audio) % FRAME_BYTES:
        raise ValueError(f"{len(audio)} bytes of audio: not whole frames of {FRAME_BYTES}")
    starts = range(0, len(audio), CHUNK_BYTES)
    return tuple(Piece(audio[start : start + CHUNK_BYTES], shared) for start in starts)


@lru_cache(maxsize=MOST_SHARED)
def shared(audio: Audio) -> Sound:
    """Give the pieces of audio that is nobody's own, the same ones each time.

    Raises ValueError as `cut` does.
    """
    return cut(memoryview(audio), shared=True)
