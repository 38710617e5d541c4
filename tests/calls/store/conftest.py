"""Stores of several processes on one database, and calls that are kept in them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio

from ivr.calls.store.archive import Archive
from ivr.calls.store.kept import Kept
from ivr.calls.store.store import Store, Stored
from ivr.core.events import Event
from ivr.core.flow import Flow
from ivr.core.session import Call, Session, begin
from ivr.core.step import step
from ivr.document.load import Loaded, load_sources
from ivr.document.source import read
from tests.postgresql import PostgreSQL

PATIENCE_S = 30
DAY_MS = 86_400_000
KEY = "a key that all machines have"
FLOW = """
start: pin
variables: {pin: "", name: ""}
nodes:
  pin: {type: collect, prompt: Your PIN?, into: pin, digits: 4, sensitive: true, timeout: 10m, next: menu}
  menu: {type: menu, prompt: Well?, timeout: 10m, choices: [{press: 1, next: ask}, {press: 2, next: bye}]}
  ask: {type: http, url: "http://crm.test/?pin={{ pin }}", timeout: 1m, save: {name: body.name}, next: menu}
  bye: {type: hangup, prompt: Goodbye.}
"""


@pytest.fixture
def loaded() -> Loaded:
    made = load_sources({"main.yaml": read(FLOW, "main.yaml")}, 2026)
    assert not [each for each in made.findings if each.severity == "error"]
    return made


@pytest.fixture
def flow(loaded: Loaded) -> Flow:
    return loaded.flows["main"]


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'data' / 'ivr.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, sqlite_url: str) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return sqlite_url
    cluster: PostgreSQL = request.getfixturevalue("postgresql")
    return cluster.database()


class Open(Protocol):
    """Opens the store of one more process."""

    async def __call__(self, url: str, **how: Any) -> Store:
        """A store on a database."""


@pytest_asyncio.fixture
async def opened() -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def store(url: str, **how: Any) -> Store:
            made = Store(url, **{"key": KEY, "keep": DAY_MS, **how})
            await made.open()
            stack.push_async_callback(made.aclose)
            return made

        yield store


class OnStore:
    """A call on a flow, whose driver does nothing but keep it."""

    def __init__(self, flow: Flow, session: Session, kept: Kept) -> None:
        self.flow, self.session, self.kept = flow, session, kept
        self.lost = 0
        kept.on_lost = self._lose

    def _lose(self) -> None:
        self.lost += 1

    def tell(self, *events: Event) -> OnStore:
        for event in events:
            before = self.session
            self.session, effects = step(self.flow, before, event)
            self.kept.step(before, event, self.session, effects)
        if self.session.phase == "done":
            self.kept.end(self.session)
        return self

    async def durable(self) -> None:
        """Wait until all of it is in the store."""
        done = asyncio.Event()
        self.kept.when_durable(done.set)
        async with asyncio.timeout(PATIENCE_S):
            await done.wait()


def call_on(store: Store, flow: Flow, id: str = "call-1", began: int | None = None) -> OnStore:
    """A new call."""
    began = time.time_ns() // 1_000_000 if began is None else began
    session = begin(flow, Call(id, "+919999999999", "+918000000001", "inbound", began), {})
    return OnStore(flow, session, store.begin(flow, session))


def resumed(flow: Flow, stored: Stored | None) -> OnStore:
    """A call that another process had."""
    assert stored is not None
    return OnStore(flow, stored.session, stored.kept)


async def until(holds: Callable[[], Any]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110  what happens in threads sets no event
            await asyncio.sleep(0.01)


def journal_of(url: str, id: str = "call-1") -> list[str]:
    """The texts of the journals of a call."""
    with Archive(url) as archive:
        return [each.text for each in archive.of_call(id)]
