"""Calls on virtual time whose journal is written."""

from __future__ import annotations

import asyncio
import json
import textwrap
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ivr.calls.store.engine import database_url
from ivr.calls.store.page import Step
from ivr.calls.store.store import Store
from ivr.core.effects import Effect
from ivr.core.events import Event, HungUp
from ivr.core.flow import Flow
from ivr.core.session import Call, Session, begin
from ivr.core.values import Sensitive
from ivr.document.journal import Journal, read
from ivr.document.load import Loaded, load_sources
from ivr.document.recorder import Recorder
from ivr.document.scenarios import Scenario
from ivr.document.source import read as read_source
from ivr.document.unwritten import Unwritten
from ivr.simulate.caller import Caller, Differed
from ivr.simulate.telephone import Answer, Telephone
from ivr.simulate.world import World

BEGAN = 1_767_607_200_000
"""2026-01-05T10:00Z."""
LONGEST_MS = 3_600_000


class RecordedLine(Telephone):
    """A call whose journal is written."""

    def __init__(self, flow: Flow, session: Session, answer: Answer, *rest: Any) -> None:
        super().__init__(flow, session, answer, *rest)
        self.recorder = Recorder(flow)
        self.written = [self.recorder.begin(session)]
        self._other = Recorder(flow)
        self.elsewhere = [self._other.begin(session)]
        self.sensitive: set[str] = set()
        """Every sensitive value that the call had, as text."""
        self.steps: list[Step] = []
        self.first = session
        self._told: Event | None = None
        self._before = session

    def tell(self, event: Event) -> None:
        self._told, self._before = event, self.session
        super().tell(event)

    def _perform(self, effects: Iterable[Effect]) -> None:
        effects = tuple(effects)
        assert self._told is not None
        if self._before.phase != "done":
            self.steps.append((self._before, self._told, self.session, effects))
            self.written += self.recorder.step(self._before, self._told, self.session, effects)
            self._go_on_elsewhere(self.steps[-1])
        for activation in self.session.stack:
            found = (value.value for value in activation.variables.values() if isinstance(value, Sensitive))
            self.sensitive.update(str(value) for value in found)
        super()._perform(effects)

    def _go_on_elsewhere(self, step: Step) -> None:
        """Let another recorder write the same, which is a new one after each step."""
        self.elsewhere += self._other.step(*step)
        assert self.elsewhere == self.written
        stored = json.loads(json.dumps(asdict(self._other.unwritten)))
        self._other = Recorder(self.flow, (), Unwritten(**{name: tuple(each) for name, each in stored.items()}))

    def hang_up(self) -> None:
        """Hang up, and let the work after the call be done."""
        self.tell(HungUp(self.now))
        while self.session.phase != "done" and self.next_at() is not None:
            self.happen()

    def journal(self) -> Journal:
        """The journal of the call, which is over."""
        assert self.session.phase == "done"
        return read(self.text().encode(), "call.jsonl")

    def text(self) -> str:
        return "".join((*self.written, *self.recorder.end(self.session)))


def scenario_call(scenario: Scenario, flow: Flow) -> RecordedLine:
    """The call of a scenario, at whose end the caller hangs up."""
    world = World(scenario)
    told = (scenario.id, scenario.caller, scenario.called, scenario.direction)
    began = round(scenario.now.timestamp() * 1000)
    call = Call(*told, began, can_transfer=scenario.transfer != "unsupported")
    line = RecordedLine(flow, begin(flow, call, scenario.env), world.answer, scenario.transfer)
    caller = Caller(line, world)
    caller.begin()
    for _, step in scenario.steps:
        caller.take(step)
    try:
        caller.end(scenario.ends)
    except Differed as difference:
        raise AssertionError(str(difference)) from None
    line.hang_up()
    return line


def kept_in(data: Path, loaded: Loaded, lines: Iterable[RecordedLine]) -> None:
    """Keep flows and calls in the store of a data directory, as a server does."""

    async def keep() -> None:
        store = Store(database_url(None, data), "a key", keep=LONGEST_MS)
        await store.open()
        await store.keep_flows(loaded)
        for line in lines:
            kept = store.begin(line.flow, line.first)
            for step in line.steps:
                kept.step(*step)
            if line.session.phase == "done":
                kept.end(line.session)
        await store.aclose()

    asyncio.run(keep())


def flow_of(main: str, **others: str) -> Flow:
    """Load the flow `main` from its text, with its subflows as further arguments by name."""
    texts = {f"{name}.yaml": textwrap.dedent(text) for name, text in {"main": main, **others}.items()}
    made = load_sources({name: read_source(text, name) for name, text in texts.items()}, 2026)
    assert not made.findings, made.findings
    return made.flows["main"]


def answered(flow: Flow, answer: Answer, **env: str) -> RecordedLine:
    """A call on a flow, which was just answered."""
    line = RecordedLine(flow, begin(flow, Call("c1", "+919", "+918", "inbound", BEGAN), env), answer)
    line.begin()
    return line


FLOWS = Path(__file__).parents[2] / "flows"
TALKS = Path(__file__).parents[1] / "talks"
