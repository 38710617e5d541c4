"""Which scenarios are asked for: those of folders, of files, and those that name a flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ivr.document.finding import Position, available, quoted
from ivr.document.load import SUFFIXES, TEST_SUFFIXES, flow_files
from ivr.document.scenarios import Scenario, read_scenarios
from ivr.document.source import Source, read
from ivr.simulate.selection import Picked


class SuiteError(Exception):
    """There is nothing to run of what was asked for; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario of one file."""

    source: Source = field(repr=False)
    scenario: Scenario

    @property
    def texts(self) -> tuple[str, ...]:
        """What a selection looks for words in."""
        return Path(self.source.file).name, self.scenario.flow, self.scenario.name

    def at(self, *keys: str) -> Position:
        """The place of a value of the scenario, which may stand at the top of the file for all of them."""
        raw = (self.source.value or {})["scenarios"][self.scenario.path[-1]]
        return self.source.at((*self.scenario.path, *keys) if keys[0] in raw else keys)


@dataclass(frozen=True, slots=True)
class Folder:
    """The flows and the scenarios of one folder, as far as they are asked for."""

    path: Path
    flows: Mapping[str, Source] = field(repr=False)
    """The files of all its flows, by name: scenarios may call any of them, and they each other."""
    cases: tuple[Case, ...]
    mistaken: tuple[Source, ...]
    """Scenario files with mistakes, which have no scenarios; what is wrong is among their findings."""
    whole: bool
    """Whether all its flows are to be tested, also those that no scenario calls."""


def gather(paths: Iterable[Path]) -> tuple[Folder, ...]:
    """What a person asks for: all scenarios of folders, those of scenario files, and those that name a flow.

    Raises:
        SuiteError: a path is none of these, or has no scenarios.
        OSError: a file can't be read.
    """
    asked: dict[Path, list[Path]] = {}
    for path in paths:
        if not path.exists():
            raise SuiteError(f"{path}: there is no such file or folder")
        if path.is_file() and path.suffix not in SUFFIXES:
            raise SuiteError(f"{path}: expected a folder, a flow (*.yaml) or a file of scenarios (*.test.yaml)")
        asked.setdefault(path.parent if path.is_file() else path, []).append(path)
    return tuple(_folder(folder, wanted) for folder, wanted in asked.items())


def scenario_files(folder: Path) -> list[Path]:
    """The scenario files directly in a folder, sorted."""
    return sorted(path for path in folder.iterdir() if _has_scenarios(path) and path.is_file())


def _folder(path: Path, asked: Sequence[Path]) -> Folder:
    """What is asked for of one folder: the folder itself, or files in it."""
    whole = path in asked
    wanted = {file.stem for file in asked if file != path and not _has_scenarios(file)}
    files = [file for file in scenario_files(path) if whole or wanted or file in asked]
    if not files:
        raise SuiteError(f"{path}: there are no scenarios (*.test.yaml) in this folder")
    cases: list[Case] = []
    mistaken: list[Source] = []
    for file in files:
        source, is_asked = _read(file), whole or file in asked
        scenarios, findings = read_scenarios(source)
        if not findings:
            cases.extend(Case(source, each) for each in scenarios if is_asked or each.flow in wanted)
        elif is_asked or any(_may_name(source, flow) for flow in wanted):
            mistaken.append(replace(source, findings=findings))
    flows = {str(file): _read(file) for file in flow_files(path)}
    folder = Folder(path, flows, tuple(cases), tuple(mistaken), whole)
    _check_asked(folder, asked)
    return folder


def _has_scenarios(file: Path) -> bool:
    return file.name.endswith(TEST_SUFFIXES)


def _read(file: Path) -> Source:
    return read(file.read_bytes(), str(file))


def _may_name(source: Source, flow: str) -> bool:
    """Whether a file with mistakes has, or may have, scenarios of a flow."""
    raw = source.value
    scenarios = raw.get("scenarios") if raw is not None else None
    if raw is None or not isinstance(scenarios, list):
        return True
    named = [raw.get("flow"), *(each.get("flow") for each in scenarios if isinstance(each, dict))]
    return flow in named


def _check_asked(folder: Folder, asked: Iterable[Path]) -> None:
    """Refuse what has no scenarios; where files have mistakes, nobody knows what they would have."""
    files = {Path(case.source.file) for case in folder.cases}
    flows = {case.scenario.flow for case in folder.cases}
    for path in asked if not folder.mistaken else ():
        if path == folder.path and not files:
            raise SuiteError(f"{path}: there are no scenarios in the files (*.test.yaml) of this folder")
        if _has_scenarios(path) and path not in files:
            raise SuiteError(f"{path}: there are no scenarios in this file")
        if path != folder.path and not _has_scenarios(path) and path.stem not in flows:
            raise SuiteError(f"{path}: no scenario in {folder.path} names the flow {quoted(path.stem)}")


def picked(folders: Sequence[Folder], selection: Picked) -> tuple[Folder, ...]:
    """Only the scenarios that fit a selection; flows that none of them calls are not asked for any more.

    Raises:
        SuiteError: none fits.
    """
    made = [
        replace(each, cases=tuple(case for case in each.cases if selection(case.texts)), whole=False)
        for each in folders
    ]
    if not any(folder.cases for folder in made):
        names = [case.scenario.name for folder in folders for case in folder.cases]
        raise SuiteError(f"no scenario is picked; there are {available(names)}")
    return tuple(made)
