"""How the scenarios of a folder go, each on the flows as they are in its years."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from ivr.core.flow import Flow
from ivr.document.finding import Finding, Position, available, did_you_mean, quoted
from ivr.document.hours import YEARS_OF_HOLIDAYS
from ivr.document.load import Loaded, load_sources
from ivr.document.scenarios import BEGINNING, Scenario
from ivr.document.source import Source
from ivr.nodes.subflow import called
from ivr.simulate import coverage as covering
from ivr.simulate.caller import Outcome, run
from ivr.simulate.coverage import Coverage
from ivr.simulate.suite import Case, Folder

YEARS = range(1970, 2100)
"""Holidays and changes of the clocks are known of these."""
DAY = timedelta(days=1)

Span = tuple[int, int]
"""The first and the last year that a call may see."""


@dataclass(frozen=True, slots=True)
class Result:
    """How one scenario went, or why it could not be run; or a mistake for which a file can't be used at all."""

    file: str
    flow: str
    name: str
    """Both empty for a mistake in a file."""
    position: Position
    """Where it goes otherwise than written, or can't be run; else where the scenario stands."""
    message: str | None = None
    """What went otherwise; None if nothing did."""
    seconds: float = 0
    """How long the machine took for it."""
    called: Flow | None = field(default=None, repr=False)
    """The flow as it was called, if it was."""
    outcome: Outcome | None = field(default=None, repr=False)
    """The call, if one was made."""
    lines: Sequence[str] = field(default=(), repr=False)
    """Those of the file."""

    @property
    def passed(self) -> bool:
        """Whether all went as the scenario says."""
        return self.message is None

    @property
    def is_mistake(self) -> bool:
        """Whether it is about a file, and no scenario."""
        return not self.name and not self.flow

    @property
    def place(self) -> str:
        """The file with line and column."""
        return f"{self.file}:{self.position.line}:{self.position.column}"


class Trial:
    """The scenarios of a folder, to be run one by one."""

    def __init__(self, folder: Folder) -> None:
        """Take what is asked for of a folder; nothing is run before `results`."""
        self._folder = folder
        self._begins = _begins(span(case.scenario) for case in folder.cases)
        self._loaded: dict[int, Loaded] = {}

    def results(self) -> Iterator[Result]:
        """Run the scenarios file by file; the mistakes of a file stand where its scenarios would."""
        files: list[Case | Source] = [*self._folder.cases, *self._folder.mistaken]
        for each in sorted(files, key=lambda each: each.source.file if isinstance(each, Case) else each.file):
            if isinstance(each, Case):
                yield self._result(each)
            else:
                yield from (_mistake(finding, each) for finding in each.findings)
        if self._folder.whole:
            yield from self._broken()

    def _flows(self, scenario: Scenario | None = None) -> Loaded:
        """The flows with the holidays of the years that a scenario may see."""
        begin = BEGINNING.year if scenario is None else self._begins[span(scenario)]
        if scenario is None and self._loaded:
            return next(iter(self._loaded.values()))
        if begin not in self._loaded:
            self._loaded[begin] = load_sources(self._folder.flows, begin)
        return self._loaded[begin]

    def _result(self, case: Case) -> Result:
        scenario, source = case.scenario, case.source
        result = Result(source.file, scenario.flow, scenario.name, source.at(scenario.path), lines=source.lines)
        if scenario.now.year not in YEARS:
            message = f"a call can't be made in {scenario.now.year}: expected a year from {YEARS[0]} to {YEARS[-1]}"
            return replace(result, message=message, position=case.at("call", "now"))
        loaded = self._flows(scenario)
        flow = loaded.flows.get(scenario.flow)
        if flow is None or flow.is_subflow:
            return replace(result, message=_why_not(scenario.flow, loaded), position=case.at("flow"))
        began = time.perf_counter()
        outcome = run(scenario, flow)
        seconds = time.perf_counter() - began
        position = source.at(outcome.path or scenario.path)
        return replace(
            result, message=outcome.message, position=position, seconds=seconds, called=flow, outcome=outcome
        )

    def _broken(self) -> Iterator[Result]:
        """The flows with errors that no scenario calls, each by its first error."""
        loaded = self._flows()
        called = {case.scenario.flow for case in self._folder.cases}
        first: dict[str, Finding] = {}
        for finding in loaded.findings:
            if finding.severity == "error":
                first.setdefault(finding.file, finding)
        for file, finding in sorted(first.items()):
            if Path(file).stem not in called:
                yield _mistake(finding, loaded.sources[file])

    def coverage(self, results: Iterable[Result]) -> Mapping[Flow, Coverage]:
        """What the results took of each flow: of all if the folder is asked for, else of those that can be called."""
        flows = self._flows().flows
        calls = [(each.called, each.outcome) for each in results if each.called and each.outcome]
        done = covering.steps(calls)
        reached = flows if self._folder.whole else covering.called_by(flows, (flow.id for flow, _ in calls))
        return {flows[id]: covering.coverage(flows[id], done) for id in sorted(reached)}


