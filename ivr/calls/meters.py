"""What a process counts and times of all its calls, in plain numbers that cost a call next to nothing."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from time import perf_counter

STEP_BOUNDS = (0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5)
REACTION_BOUNDS = (0.001, 0.002_5, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
WRITE_BOUNDS = (0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
LOOKUP_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Histogram:
    """How often something took how long."""

    __slots__ = ("bounds", "counts", "seconds")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        """Begin with nothing; `bounds` are the longest times of all buckets but the last, in seconds and in order."""
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        """How many times fell between each bound and the one before it; the last is without a bound."""
        self.seconds = 0.0
        """All times together."""

    def add(self, seconds: float) -> None:
        """Something took so long."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.seconds += seconds


@dataclass(slots=True)
class Meters:
    """All that is counted since the process began; who counts adds to these numbers, and nobody takes away."""

    steps: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By flow, and by the name of the event."""
    step_seconds: Histogram = field(default_factory=lambda: Histogram(STEP_BOUNDS))
    """How long steps took, with all that is done at once because of them."""
    ended: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Calls that are done, by flow, outcome and reason."""
    key_to_audio: Histogram = field(default_factory=lambda: Histogram(REACTION_BOUNDS))
    lookups: Counter[str] = field(default_factory=Counter)
    """By what came of them: the class of the status, such as `2xx`, or the fault."""
    lookup_seconds: Histogram = field(default_factory=lambda: Histogram(LOOKUP_BOUNDS))
    """How long lookups took that were sent here, with the wait for their turn."""
    broken: int = 0
    """Streams that broke in the middle of a call."""
    webhooks_refused: Counter[int] = field(default_factory=Counter)
    """By status."""
    streams_refused: Counter[int] = field(default_factory=Counter)
    """The same, also of those that were refused once they had begun."""
    write_seconds: Histogram = field(default_factory=lambda: Histogram(WRITE_BOUNDS))
    """How long transactions took by which calls became durable; only the thread that writes adds to it."""

    def stepped(self, flow: str, event: object, seconds: float) -> None:
        """A call of a flow took a step because of an event."""
        self.steps[flow, type(event).__name__] += 1
        self.step_seconds.add(seconds)

    def looked_up(self, outcome: str, seconds: float) -> None:
        """A lookup has an answer, or will have none."""
        self.lookups[outcome] += 1
        self.lookup_seconds.add(seconds)


METERS = Meters()
"""Those of this process."""


class Reflex:
    """Times how soon a caller who presses a key hears of it.

    From the key it is timed until the order to clear leaves, or the first audio of what the key's step plays, however
    long that has to be rendered. A key that leads to neither, because it is one of several or something is looked up
    first, is not timed.
    """

    __slots__ = ("_is_stepping", "_playback", "_reactions", "_since")

    def __init__(self, reactions: Histogram) -> None:
        """Add times to `reactions`."""
        self._reactions = reactions
        self._since: float | None = None
        self._is_stepping = False
        self._playback: int | None = None
        """What the key led to, which has not begun to leave."""

    def key_came(self) -> None:
        """A key is there, and is about to be stepped through."""
        self._since, self._is_stepping, self._playback = perf_counter(), True, None

    def key_is_done(self) -> None:
        """All that the key leads to at once is done."""
        self._is_stepping = False
        if self._playback is None:
            self._since = None

    def queued(self, playback: int) -> None:
        """A playback is to be heard once it is rendered, and once those before it have been."""
        if self._is_stepping and self._playback is None:
            self._playback = playback

    def cleared(self) -> None:
        """The order to clear leaves: because of the key, or else what the key led to will not be heard."""
        if self._is_stepping:
            self._time()
        self._since = self._playback = None

    def sent(self, playback: int) -> None:
        """Audio of a playback leaves."""
        if playback == self._playback:
            self._time()

    def _time(self) -> None:
        if self._since is not None:
            self._reactions.add(perf_counter() - self._since)
        self._since = self._playback = None
