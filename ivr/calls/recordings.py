"""What callers say into `record`, as WAV files that are whole at any moment, and how much room they may take."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Self

from ivr.media import alaw, frame
from ivr.media.wav import HEADER_BYTES, header

SAMPLE_BYTES = 2
MEASURE_S = 30.0
"""How often it is looked how much others keep in the directory: other processes record there, and operators delete."""

_FLUSH_BYTES = frame.SAMPLE_RATE
"""A second of audio: what is lost at most if the process dies."""


class Shelf:
    """The room that all recordings of a directory may take."""

    def __init__(self, folder: Path, limit: int, *, now: Callable[[], float] = time.monotonic) -> None:
        """Look once how many bytes there are, in a directory that exists; `now` gives seconds."""
        self._folder = folder
        self._limit = limit
        self._now = now
        self._used = _size(folder)
        self._measured = now()

    def take(self, size: int) -> None:
        """Take room for so many bytes; OSError if there is no more."""
        if self._now() - self._measured >= MEASURE_S:
            self._measured = self._now()
            threading.Thread(target=self.measure, name="recordings", daemon=True).start()
        if self._used + size > self._limit:
            raise OSError(errno.ENOSPC, f"recordings take all {self._limit} bytes that they may; see --max-recordings")
        self._used += size

    def give_back(self, size: int) -> None:
        """Need so many bytes no more."""
        self._used = max(0, self._used - size)

    def measure(self) -> None:
        """Look again how many bytes there are; this may take long."""
        with suppress(OSError):
            self._used = _size(self._folder)


def files_of(folder: Path, tokens: Iterable[str]) -> list[Path]:
    """What was recorded in calls of these tokens, each call's in its order; none where there is no such folder."""
    theirs = frozenset(tokens)
    try:
        found = [path for path in folder.iterdir() if _of_call(path)[0] in theirs]
    except FileNotFoundError:
        return []
    return sorted(found, key=_of_call)


def delete_of(folder: Path, tokens: Iterable[str]) -> int:
    """Delete all that was recorded in calls of these tokens, and give how many files that were.

    Raises:
        OSError: a file can't be deleted.
    """
    found = files_of(folder, tokens)
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def _of_call(path: Path) -> tuple[str | None, int]:
    """The token of the call that a file is of, and its number in the call, as its name has them; else None."""
    token, _, number = path.stem.rpartition("-")
    is_one = path.suffix == ".wav" and number.isascii() and number.isdecimal()
    return (token, int(number)) if is_one else (None, 0)


def _size(folder: Path) -> int:
    size = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):  # deleted just now
                size += entry.stat(follow_symlinks=False).st_size
    return size


class Recorder:
    """A WAV file (one channel, 16 bits, 8 kHz) that grows while a caller speaks.

    The sound is written before the header that counts it. So the file can be played at any moment, also after
    the process was killed, and holds all but the last second. A write goes to the system's cache, once a
    second, in well under a millisecond, so it may be done on an event loop.
    """

    def __init__(self, path: Path, shelf: Shelf | None = None) -> None:
        """Begin the file, in a directory that exists; what was there is overwritten. OSError if it can't be."""
        if shelf is not None:
            shelf.take(HEADER_BYTES)
        self._begin(path, shelf, _private(path), 0)

    @classmethod
    def resume(cls, path: Path, shelf: Shelf | None = None) -> Self:
        """Go on with a file that another process began; begin it where there is none. OSError if it can't be."""
        try:
            file = path.open("r+b")
        except FileNotFoundError:
            return cls(path, shelf)
        recorder = cls.__new__(cls)
        # Sound that was written before a process died may not be counted in its header yet.
        samples = max(0, file.seek(0, os.SEEK_END) - HEADER_BYTES) // SAMPLE_BYTES
        recorder._begin(path, shelf, file, samples)
        return recorder

    def _begin(self, path: Path, shelf: Shelf | None, file: BinaryIO, samples: int) -> None:
        self.path = path
        self._shelf = shelf
        self._pending = bytearray()
        self._written = samples
        self._file = file
        try:
            self._count()
        except OSError:
            file.close()
            raise

    @property
    def duration(self) -> int:
        """Tell how many milliseconds were recorded."""
        return (self._written + len(self._pending)) * 1000 // frame.SAMPLE_RATE

    def write(self, audio: bytes) -> None:
        """Add A-law of any length. OSError, of a full disk perhaps: what was written before stays whole."""
        self._pending += audio
        if len(self._pending) >= _FLUSH_BYTES:
            self._flush()

    def close(self, *, keep: bool = True) -> None:
        """Add what is left and end the file, or remove it because nothing was said.

        OSError as by `write`. Closing again does nothing.
        """
        if self._file.closed:
            return
        try:
            if keep:
                self._flush()
        finally:
            self._file.close()
        if not keep:
            self.path.unlink(missing_ok=True)
            if self._shelf is not None:
                self._shelf.give_back(HEADER_BYTES + SAMPLE_BYTES * self._written)

    def _flush(self) -> None:
        audio = alaw.decode(bytes(self._pending))
        samples = len(self._pending)
        self._pending.clear()
        if self._shelf is not None:
            self._shelf.take(len(audio))
        self._file.write(audio)
        self._file.flush()
        self._written += samples
        self._count()

    def _count(self) -> None:
        """Write the header, and be ready to add sound."""
        self._file.seek(0)
        self._file.write(header(self._written))
        self._file.flush()
        self._file.seek(HEADER_BYTES + SAMPLE_BYTES * self._written)


def _private(path: Path) -> BinaryIO:
    """A new file that only its owner can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
