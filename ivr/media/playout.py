"""What has been sent of the queued playbacks, and what the caller has heard of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from ivr.media.frame import milliseconds
from ivr.media.sound import Piece, Sound

LEAD_MS = 400
"""How far ahead of real time audio is sent: what is left of it when the next chunk is due is more than the jitter of
clock and network, and there is little to be heard after a barge-in where the carrier ignores the order to clear."""
GRACE_MS = 2000
"""How long after the estimated end of a playback its mark may come."""
SHORT_GRACE_MS = 300
"""The same once a mark was missed: this carrier probably sends none, and waiting is only dead air."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Send this piece of a playback now."""

    playback: int
    piece: Piece
    at: int
    """When its first sample is to be heard, by our own clock."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Ask the carrier now to say when the audio before this point has been heard."""

    name: str
    """Never used twice in a call, because it holds the number of the playback."""


Command = Chunk | Mark


@dataclass(slots=True)
class _Queued:
    """A playback that is not wholly sent."""

    playback: int
    unsent: list[Piece] | None = None
    """None until it is filled."""
    mark: str | None = None
    """None for one without audio."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A playback that is wholly sent, and not known to be heard."""

    playback: int
    mark: str | None
    """None for one without audio, which is over as soon as the one before it is."""
    end: int
    """When its last sample is played, by our own clock."""


class Playout:
    """The playbacks of one stream, in order, paced by the clock of whoever asks.

    The carrier plays what it gets and tells nothing but marks. So audio goes out at most `LEAD_MS` ahead of
    the moment it is to be heard, and a playback is over when its mark or that of a later one comes back; or,
    since marks may be late, doubled or missing (after a clear, after a reconnection, or because that part of
    the carrier fails), a grace after the end of its audio by our own clock.

    The owner calls `due` and then `expired` after every change and whenever `wake` says so, sends what `due`
    returns at once and in order, and tells the carrier to clear when it calls `clear`. Times are whole
    milliseconds of one clock that never goes back: in a call, those since it began.
    """

    def __init__(self) -> None:
        """Begin with nothing queued."""
        self._queued: list[_Queued] = []
        self._sent: list[_Sent] = []
        self._grace = GRACE_MS
        self._played_out = 0
        """When the carrier will have played all that was sent, by our own clock."""

    def queue(self, playback: int) -> None:
        """Put a playback behind all others; its audio comes by `fill`, and until then those behind it wait.

        Raises ValueError where the playback is queued already: numbers are unique in a call.
        """
        known = [waiting.playback for waiting in self._queued] + [waiting.playback for waiting in self._sent]
        if playback in known:
            raise ValueError(f"playback {playback} is queued already; numbers are unique in a call")
        self._queued.append(_Queued(playback))

    def fill(self, playback: int, *sounds: Sound) -> None:
        """Give a queued playback its audio: sounds that follow each other, or nothing at all.

        A playback that was cleared or dropped meanwhile, or has its audio already, is left as it is.
        """
        unsent = list(chain.from_iterable(sounds))
        for waiting in self._queued:
            if waiting.playback == playback and waiting.unsent is None:
                waiting.unsent = unsent
                waiting.mark = f"playback-{playback}" if unsent else None

    def drop(self, playback: int) -> None:
        """Take a playback out of the queue that will never get its audio; it is not reported as ended."""
        self._queued = [
            waiting for waiting in self._queued if waiting.playback != playback or waiting.unsent is not None
        ]

    def due(self, now: int) -> tuple[Command, ...]:
        """Return what must be sent now; each command is returned once.

        Where the clock jumped, or nothing was to be played for a while, real time starts again at `now`: what
        the carrier's buffer missed is not made up for, so there is never more than the lead at once.
        """
        commands: list[Command] = []
        while self._queued and (unsent := self._queued[0].unsent) is not None:
            head = self._queued[0]
            while unsent:
                start = max(self._played_out, now)
                end = start + milliseconds(unsent[0].audio)
                if end > now + LEAD_MS:
                    return tuple(commands)
                commands.append(Chunk(head.playback, unsent.pop(0), start))
                self._played_out = end
            if head.mark is not None:
                commands.append(Mark(head.mark))
            self._sent.append(_Sent(head.playback, head.mark, self._played_out))
            self._queued.pop(0)
        return tuple(commands)

    def acknowledge(self, name: str) -> tuple[int, ...]:
        """Return the playbacks that are over since the carrier returned this mark, in order.

        The name of a mark that is cleared, over already, or none of ours means nothing.
        """
        if all(waiting.mark != name for waiting in self._sent):
            return ()
        self._grace = GRACE_MS
        ended: list[int] = []
        while True:
            heard = self._sent.pop(0)
            ended.append(heard.playback)
            if heard.mark == name:
                return tuple(ended)

    def expired(self, now: int) -> tuple[int, ...]:
        """Return the playbacks that are over without a mark, in order.

        These are the ones without audio, in their turn, and the ones whose mark did not come in time.
        """
        ended: list[int] = []
        while self._sent and self._expiry(self._sent[0], now) <= now:
            over = self._sent.pop(0)
            ended.append(over.playback)
            if over.mark is not None:
                self._grace = SHORT_GRACE_MS
        return tuple(ended)

    def clear(self, now: int) -> None:
        """Forget all that is queued, sent or not: nothing more of it is due, acknowledged or ended.

        The carrier is told to clear at the same moment, so that what is queued next starts without a lead.
        """
        self._queued.clear()
        self._sent.clear()
        self._played_out = now

    def current(self) -> int | None:
        """Return the playback that is being heard, or is about to be: the first that is not over, if it is filled."""
        if self._sent:
            return self._sent[0].playback
        return self._queued[0].playback if self._queued and self._queued[0].unsent is not None else None

    def wake(self, now: int) -> int | None:
        """Return when `due` or `expired` next has something to say, `now` or later; None for never."""
        times: list[int] = []
        if self._queued and (unsent := self._queued[0].unsent) is not None:
            times.append(self._played_out + (milliseconds(unsent[0].audio) if unsent else 0) - LEAD_MS)
        if self._sent:
            times.append(self._expiry(self._sent[0], now))
        return max(now, min(times)) if times else None

    def _expiry(self, first: _Sent, now: int) -> int:
        """Return when the first of the sent playbacks is over, even if no mark comes."""
        return now if first.mark is None else first.end + self._grace
