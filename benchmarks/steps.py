"""What one step of a call costs: on the event loop, part by part, and on the thread that writes the store."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ivr.calls.store.kept import Kept
from ivr.calls.store.store import Store
from ivr.calls.telling import log_step
from ivr.core.effects import Effect, Fetch
from ivr.core.events import Answered, Event, HungUp, KeyPressed, LookupAnswered, PlaybackEnded
from ivr.core.flow import Flow
from ivr.core.session import Call, begin
from ivr.core.step import step
from ivr.document.load import Loaded, load_sources
from ivr.document.source import read
from ivr.logs import LogFormat, set_up

FLOW = """
start: menu
variables: {account: "", name: ""}
defaults: {timeout: 10s, attempts: 5}
nodes:
  menu:
    type: menu
    prompt: "Welcome to Acme, {{ name }}. For your balance press 1. To change your account press 2. Press 9 to end."
    choices: [{press: 1, next: balance}, {press: 2, next: account}, {press: 9, next: bye}]
  balance: {type: play, prompt: Your balance is as it was., next: menu}
  account: {type: collect, prompt: Please enter your account number., into: account, digits: 2, next: ask}
  ask: {type: http, url: "http://crm.test/?account={{ account }}", save: {name: body.name}, next: menu}
  bye: {type: hangup, prompt: Goodbye.}
