"""Scenarios as live calls: the servers that they need, and a caller at the desk who takes their steps."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import assert_never

from ivr import config
from ivr.calls.services import Services
from ivr.calls.transfers import Transfers
from ivr.core.durations import duration
from ivr.core.segments import Speech, Voice
from ivr.desk.carrier import DeskCarrier
from ivr.desk.errors import NotHeard
from ivr.desk.facts import Manners
from ivr.document.load import Loaded
from ivr.document.scenarios import BETWEEN_KEYS_MS, At, Check, HangUp, Hear, Press, Say, Scenario, Step, Wait
from ivr.server.line import Line
from ivr.server.orders import Orders
from ivr.server.places import Places
from ivr.server.serving import serve
from ivr.server.sockets import listening_socket
from ivr.server.tokens import Tokens
from ivr.simulate.transcript import Line as Told
from ivr.speech.static import static_segments
from ivr.speech.store import PromptStore
from tests.endtoend.following_clock import FollowingClock
from tests.endtoend.scenario_world import FOREVER_MS, ScenarioWorld, WorldLookups

TAKES_ITS_TIME = Manners(silence=False)
PATIENCE_MS = 600_000
"""How long a caller waits for what must come, or for the end, however long a busy machine takes to render prompts."""


# Servers


@dataclass(frozen=True, slots=True)
class Place:
    """What calls must have in common to be served by one server."""

    folder: Path
    """Where its flows come from."""
    now: int
    """When they begin, in milliseconds since 1970-01-01 UTC."""
    can_transfer: bool
    env: tuple[tuple[str, str], ...]
    secrets: tuple[tuple[str, str], ...]


def place_of(scenario: Scenario, folder: Path) -> Place:
    """The server that a scenario of a folder needs."""
    return Place(
        folder,
        round(scenario.now.timestamp() * 1000),
        scenario.transfer != "unsupported",
        tuple(sorted(scenario.env.items())),
        tuple(sorted(scenario.secrets.items())),
    )


@dataclass(frozen=True, slots=True)
class Server:
    """One of several servers in the event loop of the test."""

    url: str
    line: Line


@asynccontextmanager
async def servers(
    loaded: Mapping[Path, Loaded], places: Iterable[Place], world: ScenarioWorld, data: Path
) -> AsyncIterator[Mapping[Place, Server]]:
    """Serve side by side, all with the same prompts."""
    settings = config.load(argparse.Namespace(data_dir=str(data), drain="0s"), {}, data)
    orders = Orders()
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(_services(loaded, world, data))
        found: dict[Place, Server] = {}
        serving = []
        for place in places:
            listener = stack.enter_context(listening_socket("127.0.0.1", 0))
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            found[place] = Server(url, _line(loaded[place.folder], place, services))
            serving.append(asyncio.create_task(serve(found[place].line, settings, listener, orders)))
        try:
            yield found
        finally:
            orders.stop.set()
            await asyncio.gather(*serving)


@asynccontextmanager
async def _services(loaded: Mapping[Path, Loaded], world: ScenarioWorld, data: Path) -> AsyncIterator[Services]:
    """What all calls share, with all static prompts in memory."""
    lookups, transfers = WorldLookups(world), Transfers(world.transfer_url, world.clock)
    async with PromptStore(data / "prompts", jobs=2) as prompts:
        flows = (flow for each in loaded.values() for flow in each.flows.values())
        assert await prompts.build(static_segments(flows)) == []
        try:
            yield Services(
                world.clock,
                prompts,
                lookups,
                data,
                transfers=transfers,
                secrets=world.secrets,
                media_timeout=FOREVER_MS,
            )
        finally:
            await lookups.aclose()
            await transfers.aclose()


def _line(loaded: Loaded, place: Place, services: Services) -> Line:
    own = replace(
        services,
        transfers=services.transfers if place.can_transfer else None,
        secrets={**services.secrets, **dict(place.secrets)},
    )
    tokens = Tokens("k" * 32)
    env = dict(place.env)
    return Line(
        loaded.flows, (), own, tokens, env, longest_call=86_400, wall=lambda: place.now, seats=Places(1, 1000).mine()
    )


# Transcripts


@dataclass(slots=True)
class Transcript:
    """What a call's two sides said, did and decided, line by line, with who before what.

    A prompt that repeats the one before is left out: how often the waiting prompt of a lookup is heard is a matter
    of time.
    """

    lines: list[str] = field(default_factory=list)
    _said: str = ""

    def add(self, who: str, text: str) -> None:
        """Write a line."""
        if who == "ivr":
            if text == self._said:
                return
            self._said = text
        self.lines.append(f"{who}: {text}")


def simulated(lines: Iterable[Told]) -> Iterator[tuple[str, str]]:
    """What can be seen of a simulated call from outside: no world, and nothing after the line is closed."""
    for line in lines:
        if line.who != "world":
            yield line.who, "" if line.text == "(silence)" else line.text
        if line.text == "hangs up" or (line.who == "world" and line.text.startswith("the call ends")):
            return


# Calls


class LiveCaller:
    """Takes the steps of a scenario, one after another.

    A step is taken at the point of the conversation at which the scripted caller took it: where one of the two
    heard a prompt to its end, the other one does not cut it short, though it may last a little longer.
    """

    def __init__(self, call: DeskCarrier, language: Callable[[], str], expected: Iterable[tuple[str, str]]) -> None:
        """Be the caller of `call`, whose `language` may change; `expected` is how the scripted call went."""
        self.transcript = Transcript()
        self._call = call
        self._language = language
        self._points = _points(expected)
        self._read = 0
        """How many messages are in the transcript."""
        self._told = 0
        """Lines of the call's own transcript that are in this one."""
        self._step_began = 0

    async def take(self, step: Step) -> None:
        """Take one step.

        Raises:
            NotHeard: what the step waits for does not come.
        """
        began = self._call.at()
        match step:
            case Hear(text):
                await self._call.hears(text, within=PATIENCE_MS)
            case Press(keys, after):
                began = await self._pause(after)
                for place, key in enumerate(keys):
                    if place:
                        await self._call.passes(BETWEEN_KEYS_MS)
                    await self._does("presses a key")
                    await self._call.press(key)
            case Say(text, after):
                began = await self._pause(after)
                await self._does("speaks")
                await self._call.say(text, duration(Speech(text, text, self._language(), Voice(), static=True)))
            case Wait(length):
                await self._call.passes(length)
            case HangUp():
                await self._does("hangs up")
                await self._call.hang_up()
            case At() | Check():
                pass  # They look at the call from inside.
            case _:
                assert_never(step)
        self._step_began = began

    async def end(self) -> None:
        """Stay silent until the call ends.

        Raises:
            NotHeard: it goes on and on.
        """
        try:
            await self._call.ended(within=PATIENCE_MS)
        finally:
            self._reads()

    async def _pause(self, after: int | None) -> int:
        if after is not None:
            await self._call.passes(max(0, self._step_began + after - self._call.at()))
        return self._call.at()

    async def _does(self, what: str) -> None:
        """Do something once all has come that the scripted caller knew of at this point."""
        point = next(self._points, 0)
        await self._call.until(lambda: self._reads() >= point, PATIENCE_MS)
        if self._call.ending is None:
            self.transcript.add("caller", what)

    def _reads(self) -> int:
        """Take what has come into the transcript, and return its length."""
        for message in self._call.received[self._read :]:
            if message.event == "transcript":
                line = self._call.transcript[self._told]
                self._told += 1
                self.transcript.add(line.who, f"{line.node}: {line.text}" if line.who == "engine" else line.text)
            elif message.event == "clearAudio":
                self.transcript.add("ivr", "stops")
        self._read = len(self._call.received)
        return len(self.transcript.lines)


def _points(expected: Iterable[tuple[str, str]]) -> Iterator[int]:
    """How long the transcript is at each deed of the caller."""
    transcript = Transcript()
    for who, text in expected:
        if who == "caller":
            yield len(transcript.lines)
        transcript.add(who, text)


async def live(
    scenario: Scenario, expected: Iterable[tuple[str, str]], server: Server, clock: FollowingClock
) -> list[str]:
    """Make the call that a scenario describes, and return its transcript; `expected` is how the scripted one went."""
    flow = server.line.flows[scenario.flow]

    def language() -> str:
        driver = server.line.calls.find(scenario.id)
        return flow.language if driver is None else driver.session.language

    async with DeskCarrier.call(
        server.url,
        scenario.flow,
        caller=scenario.caller,
        called=scenario.called,
        direction=scenario.direction,
        clock=clock,
        manners=TAKES_ITS_TIME,
        call_id=scenario.id,
        in_text=True,
    ) as call:
        caller = LiveCaller(call, language, expected)
        try:
            for _, step in scenario.steps:
                await caller.take(step)
            await caller.end()
        except NotHeard as error:
            caller.transcript.add("caller", str(error))
    return caller.transcript.lines
