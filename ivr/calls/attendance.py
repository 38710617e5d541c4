"""Whether the carrier is there, and so what the time is in the call."""

from __future__ import annotations

from ivr.calls.clock import Clock


class Attendance:
    """The time of one call, in milliseconds since it began: it stands still while nobody is there.

    So all deadlines of a call whose stream breaks stand still of themselves, on whichever process it goes on.
    """

    def __init__(self, clock: Clock, *, media_timeout: int | None, reconnect: int, at: int | None) -> None:
        """Begin a call, or one that was at `at` elsewhere, and to which nobody has come here yet.

        Args:
            clock: that of the process.
            media_timeout: milliseconds without media after which a stream is dead; None where none is to be expected.
            reconnect: milliseconds that a call waits for its carrier after a break.
            at: the time of the call.
        """
        self._clock = clock
        self._media_timeout = media_timeout
        self._reconnect = reconnect
        self._at = at or 0
        self._last_media = self._at
        now = clock.now()
        self._since: int | None = now if at is None else None
        """When the clock showed that the time went on; None while it stands."""
        self._broke_at = now

    @property
    def broken(self) -> bool:
        """Whether nobody is there, and the time stands still."""
        return self._since is None

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

    def silent_at(self) -> int | None:
        """When the stream is dead if nothing more comes of it; None where nothing needs to come."""
        return None if self._media_timeout is None else self._last_media + self._media_timeout

    def on_clock(self, at: int | None) -> int | None:
        """What the clock shows at this time of the call, if nobody leaves; after a break, when to wait no longer."""
        if self._since is None:
            return self._broke_at + self._reconnect
        return None if at is None else self._since + at - self._at