"""
KEYS = "1242117211424"
"""What each caller presses, again and again: balances, and accounts that are looked up."""
STEPS = 40
"""After so many a caller hangs up, and another one calls."""
CALLS_A_STEP = 4 / 3
"""How many calls there are for one step a second, where callers press a key every few seconds."""
ANSWERED_S = 0.03
"""After so long a lookup is answered."""
RATES = (75, 350)
"""Steps a second: of a hundred calls, and of as many as a core carries."""
MEDIA_S = 0.001
"""How often audio comes: between two steps the processor has other things to do, and forgets how steps go."""
MEDIA = json.dumps({"event": "media", "media": {"payload": base64.b64encode(b"\xd5" * 160).decode()}})
MEDIA_TIMES = 4
"""So often a message is parsed, to cost what it costs in a server."""
FRAMES = 50
SECONDS = 3.5
SETTLING_S = 0.5
HEADING = (
    "| | core.step | Kept.step | log_step | event loop | writer | beside the core | of all | × core.step "
    "| a lookup waits, ms | at most |\n|---|" + "---:|" * 10
)
HOT = 20_000
"""Steps of the core one after the other."""
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Variant:
    """What is done of a step."""

    name: str
    log: LogFormat | None = "text"
    store: bool = True
    journal: bool = True


VARIANTS = (
    Variant("all"),
    Variant("log of JSON", log="json"),
    Variant("no log", log=None),
    Variant("no journal", journal=False),
    Variant("no store", store=False),
)


@dataclass(slots=True)
class Spent:
    """What was spent in a run."""

    core: list[int] = field(default_factory=list)
    """Nanoseconds of CPU of each step, as with the next two."""
    kept: list[int] = field(default_factory=list)
    log: list[int] = field(default_factory=list)
    durable: list[float] = field(default_factory=list)
    """Seconds that each lookup waited for the store."""
    writer: int = 0
    """Nanoseconds of the thread that writes."""

    @property
    def beside(self) -> float:
        """Microseconds for a step, on both threads, beside the core."""
        return (sum(self.kept) + sum(self.log) + self.writer) / len(self.core) / 1000

    def row(self, name: str, usual: float) -> str:
        """A row of the table; `usual` is what is spent beside the core where all is done."""
        steps = len(self.core)
        parts = [statistics.median(each) / 1000 for each in (self.core, self.kept, self.log)]
        loop = (sum(self.core) + sum(self.kept) + sum(self.log)) / steps / 1000
        writer = self.writer / steps / 1000
        waited = [each * 1000 for each in (statistics.median(self.durable), max(self.durable))]
        shares = (self.beside / usual, self.beside / parts[0])
        cells = [f"{each:.0f}" for each in (*parts, loop, writer, self.beside)]
        cells += [*(f"{each:.2f}" for each in shares), *(f"{each:.0f}" for each in waited)]
        return f"| {name} | {' | '.join(cells)} |"


class Caller:
    """One call, driven as the driver does it, but for its audio."""

    def __init__(self, flow: Flow, store: Store | None, number: int, spent: Spent, *, logged: bool) -> None:
        self._flow, self._spent, self._logged = flow, spent, logged
        now = time.time_ns()
        self._began = time.monotonic()
        self._session = begin(flow, Call(f"{number}-{now}", "+919999", "+918888", "inbound", now // 1_000_000), {})
        self._kept: Kept | None = None if store is None else store.begin(flow, self._session)
        self._steps = 0
        self._keys = 0

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._session.phase == "done"

    @property
    def waits(self) -> bool:
        """Whether it waits for an answer."""
        return self._session.fetching is not None

    def go_on(self) -> None:
        """Take the next step."""
        at = self._at()
        session = self._session
        if self._steps >= STEPS:
            self._tell(HungUp(at))
        elif session.phase == "waiting":
            self._tell(Answered(at))
        elif session.playing and self._steps % 2:
            self._tell(PlaybackEnded(at, session.playing[-1]))
        else:
            self._tell(KeyPressed(at, KEYS[self._keys % len(KEYS)]))
            self._keys += 1

    def _at(self) -> int:
        return int((time.monotonic() - self._began) * 1000)

    def _tell(self, event: Event) -> None:
        clock = time.thread_time_ns
        before = self._session
        first = clock()
        self._session, effects = step(self._flow, before, event)
        second = clock()
        if self._kept is not None:
            self._kept.step(before, event, self._session, effects)
        third = clock()
        if self._logged:
            log_step(before, event, self._session, effects)
        fourth = clock()
        self._spent.core.append(second - first)
        self._spent.kept.append(third - second)
        self._spent.log.append(fourth - third)
        self._steps += 1
        self._perform(effects)

    def _perform(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            if isinstance(effect, Fetch):
                self._when_durable(partial(self._ask, effect.lookup, time.monotonic()))
        if self.over and self._kept is not None:
            self._kept.end(self._session)
            self._kept.when_durable(lambda: None)

    def _when_durable(self, deed: Callable[[], Any]) -> None:
        if self._kept is None:
            deed()
        else:
            self._kept.when_durable(deed)

    def _ask(self, lookup: int, since: float) -> None:
        self._spent.durable.append(time.monotonic() - since)
        asyncio.get_running_loop().call_later(ANSWERED_S, self._answer, lookup)

    def _answer(self, lookup: int) -> None:
        self._tell(LookupAnswered(self._at(), lookup, 200, {"content-type": "application/json"}, {"name": "Asha"}))


async def _paced(flow: Flow, store: Store | None, rate: int, spent: Spent, *, logged: bool) -> None:
    """Let callers take so many steps a second, in turn."""
    loop = asyncio.get_running_loop()
    callers = [Caller(flow, store, number, spent, logged=logged) for number in range(round(rate * CALLS_A_STEP))]
    for place, caller in enumerate(callers):  # They are anywhere in their calls.
        for _ in range(place % STEPS):
            if not caller.waits:
                caller.go_on()
    audio = asyncio.create_task(_hear(len(callers)))
    await asyncio.sleep(SETTLING_S)
    for part in (spent.core, spent.kept, spent.log, spent.durable):
        part.clear()
    writer = _writers_clock()
    before = writer()
    begun, due = loop.time(), 0
    while (now := loop.time()) < begun + SECONDS:
        while begun + due / rate <= now:
            place = due % len(callers)
            due += 1
            if callers[place].over:
                callers[place] = Caller(flow, store, place, spent, logged=logged)
            elif not callers[place].waits:
                callers[place].go_on()
        await asyncio.sleep(begun + due / rate - loop.time())
    spent.writer = writer() - before
    audio.cancel()


async def _hear(callers: int) -> None:
    """Take the audio of so many calls."""
    loop = asyncio.get_running_loop()
    begun, heard = loop.time(), 0
    while True:
        while heard < (loop.time() - begun) * callers * FRAMES:
            heard += 1
            for _ in range(MEDIA_TIMES):
                json.loads(MEDIA)
        await asyncio.sleep(MEDIA_S)


def _writers_clock() -> Callable[[], int]:
    """Gives the CPU time of the thread that writes; there is none without a store."""
    for thread in threading.enumerate():
        if thread.name == "store" and thread.ident is not None:
            return partial(time.clock_gettime_ns, time.pthread_getcpuclockid(thread.ident))
    return int


async def _measured(loaded: Loaded, variant: Variant, rate: int, folder: Path) -> Spent:
    spent = Spent()
    store = None
    if variant.store:
        store = Store(f"sqlite:///{folder / 'ivr.db'}", "a key", keep=DAY_MS if variant.journal else 0)
        await store.open()
        await store.keep_flows(loaded)
    with (folder / "log").open("w", buffering=1) as stream:
        set_up(variant.log or "text", logging.INFO if variant.log else logging.ERROR, stream)
        await _paced(loaded.flows["main"], store, rate, spent, logged=variant.log is not None)
        await asyncio.sleep(SETTLING_S)  # The last answers come.
    if store is not None:
        await store.aclose()
    return spent


def _hot(flow: Flow) -> float:
    """Microseconds of a step of the core where nothing else is done, the median."""
    session, taken = begin(flow, Call("hot", "+91", "+92", "inbound", 0), {}), []
    session, _ = step(flow, session, Answered(0))
    for at in range(1, HOT):
        event = PlaybackEnded(at, session.playing[-1]) if session.playing and at % 2 else KeyPressed(at, "1")
        before = time.thread_time_ns()
        session, _ = step(flow, session, event)
        taken.append(time.thread_time_ns() - before)
    return statistics.median(taken) / 1000


def main() -> None:
    """Print a table for each rate: microseconds of CPU for a step, on both threads, of each call of ours the median."""
    loaded = load_sources({"main.yaml": read(FLOW, "main.yaml")})
    if wrong := [each for each in loaded.findings if each.severity == "error"]:
        raise SystemExit(f"the flow is wrong: {wrong[0]}")
    print(f"core.step, one after the other: {_hot(loaded.flows['main']):.1f} µs (median of {HOT:,})")
    for rate in RATES:
        print(f"\n{rate} steps a second, µs of CPU for each:\n\n{HEADING}", flush=True)
        usual = None
        for variant in VARIANTS:
            with tempfile.TemporaryDirectory() as folder:
                spent = asyncio.run(_measured(loaded, variant, rate, Path(folder)))
            usual = usual or spent.beside
            print(spent.row(variant.name, usual), flush=True)


if __name__ == "__main__":
    main()
