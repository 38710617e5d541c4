"""What was done in a call, kept as a scenario."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, count
from pathlib import Path

from ivr.core.flow import Flow
from ivr.desk.errors import DeskError, WrongUse
from ivr.document.load import TEST_SUFFIXES
from ivr.document.scenario_text import NoPlace, as_yaml, shared, with_scenario
from ivr.document.scenarios import Scenario, read_scenarios
from ivr.document.source import read
from ivr.simulate.caller import run


class NotKept(DeskError):
    """A scenario that was written would not pass."""


def check(file: Path) -> None:
    """Make sure that a scenario can be kept in a file, which need not exist.

    Raises:
        WrongUse: it can't.
        OSError: the file can't be read.
    """
    _with(file, Scenario("x", "x", (), ()))


def keep(file: Path, scenario: Scenario, flow: Flow) -> str:
    """Write a scenario into a new file, or behind those of an existing one, and try it; returns its name.

    Raises:
        WrongUse: it can't be kept there.
        NotKept: it would not pass.
        OSError: the file can't be read or written.
    """
    text, name = _with(file, _as_there(file, scenario, flow))
    file.write_text(text, encoding="utf-8", newline="")
    made, findings = read_scenarios(read(file.read_bytes(), str(file)))
    wrong = findings[0].message if findings else run(made[-1], flow).message
    if wrong is not None:
        raise NotKept(f"“{name}” is in {file} but would not pass, which is a mistake of ours: {wrong}")
    return name


def _as_there(file: Path, scenario: Scenario, flow: Flow) -> Scenario:
    """The scenario with the lookups of the file that it comes to, if it goes as well with them as with its own."""
    if not file.exists():
        return scenario
    source = read(file.read_bytes(), str(file))
    if read_scenarios(source)[1]:
        return scenario
    there = replace(scenario, http=shared(source).http)
    return there if run(there, flow).lines == run(scenario, flow).lines else scenario


def _with(file: Path, scenario: Scenario) -> tuple[str, str]:
    """The text of the file with the scenario in it, and the name that this has there."""
    if not file.name.endswith(TEST_SUFFIXES):
        raise WrongUse(f"{file}: the name of a scenario file ends in {' or '.join(TEST_SUFFIXES)}")
    if not file.parent.is_dir():
        raise WrongUse(f"{file} can't be written: there is no folder {file.parent}")
    if not file.exists():
        return as_yaml([scenario]), scenario.name
    content = file.read_bytes()
    there, _ = read_scenarios(read(content, str(file)))
    name = _unique(scenario.name, {each.name for each in there})
    try:
        return with_scenario(content.decode("utf-8", "replace"), replace(scenario, name=name)), name
    except NoPlace as error:
        raise WrongUse(f"{file} can't take one scenario more: {error}") from None


def _unique(name: str, taken: set[str]) -> str:
    numbered = (f"{name} ({number})" for number in count(2))
    return next(each for each in chain([name], numbered) if each not in taken)
