"""What tests of several folders share: flows from text, calls on virtual time, comparison with golden files."""

from __future__ import annotations

import gc
import os
import textwrap
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it has types, but does not say so

from ivr.core.effects import Effect, Explain
from ivr.core.events import KeyPressed, LookupFailed, PlaybackEnded
from ivr.core.flow import Flow
from ivr.core.session import Call, Session, begin
from ivr.core.step import step
from ivr.document.finding import as_text
from ivr.document.load import load_sources
from ivr.document.source import read
from ivr.simulate.telephone import Answer, Telephone
from ivr.speech.voice import Espeak
from tests import postgresql as postgresql_here
from tests.debian import REASON
from tests.postgresql import PostgreSQL

# The same examples in every run, and no judgement of speed.
settings.register_profile("ivr", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ivr")


TESTS = Path(__file__).parent
REAL_TIME = ("desk", "endtoend")
"""Folders of tests that wait for real calls."""
SHARED = ("console",)
"""Folders of tests that share a server and a browser, and so a process."""
SPOKEN = TESTS / "endtoend" / "test_speech.py"
"""Calls whose callers speak, to recognisers that have to keep up with them."""


def folder(path: Path) -> str:
    """The folder in which a test is, or its file where it is in none."""
    return path.relative_to(TESTS).parts[0]


def waits(path: Path) -> bool:
    """Whether the tests of a file wait for something real."""
    return folder(path) in REAL_TIME


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests that wait come first, and of them the calls in which somebody speaks last; then what takes long.

    Whatever takes long at the end would keep one process busy, and the others idle.
    """
    long = {item.path for item in items if item.get_closest_marker("slow") is not None}
    items.sort(
        key=lambda item: (
            not waits(item.path),
            item.path == SPOKEN,
            folder(item.path) not in SHARED,
            item.path not in long,
        )
    )


class OneWaits(LoadScopeScheduling):  # type: ignore[misc]  # as above
    """Runs the tests that wait one after the other in one process, beside those that only compute in others.

    By the time that somebody speaks in a call the others are done, and the recognisers have the machine for themselves.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        path = TESTS.parent / file
        if waits(path):
            return "real time"
        return folder(path) if folder(path) in SHARED else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneWaits:
    """Schedule the tests, where there are several processes, in the order of `pytest_collection_modifyitems`."""
    config.option.loadscopereorder = False
    return OneWaits(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Forget what passed tests logged: the processes of a run tell each other only what UTF-8 can hold."""
    report = yield
    if report.passed:
        report.sections.clear()
    return report


def pytest_collection_finish() -> None:
    """Keep the collector from walking through thousands of tests again and again."""
    gc.collect()
    gc.freeze()


BEGAN = 1_767_607_200_000
"""2026-01-05T10:00Z."""


@pytest.fixture(scope="session")
def espeak() -> Espeak:
    """The engine, which a process can have only one of: what calls into a second one may be gone by then."""
    return Espeak()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A real PostgreSQL; without one tests are left out, which `IVR_REQUIRE=postgresql` in the environment forbids."""
    if postgresql_here.programs() is None:
        if postgresql_here.PACKAGE in os.environ.get("IVR_REQUIRE", "").split():
            pytest.fail(postgresql_here.MISSING)
        pytest.skip(postgresql_here.MISSING)
    with postgresql_here.running() as cluster:
        yield cluster


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that were left out because the machine lacks a package."""
    left_out: dict[str, list[str]] = {}
    for each in terminalreporter.stats.get("skipped", []):
        *_, why = each.longrepr if isinstance(each.longrepr, tuple | list) else (str(each.longrepr),)
        if REASON in why:
            left_out.setdefault(why.removeprefix("Skipped: "), []).append(each.nodeid)
    for why, tests in sorted(left_out.items()):
        terminalreporter.section(f"left out, because {why}")
        terminalreporter.write("".join(f"{test}\n" for test in sorted(tests)))


@pytest.fixture
def golden() -> Callable[[Path, str], None]:
    """Compare a text with a file; with `IVR_UPDATE_GOLDEN=1` in the environment, write the file instead."""

    def compare(path: Path, text: str) -> None:
        if os.environ.get("IVR_UPDATE_GOLDEN") == "1":
            path.write_text(text, encoding="utf-8")
        expected = path.read_text(encoding="utf-8") if path.exists() else ""
        assert text == expected, f"{path.name} differs; IVR_UPDATE_GOLDEN=1 pytest writes it anew"

    return compare


@pytest.fixture
def flow_of() -> Callable[..., Flow]:
    """Load the flow `main` from its text, with its subflows as further arguments by name."""

    def loaded(main: str, **others: str) -> Flow:
        texts = {f"{name}.yaml": textwrap.dedent(text) for name, text in {"main": main, **others}.items()}
        made = load_sources({name: read(text, name) for name, text in texts.items()}, 2026)
        assert not made.findings, as_text(made.findings, made.lines)
        return made.flows["main"]

    return loaded


class Line(Telephone):
    """A call on virtual time, whose caller presses keys at given moments."""

    def press(self, script: str) -> Line:
        """Press keys, each at its millisecond: `1@1500 2@1600`; what else happens at that moment comes after."""
        for each in script.split():
            key, at = each.split("@")
            self.advance(int(at) - 1)
            self.now = int(at)
            self.tell(KeyPressed(self.now, key))
        return self

    def told(self, who: str = "engine") -> list[str]:
        """What was told of the engine, or of others, with its milliseconds."""
        return [f"{line.at} {line.text}" for line in self.lines if line.who == who]


def nobody(fetch: object, now: int) -> LookupFailed:
    """Answer no lookup."""
    return LookupFailed(now, getattr(fetch, "lookup", 0), "connect", "nobody is there")


@pytest.fixture
def call() -> Callable[..., Line]:
    """Answer a call on a flow."""

    def answered(flow: Flow, answer: Answer = nobody, **given: object) -> Line:
        told = {
            "id": "c1",
            "caller": "+919999999999",
            "called": "+918000000001",
            "direction": "inbound",
            "began": BEGAN,
        }
        call = Call(**{**told, **given})  # type: ignore[arg-type]  # tests give what they need
        line = Line(flow, begin(flow, call, {}), answer)
        line.begin()
        return line

    return answered


class Steps:
    """A session that steps on, and what its steps asked for."""

    def __init__(self, flow: Any, **call: Any) -> None:
        told = {"id": "c1", "caller": "+91", "called": "+92", "direction": "inbound", "began": 0, **call}
        self.flow = flow
        self.session: Session = begin(flow, Call(**told), {})
        self.effects: tuple[Effect, ...] = ()

    def tell(self, *events: Any) -> Steps:
        """Tell events, and keep what the last of them led to."""
        for event in events:
            self.session, self.effects = step(self.flow, self.session, event)
        return self

    def heard(self, at: int) -> Steps:
        """Let all that plays be heard."""
        while self.session.playing:
            self.tell(PlaybackEnded(at, self.session.playing[0]))
        return self

    def did(self, kind: type[Effect]) -> list[Any]:
        """The effects of one kind of the last step."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def why(self) -> str:
        return " / ".join(effect.why for effect in self.did(Explain) if effect.why)


@pytest.fixture
def steps() -> type[Steps]:
    """Step through a call event by event."""
    return Steps
