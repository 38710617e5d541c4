"""What a check is: it looks at one flow, and tells its mistakes at paths of the flow's file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property

from ivr.core.flow import Flow
from ivr.core.reading import Reading
from ivr.document.finding import Finding, Severity
from ivr.document.load import Loaded
from ivr.document.source import Path, Source
from ivr.lint.groups import led_to
from ivr.lint.states.explore import explore
from ivr.lint.states.explored import Explored
from ivr.lint.states.traps import Trap, Ways, traps
from ivr.lint.ways import Way, ways
from ivr.nodes.subflow import Subflow
from ivr.speech.machine import Machine


@dataclass(frozen=True)
class Explorations:
    """What may become of calls of the flows of a folder; each flow is explored once, and only if somebody asks."""

    loaded: Loaded
    _explored: dict[str, Explored] = field(default_factory=dict, init=False, repr=False, compare=False)
    _traps: dict[str, tuple[Trap, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of(self, flow: Flow) -> Explored | None:
        """What may become of calls that begin with a flow; None if a carrier can't call it."""
        if flow.is_subflow:
            return None
        if flow.id not in self._explored:
            self._explored[flow.id] = explore(flow, self.loaded.readings, self.loaded.sources)
        return self._explored[flow.id]

    def through(self, flow: Flow) -> tuple[Explored, ...]:
        """What may become of all calls that may come to a flow, in the order of the files that they begin in."""
        beginnings = (other for other in self.loaded.flows.values() if flow.id in self._reached[other.id])
        return tuple(explored for other in beginnings if (explored := self.of(other)) is not None)

    def traps(self, flow: Flow) -> tuple[tuple[Explored, Trap], ...]:
        """The circles that are to be mended in a flow, in the calls that may come to it."""
        return tuple((each, trap) for each in self.through(flow) for trap in self._in(each) if trap.flow == flow.id)

    def _in(self, explored: Explored) -> tuple[Trap, ...]:
        if explored.flow.id not in self._traps:
            self._traps[explored.flow.id] = tuple(traps(explored, self._ways))
        return self._traps[explored.flow.id]

    @cached_property
    def _ways(self) -> Ways:
        return {
            flow.id: {(way.source, way.exit): way for way in ways(flow, self.loaded.sources[flow.file])}
            for flow in self.loaded.flows.values()
        }

    @cached_property
    def _reached(self) -> Mapping[str, Collection[str]]:
        """The flows that calls of each flow may come to, itself included."""
        called = {
            flow.id: [node.flow for node in flow.nodes.values() if isinstance(node, Subflow)]
            for flow in self.loaded.flows.values()
        }
        return {id: led_to([id], called) for id in called}


@dataclass(frozen=True)
class Subject:
    """One flow as checks look at it; what several checks need is worked out once."""

    flow: Flow
    loaded: Loaded
    """The flows of the same folder, with their sources."""
    machine: Machine
    explorations: Explorations
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
    def given(self) -> frozenset[str]:
        """The variables that other flows begin this one with."""
        calls = (node for flow in self.loaded.flows.values() for node in flow.nodes.values())
        return frozenset(
            name for node in calls if isinstance(node, Subflow) and node.flow == self.flow.id for name in node.given
        )

    @property
    def explored(self) -> Explored | None:
        """What may become of calls that begin with this flow; None if a carrier can't call it."""
        return self.explorations.of(self.flow)

    @property
    def passing(self) -> tuple[Explored, ...]:
        """What may become of all calls that may come to this flow."""
        return self.explorations.through(self.flow)

    @property
    def traps(self) -> tuple[tuple[Explored, Trap], ...]:
        """The circles that are to be mended in this flow."""
        return self.explorations.traps(self.flow)

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
    about: frozenset[Hashable] = frozenset()
    """By what it is known that another check tells the same (see `once`); the path where nothing is given."""

    @property
    def matters(self) -> frozenset[Hashable]:
        """What it is about."""
        return self.about or frozenset({self.path})


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of mistake."""

    id: str
    severity: Severity
    find: Callable[[Subject], Iterable[Mistake]]


def findings(check: Check, subject: Subject) -> Iterator[Finding]:
    """What one check finds in one flow, with lines and columns."""
    return (placed(check, each, subject) for each in check.find(subject))


def placed(check: Check, mistake: Mistake, subject: Subject) -> Finding:
    """A mistake with its line and column."""
    source = subject.source
    place = source.key_at(mistake.path) if mistake.at_key else source.at(mistake.path)
    severity = mistake.severity or check.severity
    return Finding(check.id, severity, mistake.message, source.file, place.line, place.column, mistake.call)
