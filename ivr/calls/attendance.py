"""Whether the carrier is there, and so what the time is in the call."""

from __future__ import annotations

from ivr.calls.services import Services
from ivr.core.session import Session


class Attendance:
    """The time of one call, in milliseconds since it began: it stands still while nobody is there.

    So all deadlines of a call whose stream breaks stand still of themselves, on whichever process it goes on.
    """

    def __init__(self, services: Services, at: int | None) -> None:
        """Begin a call, or, with its time, one that was elsewhere and to which nobody has come here yet."""
        self._clock = services.clock
        self._services = services
        self._at = at or 0
        self._last_media = self._at
        now = self._clock.now()
        self._since: int | None = now if at is None else None
        """When the clock showed that the time went on; None while it stands."""
        self._broke_at = now

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
        self._last_media = self.at()

    @property
    def _silent_at(self) -> int | None:
        """When the stream is dead if nothing more comes of it; None where nothing needs to come."""
        return self._last_media + self._services.media_timeout if self._services.stream.can_listen else None

    @property
    def silent(self) -> bool:
        """Whether nothing has come of the stream for so long that it is dead."""
        return self._silent_at is not None and self.at() >= self._silent_at

    @property
    def too_long(self) -> bool:
        """Whether the call has lasted longer than any may."""
        return self.at() >= self._services.max_duration

    def wakes_at(self, session: Session, audio: int | None, *, connected: bool) -> int | None:
        """What the clock shows when next something is due; after a break, when to wait no longer.

        Args:
            session: the call, which has a deadline, or is over.
            audio: when audio is due.
            connected: whether there is a stream.
        """
        if self._since is None:
            return self._broke_at + self._services.reconnect
        silent = self._silent_at if connected else None
        too_long = None if session.over else self._services.max_duration
        times = [time for time in (session.deadline, audio, silent, too_long) if time is not None]
        return self._since + min(times) - self._at if times else None
