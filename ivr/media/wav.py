"""WAV files: what a header says, and the header of what is recorded from a caller.

The format is that of "Multimedia Programming Interface and Data Specifications 1.0" (IBM and Microsoft,
1991) with WAVE_FORMAT_EXTENSIBLE. The standard library's `wave` reads PCM alone, and the recordings that
companies have are often A-law or floating point. Nothing here needs NumPy: durations are read when a flow
is loaded.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO, Literal

from ivr.media.frame import SAMPLE_RATE

Coding = Literal["pcm", "float", "alaw", "mulaw"]

ACCEPTED = "PCM of 8, 16, 24 or 32 bits, floating point of 32 or 64 bits, A-law or mu-law"
"""What a recording may hold, as an error says it."""

_EXTENSIBLE = 0xFFFE
"""The tag that leaves the real one to the first two bytes of a GUID, 24 bytes into the `fmt ` chunk."""
_SUBFORMAT_AT = 24
_CODINGS: dict[int, tuple[Coding, tuple[int, ...]]] = {
    1: ("pcm", (8, 16, 24, 32)),
    3: ("float", (32, 64)),
    6: ("alaw", (8,)),
    7: ("mulaw", (8,)),
}
_CHUNK = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_LARGEST_FORMAT = 1024
"""A `fmt ` chunk has 16 to 40 bytes; one that claims far more is damaged."""
_MOST_CHUNKS = 1_000
"""Before the sound come a few chunks of remarks; a file of nothing but chunks would be walked through for ever."""
_HIGHEST_RATE = 384_000
"""Samples a second: the highest that recorders offer."""

HEADER_BYTES = _HEADER.size
"""Bytes of what `header` makes: 44."""


class WavError(ValueError):
    """A file that can't be used as a recording; the message says what was found and what is accepted."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the sound lies in a WAV file."""

    coding: Coding
    channels: int
    rate: int
    """Samples a second of one channel."""
    bits: int
    """Of one sample."""
    start: int
    """Where in the file the sound begins."""
    length: int
    """How many samples each channel has."""

    @property
    def size(self) -> int:
        """Tell how many bytes the sound has."""
        return self.length * self.channels * self.bits // 8


def layout(file: BinaryIO) -> Layout:
    """Read the header of a WAV file that is open for reading; the file is left anywhere.

    A header that promises more sound than the file holds, as one written to a pipe or cut off does, is taken
    for what is there. WavError if it is no WAV file, one of a kind that can't be used, or without sound.
    """
    total = file.seek(0, 2)
    file.seek(0)
    opening = file.read(12)
    if opening[:4] != b"RIFF" or opening[8:] != b"WAVE":
        raise WavError(f"this is no WAV file: it begins with {opening[:4]!r}, not with b'RIFF' and b'WAVE'")
    description: bytes | None = None
    for _ in range(_MOST_CHUNKS):
        if len(chunk := file.read(_CHUNK.size)) < _CHUNK.size:
            break
        name, size = _CHUNK.unpack(chunk)
        if name == b"data":
            if description is None:
                raise WavError("this WAV file is damaged: its sound comes before its format")
            return _layout(description, start=file.tell(), size=min(size, total - file.tell()))
        if name == b"fmt ":
            description = file.read(min(size, _LARGEST_FORMAT))
            file.seek(size - len(description) + size % 2, 1)
        else:
            file.seek(size + size % 2, 1)
    raise WavError("this WAV file is damaged: it ends before its sound begins")


def _layout(description: bytes, *, start: int, size: int) -> Layout:
    if len(description) < _FORMAT.size:
        raise WavError(f"this WAV file is damaged: its format has {len(description)} bytes, not {_FORMAT.size} or more")
    tag, channels, rate, _, step, bits = _FORMAT.unpack_from(description)
    if tag == _EXTENSIBLE and len(description) >= _SUBFORMAT_AT + 2:
        (tag,) = struct.unpack_from("<H", description, _SUBFORMAT_AT)
    coding, widths = _CODINGS.get(tag, (None, ()))
    if coding is None:
        raise WavError(f"this WAV file holds sound of format {tag:#06x}; accepted are {ACCEPTED}")
    if bits not in widths:
        raise WavError(f"this WAV file holds {coding} of {bits} bits; accepted are {ACCEPTED}")
    if channels < 1 or step != channels * bits // 8:
        raise WavError(f"this WAV file is damaged: {channels} channels of {bits} bits can't take {step} bytes")
    if not 1 <= rate <= _HIGHEST_RATE:
        raise WavError(f"this WAV file has {rate} samples a second; accepted are 1 to {_HIGHEST_RATE}")
    length = size // step
    if length == 0:
        raise WavError("this WAV file holds no sound")
    return Layout(coding=coding, channels=channels, rate=rate, bits=bits, start=start, length=length)


def duration_ms(file: BinaryIO) -> int:
    """Tell how many milliseconds a WAV file lasts, from its header alone; errors as those of `layout`."""
    found = layout(file)
    return round(found.length * 1000 / found.rate)


def header(samples: int) -> bytes:
    """Make the header of a WAV file of so many samples: one channel, 16 bits, 8 kHz."""
    size = 2 * samples
    return _HEADER.pack(
        *(b"RIFF", HEADER_BYTES - _CHUNK.size + size, b"WAVE"),
        *(b"fmt ", _FORMAT.size, 1, 1, SAMPLE_RATE, 2 * SAMPLE_RATE, 2, 16),
        *(b"data", size),
    )
