"""A call without a server: a driver on a fast clock, and the connection that it talks to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio

from ivr.calls.clock import Clock
from ivr.calls.driver import Driver
from ivr.calls.lookups import Lookups
from ivr.calls.services import Services
from ivr.calls.store.store import Stored
from ivr.carriers.sfvopi import Stream
from ivr.core.flow import Flow
from ivr.core.session import Call, begin
from ivr.speech.store import PromptStore
from tests.web_service import Crm, serving

RATE = 10
"""How much faster than on the wall calls go by."""
PATIENCE_S = 60


class Connection:
    """A carrier's connection, which keeps what goes out on it."""

    def __init__(self, clock: Clock) -> None:
        self.sent: list[tuple[int, dict[str, Any]]] = []
        """Messages, and the milliseconds at which they went."""
        self.taken_back = 0
        self.closed: int | None = None
        self._clock = clock
        self._news = asyncio.Event()

    def send(self, text: str) -> None:
        assert self.closed is None
        self.sent.append((self._clock.now(), json.loads(text)))
        self._news.set()

    def send_audio(self, text: str) -> None:
        self.send(text)

    def take_back(self) -> None:
        self.taken_back = len(self.sent)

    def close(self, code: int) -> None:
        if self.closed is None:
            self.closed = code
            self._news.set()

    def events(self) -> list[str]:
        """The events of the messages, in order."""
        return [message["event"] for _, message in self.sent]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds; it is looked at whenever something happens here."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._news.clear()
                await self._news.wait()


class Dial(Protocol):
    """Makes calls."""

    def __call__(self, flow: Flow, call_id: str = "call-1", stored: Stored | None = None, **services: Any) -> Driver:
        """A call that waits for its stream, with some of the services as given; it may be stored already."""


@pytest.fixture
def clock() -> Clock:
    return Clock(RATE)


@pytest.fixture
def connection(clock: Clock) -> Connection:
    return Connection(clock)


@pytest.fixture
def ended() -> list[Driver]:
    """The calls that have told that they are done."""
    return []


@pytest_asyncio.fixture
async def dial(tmp_path: Path, clock: Clock, ended: list[Driver]) -> AsyncIterator[Dial]:
    drivers: list[Driver] = []
    async with AsyncExitStack() as stack:
        prompts = await stack.enter_async_context(PromptStore(tmp_path / "prompts", jobs=1))
        lookups = Lookups(allow_private=True)
        stack.push_async_callback(lookups.aclose)
        usual = Services(clock, prompts, lookups, tmp_path, media_timeout=3_600_000)

        def made(flow: Flow, call_id: str = "call-1", stored: Stored | None = None, **services: Any) -> Driver:
            call = Call(call_id, "+919999999999", "+918000000001", "inbound", 0, can_transfer=False)
            session = begin(flow, call, {}) if stored is None else stored.session
            drivers.append(Driver(flow, session, replace(usual, **services), ended.append, stored))
            return drivers[-1]

        yield made
        for driver in drivers:
            if driver not in ended:
                driver.abandon()


@pytest_asyncio.fixture
async def crm() -> AsyncIterator[Crm]:
    async with serving() as service:
        yield service


def connect(driver: Driver, connection: Connection) -> None:
    """Open the stream of a call."""
    driver.connect(connection, Stream(), desk=False)


async def comes_to(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - whatever is waited for tells nobody
            await asyncio.sleep(0.005)