class Round:
    """All that is asked for, run once."""

    def __init__(self, folders: Iterable[Folder]) -> None:
        """Take the folders; nothing is run before somebody looks at the results."""
        self._folders = [(Trial(folder), len(folder.cases)) for folder in folders]
        self._covered: list[tuple[Flow, Coverage]] = []
        self.results: list[Result] = []
        """Those that are there."""

    @property
    def scenarios(self) -> int:
        """How many there are to run."""
        return sum(count for _, count in self._folders)

    def run(self) -> Iterator[Result]:
        """Run the scenarios, and give each result as soon as it is there."""
        for trial, _ in self._folders:
            own: list[Result] = []
            for result in trial.results():
                own.append(result)
                self.results.append(result)
                yield result
            self._covered.extend(trial.coverage(own).items())

    @property
    def coverage(self) -> Mapping[str, Coverage]:
        """What was taken, once all was run: by the id of the flow, or by its file where ids of folders are the same."""
        ids = [flow.id for flow, _ in self._covered]
        return {flow.id if ids.count(flow.id) == 1 else flow.file: each for flow, each in self._covered}


def _mistake(finding: Finding, source: Source) -> Result:
    position = Position(finding.line, finding.column)
    return Result(finding.file, "", "", position, f"{finding.message} [{finding.check}]", lines=source.lines)


def _why_not(wanted: str, loaded: Loaded) -> str:
    """Why there is no flow to call."""
    if wanted in loaded.flows:
        callers = sorted(id for id, flow in loaded.flows.items() if wanted in called(flow))
        hint = f"; call one that runs it: {available(callers)}" if callers else ""
        return f"{quoted(wanted)} has a return, so only other flows can call it{hint}"
    wrong = (each for each in loaded.findings if each.severity == "error" and Path(each.file).stem == wanted)
    first = next(wrong, None)
    if first is not None:
        place = f"{first.file}:{first.line}:{first.column}"
        return f"the flow {quoted(wanted)} has errors: {place}: {first.message} [{first.check}]"
    subflows = {id for id, flow in loaded.flows.items() if flow.is_subflow}
    there = sorted({Path(file).stem for file in loaded.sources} - subflows)
    return f"there is no flow {quoted(wanted)}{did_you_mean(wanted, there)}; there are {available(there)}"


def span(scenario: Scenario) -> Span:
    """The years that a call may see, in any time zone, and until its end."""
    year = scenario.now.year
    if year not in YEARS:
        return YEARS[0], YEARS[0]
    return (scenario.now - DAY).year, (scenario.now + 2 * DAY).year


def _begins(spans: Iterable[Span]) -> Mapping[Span, int]:
    """For each span the first of the years whose holidays are to be known; as few different ones as can be."""
    begins: dict[Span, int] = {}
    begin: int | None = None
    for first, last in sorted(set(spans)):
        if begin is None or last >= begin + YEARS_OF_HOLIDAYS:
            begin = first
        begins[first, last] = begin
    return begins
