"""Calls from the answer to their end, deed by deed, and what they show."""

from __future__ import annotations

from dataclasses import dataclass, field

from ivr.explore.circumstances import Settled
from ivr.explore.deeds import Deed, Moment
from ivr.explore.targets import Target


@dataclass(frozen=True, slots=True)
class Stage:
    """One deed of a call, with the moments before and after it."""

    before: Moment = field(repr=False)
    deed: Deed
    after: Moment = field(repr=False)
    shows: frozenset[Target] = field(repr=False)
    gains: frozenset[Target]
    """Of that, what no call has shown before."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One call from the answer to its end."""

    stages: tuple[Stage, ...]
    settled: Settled

    @property
    def gains(self) -> frozenset[Target]:
        """What no call has shown before."""
        return frozenset(target for stage in self.stages for target in stage.gains)

    @property
    def shows(self) -> frozenset[Target]:
        """All that it shows."""
        return frozenset(target for stage in self.stages for target in stage.shows)

    @property
    def end(self) -> Moment:
        """The last moment, whose session knows in which circumstances the call was made."""
        return self.stages[-1].after
