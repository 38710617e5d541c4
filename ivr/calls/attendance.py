"""Whether the carrier is there, and so what the time is in the call."""

from __future__ import annotations

from ivr.calls.services import Services
from ivr.core.session import Session
from ivr.media.frame import FRAME_MS

AUDIO_MS = FRAME_MS
"""Calls send their audio at multiples of this by the clock, so that one wake-up serves all to whom it is due."""


class Attendance:
    """The time of one call, in milliseconds since it began: it stands still while nobody is there.

    So all deadlines of a call whose stream breaks stand still of themselves, on whichever process it goes on.
    """

    def __init__(self, services: Services, at: int | None) -> None:
        """Begin a call, or, with its time, one that was elsewhere and to which nobody has come here yet."""
        self._clock = services.clock
        self._services = services
        self._at = at or 0
        now = self._clock.now()
        self._since: int | None = now if at is None else None
        """When the clock showed that the time went on; None while it stands."""
        self._broke_at = now
        self._heard_at = now
        """When the clock showed that the stream was alive."""

    @property
    def broken(self) -> bool:
        """Whether nobody is there, and the time stands still."""
        return self._since is None

    @property
    def broken_for(self) -> float:
        """Seconds on the wall since the break; 0 while somebody is there."""
        return self._clock.seconds(self._clock.now() - self._broke_at) if self.broken else 0.0

    def at(self) -> int:
        """Milliseconds of the call."""
        return self._at if self._since is None else self._at + self._clock.now() - self._since

    def come(self) -> None:
        """Somebody is there, or need not be any more: the time goes on."""
        if self._since is None:
            self._since = self._clock.now()

    def go(self) -> None:
        """Nobody is there."""
        self._at, self._since = self.at(), None
        self._broke_at = self._clock.now()

    def media(self) -> None:
        """The stream lives."""
        self._heard_at = self._clock.now()

    @property
    def given_up(self) -> bool:
        """Whether nobody has come back after a break for so long that nobody will."""
        return self.broken and self._clock.now() >= self._broke_at + self._services.reconnect

    @property
    def silent(self) -> bool:
        """Whether nothing has come of the stream for so long that it is dead; not where nothing needs to come."""
        return self._services.stream.can_listen and self._clock.now() >= self._heard_at + self._services.media_timeout

    @property
    def too_long(self) -> bool:
        """Whether the call has lasted longer than any may."""
        return self.at() >= self._services.max_duration

    def wakes_at(self, session: Session, audio: int | None, *, connected: bool) -> int | None:
        """What the clock shows when next something is due; after a break, when to wait no longer.

        Args:
            session: the call, which has a deadline, or is over, or done for good.
            audio: when audio is due.
            connected: whether there is a stream.
        """
        if session.phase == "done":
            return None
        if self._since is None:
            return self._broke_at + self._services.reconnect
        began = self._since - self._at
        times = [] if session.over else [began + self._services.max_duration]
        if session.deadline is not None:
            times.append(began + session.deadline)
        if audio is not None:
            times.append(-(-(began + audio) // AUDIO_MS) * AUDIO_MS)
        if connected and self._services.stream.can_listen:
            times.append(self._heard_at + self._services.media_timeout)
        return min(times, default=None)
