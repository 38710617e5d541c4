"""What goes from the caller to the server: the caller's voice, else silence, and an echo of what is heard."""

from __future__ import annotations

from ivr.desk.facts import Manners
from ivr.desk.loudspeaker import Loudspeaker
from ivr.desk.messages import Dialect
from ivr.media.alaw import mixed
from ivr.media.frame import FRAME_BYTES, FRAME_MS, SAMPLE_RATE, pad, silence

_ECHO_BYTES = 100 * SAMPLE_RATE // 1000
"""An echo comes back after 100 ms."""


class Microphone:
    """A voice that leaves frame by frame."""

    def __init__(self, dialect: Dialect, manners: Manners, speaker: Loudspeaker) -> None:
        """Speak in a dialect, into the room in which `speaker` is heard."""
        self.voice = bytearray()
        """What the caller is yet to say, A-law."""
        self._dialect = dialect
        self._manners = manners
        self._speaker = speaker
        self._silent = dialect.media(silence(FRAME_MS))

    @property
    def sends(self) -> bool:
        """Whether there is a frame to send now."""
        return self._manners.silence or bool(self.voice)

    def frame(self) -> str:
        """The message of the next 20 ms."""
        piece = bytes(self.voice[:FRAME_BYTES])
        del self.voice[:FRAME_BYTES]
        if self._manners.echo:
            piece = mixed(pad(piece) or silence(FRAME_MS), self._echo(), self._manners.echo)
        return self._dialect.media(pad(piece)) if piece else self._silent

    def _echo(self) -> bytes:
        """The frame of what was heard that comes back now."""
        end = max(0, len(self._speaker.heard) - _ECHO_BYTES)
        heard = bytes(self._speaker.heard[max(0, end - FRAME_BYTES) : end])
        return heard.rjust(FRAME_BYTES, silence(FRAME_MS)[:1])
