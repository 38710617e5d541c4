"""A server that runs on a fast clock, and a caller at the desk."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import logging
import os
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
import pytest_asyncio

from ivr import config, logs
from ivr.calls.clock import Clock
from ivr.carriers.facts import Direction
from ivr.core.segments import Speech, Voice
from ivr.desk.carrier import CALLED, CALLER, USUAL, DeskCarrier
from ivr.desk.facts import Ending, Line, Manners, Message
from ivr.document.load import flow_files, load
from ivr.server.assignment import Assignment
from ivr.server.edition import first_edition
from ivr.server.line import Line as TelephoneLine
from ivr.server.opening import line as open_line
from ivr.server.orders import Orders
from ivr.server.serving import serve as serve_line
from ivr.server.sockets import listening_socket
from tests.web_service import Crm, serving

RATE = 20
"""How much faster than on the wall calls go by."""
PATIENCE_MS = 60_000 * RATE
"""A minute on the wall: for what must happen, however busy the machine is."""
KEYS_ONLY = {"recognisers": "0", "sphinx_recognisers": "0"}
"""Most tests have callers who say nothing, and need not wait for models."""
MEDIA = os.environ.get("IVR_MEDIA") or None
"""What reads the streams: CI runs these tests with each kind."""
SILENCE = b"\xd5"
CANCELLED_CONNECTION = "StreamReaderProtocol.connection_made"
"""Python 3.11.7 logs a bug of its own where a connection is cut off (python/cpython#113538)."""

FOR_THE_DESK = ("transcript", "node")
"""Messages that no other carrier is sent."""

JsonLine = Mapping[str, Any]


class Caller(DeskCarrier):
    """A caller at the desk who is as patient as a busy machine needs."""

    async def hears(self, text: str, *, within: int = PATIENCE_MS) -> Line:
        return await super().hears(text, within=within)

    async def receives(self, event: str, *, within: int = PATIENCE_MS) -> Message:
        return await super().receives(event, within=within)

    async def ended(self, *, within: int | None = PATIENCE_MS) -> Ending:
        return await super().ended(within=within)

    async def comes_to(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(PATIENCE_MS / RATE / 1000):
            while not holds():
                await self.passes(20)

    def said(self, who: str = "ivr") -> list[str]:
        """What the transcript has of one side."""
        return [line.text for line in self.transcript if line.who == who]

    def events(self) -> list[str]:
        """The server's messages in order, but those that only the desk is sent."""
        return [message.event for message in self.received if message.event not in FOR_THE_DESK]

    def sent_audio(self) -> bytes:
        """All audio that the server sent, as the wire has it."""
        messages = [json.loads(message.raw) for message in self.received if message.event == "playAudio"]
        return b"".join(b64decode(message["media"]["payload"]) for message in messages)

    def heard_audio(self) -> bytes:
        """The audio that was heard, gaps aside, which a busy machine may leave."""
        return self.audio.replace(SILENCE, b"")


class LogBook(io.StringIO):
    """The log of the process, in JSON."""

    def __init__(self) -> None:
        super().__init__()
        self._news = asyncio.Event()

    def write(self, text: str) -> int:
        self._news.set()
        return super().write(text)

    def lines(self, event: str | None = None, **fields: object) -> list[JsonLine]:
        """The lines of an event, with these fields among others."""
        lines = [json.loads(line) for line in self.getvalue().splitlines()]
        return [
            line
            for line in lines
            if event in (None, line["event"]) and all(line.get(name) == value for name, value in fields.items())
        ]

    async def has(self, event: str, **fields: object) -> JsonLine:
        """Wait for such a line, and return the first."""
        async with asyncio.timeout(PATIENCE_MS / RATE / 1000):
            while not (found := self.lines(event, **fields)):
                self._news.clear()
                await self._news.wait()
        return found[0]


@dataclass(slots=True)
class Server:
    """A server that runs in the event loop of its test."""

    url: str
    clock: Clock
    line: TelephoneLine
    data: Path
    log: LogBook
    stop: asyncio.Event
    _serving: asyncio.Task[None]

    @asynccontextmanager
    async def call(
        self,
        flow: str | None = None,
        *,
        caller: str = CALLER,
        called: str = CALLED,
        direction: Direction = "inbound",
        manners: Manners = USUAL,
        path: str = "",
    ) -> AsyncIterator[Caller]:
        """Call it; `path` comes before those of the webhooks."""
        async with Caller.call(
            self.url + path,
            flow,
            caller=caller,
            called=called,
            direction=direction,
            clock=self.clock,
            manners=manners,
        ) as call:
            yield call

    async def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send it a request."""
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_MS / RATE / 1000) as client:
            return await client.request(method, self.url + path, **request)

    async def answer(self, flow: str | None = None, **fields: str) -> str:
        """Let a call be answered, and return the address of its stream."""
        asked = {"call_uuid": "call-1", "from": CALLER, "to": CALLED, "direction": "INBOUND", **fields}
        answer = await self.ask("POST", "/answer" if flow is None else f"/answer/{flow}", json=asked)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["stream"]["url"])

    def spoken(self, text: str, language: str = "en-US") -> bytes:
        """The audio of a static prompt."""
        audio = self.line.services.prompts.cached(Speech(text, text, language, Voice(), static=True))
        assert audio is not None
        return audio

    def steps(self, call_id: str | None = None) -> list[JsonLine]:
        """The log's lines of steps."""
        return self.log.lines("step") if call_id is None else self.log.lines("step", call=call_id)

    async def end(self) -> None:
        """End it as SIGTERM does, and wait until it has ended."""
        self.stop.set()
        async with asyncio.timeout(PATIENCE_MS / RATE / 1000):
            await self._serving


class Serve(Protocol):
    """Starts servers for a test."""

    async def __call__(
        self,
        flows: str | Mapping[str, str],
        environ: Mapping[str, str] | None = None,
        *,
        files: Mapping[str, bytes] | None = None,
        rate: float = RATE,
        **flags: Any,
    ) -> Server:
        """Serve flows by id, a single text as `main`, with settings as on the command line; `files` lie beside."""


@pytest.fixture(scope="session")
def prompt_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rendered prompts, made once for all tests."""
    return tmp_path_factory.mktemp("prompts")


@pytest.fixture
def log() -> Iterator[LogBook]:
    book = LogBook()
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    logs.set_up("json", stream=book)
    yield book
    for handler in [each for each in root.handlers if each not in before]:
        root.removeHandler(handler)
    root.setLevel(level)


@pytest_asyncio.fixture
async def serve(tmp_path: Path, prompt_cache: Path, log: LogBook) -> AsyncIterator[Serve]:
    servers: list[Server] = []
    async with AsyncExitStack() as stack:

        async def started(
            flows: str | Mapping[str, str],
            environ: Mapping[str, str] | None = None,
            *,
            files: Mapping[str, bytes] | None = None,
            rate: float = RATE,
            **flags: Any,
        ) -> Server:
            folder = tmp_path / f"flows-{len(servers)}"
            for name, content in _contents(flows, files).items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
            server = await stack.enter_async_context(_running(folder, prompt_cache, log, rate, environ or {}, flags))
            servers.append(server)
            return server

        yield started
    assert [line for line in log.lines() if "traceback" in line and CANCELLED_CONNECTION not in line["event"]] == []
    assert all(len(server.line.calls) == 0 for server in servers)
    await _nothing_runs()


def _contents(flows: str | Mapping[str, str], files: Mapping[str, bytes] | None) -> Mapping[str, bytes]:
    texts = {"main": flows} if isinstance(flows, str) else flows
    return {**{f"{flow}.yaml": text.encode() for flow, text in texts.items()}, **(files or {})}


def _data_directory(folder: Path, prompt_cache: Path) -> Path:
    data = folder.with_name(folder.name + "-data")
    data.mkdir(exist_ok=True)
    (data / "prompts").symlink_to(prompt_cache)
    return data


@asynccontextmanager
async def _running(
    folder: Path, prompt_cache: Path, log: LogBook, rate: float, environ: Mapping[str, str], flags: Mapping[str, Any]
) -> AsyncIterator[Server]:
    data = _data_directory(folder, prompt_cache)
    usual = {
        "data_dir": str(data),
        "jobs": "1",
        "drain": "0s",
        "media_timeout": "24h",
        "allow_private": True,
        "media": MEDIA,
        **KEYS_ONLY,
    }
    settings = config.load(argparse.Namespace(**{**usual, **flags}), environ, folder)
    clock, orders = Clock(rate), Orders()
    assignment = Assignment(first_edition(load(flow_files(folder))), settings, environ, folder)
    with listening_socket("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with open_line(assignment, clock=clock) as line:
            serving = asyncio.create_task(serve_line(line, settings, listener, orders))
            server = Server(url, clock, line, data, log, orders.stop, serving)
            try:
                yield server
            finally:
                await server.end()


async def _nothing_runs() -> None:
    """Fail if a task is left behind; those that were just cancelled may take a moment."""
    if left := asyncio.all_tasks() - {asyncio.current_task()}:
        _, pending = await asyncio.wait(left, timeout=PATIENCE_MS / RATE / 1000)
        assert not pending


@pytest_asyncio.fixture
async def crm() -> AsyncIterator[Crm]:
    async with serving() as service:
        yield service
