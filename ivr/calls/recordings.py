"""What callers say into `record`, as WAV files that are whole at any moment."""

from __future__ import annotations

from pathlib import Path

from ivr.media import alaw, frame
from ivr.media.wav import header

_FLUSH_BYTES = frame.SAMPLE_RATE
"""A second of audio: what is lost at most if the process dies."""


class Recorder:
    """A WAV file (one channel, 16 bits, 8 kHz) that grows while a caller speaks.

    The sound is written before the header that counts it. So the file can be played at any moment, also after
    the process was killed, and holds all but the last second. A write goes to the system's cache, once a
    second, in well under a millisecond, so it may be done on an event loop.
    """

    def __init__(self, path: Path) -> None:
        """Begin the file, in a directory that exists; what was there is overwritten. OSError if it can't be."""
        self.path = path
        self._pending = bytearray()
        self._written = 0
        self._file = path.open("wb")
        self._file.write(header(0))
        self._file.flush()

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

    def _flush(self) -> None:
        self._file.write(alaw.decode(bytes(self._pending)))
        self._file.flush()
        self._written += len(self._pending)
        self._pending.clear()
        self._file.seek(0)
        self._file.write(header(self._written))
        self._file.seek(0, 2)
