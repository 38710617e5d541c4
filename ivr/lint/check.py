"""What a check is: it looks at one flow, and tells its mistakes at paths of the flow's file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property

from ivr.core.flow import Flow
from ivr.core.reading import Reading
from ivr.document.finding import Finding, Severity
from ivr.document.load import Loaded
from ivr.document.source import Path, Source
from ivr.lint.ways import Way, ways
from ivr.speech.machine import Machine


@dataclass(frozen=True)
class Subject:
    """One flow as checks look at it; what several checks need is worked out once."""

    flow: Flow
    loaded: Loaded
    """The flows of the same folder, with their sources."""
    machine: Machine
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    """For dates that are over, and clocks that will change."""

    @property
    def source(self) -> Source:
        """The text, for places."""
        return self.loaded.sources[self.flow.file]

    @property
    def reading(self) -> Reading:
        """Where the expressions, assignments and references of the flow stand."""
        return self.loaded.readings[self.flow.id]

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """Where control may go."""
        return ways(self.flow, self.source)

    @cached_property
    def callers(self) -> tuple[str, ...]:
        """The flows of the folder that call this one as a subflow, by id."""
        return tuple(
            id
            for id, reading in self.loaded.readings.items()
            if any(each.kind == "flow" and each.name == self.flow.id for each in reading.references)
        )


@dataclass(frozen=True, slots=True)
class Mistake:
    """What a check found, at one place of the flow's file."""

    path: Path
    message: str
    """What is wrong, what was expected, what is available; one sentence without a full stop."""
    call: tuple[str, ...] = ()
    """The shortest call that shows it, a step a line."""
    at_key: bool = False
    """Whether the key at the path is meant, and not its value."""
    severity: Severity | None = None
    """Where it is not that of the check."""


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of mistake."""

    id: str
    severity: Severity
    find: Callable[[Subject], Iterable[Mistake]]


def findings(check: Check, subject: Subject) -> Iterator[Finding]:
    """What one check finds in one flow, with lines and columns."""
    for each in check.find(subject):
        source = subject.source
        place = source.key_at(each.path) if each.at_key else source.at(each.path)
        severity = each.severity or check.severity
        yield Finding(check.id, severity, each.message, source.file, place.line, place.column, each.call)
