"""Calls in trouble, from the first to the last, and what is left of them and of their servers."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from ivr.desk.facts import Manners
from tests.chaos.callers import Caller, script
from tests.chaos.machines import Machine, Usage, of_session, usage
from tests.chaos.records import live_sessions
from tests.chaos.service import Mood, Service, serving
from tests.chaos.troubles import Kind, Mischief, Trouble
from tests.postgresql import PostgreSQL

FLOWS = Path(__file__).parent / "flows"
STREAM_KEY = "a key that all machines of an ordeal share"
FLAGS = (
    *("--jobs", "1", "--recognisers", "0", "--sphinx-recognisers", "0", "--log-format", "json", "--drain", "0s"),
    *("--stream-key", STREAM_KEY, "--allow-private", "--allow-env", "CHAOS_URL", "--max-calls", "500"),
)
QUIET_S = 20
"""How long idle connections and the like may stay after the last call."""
ODD_MANNERS = 0.2
"""The share of calls whose marks never come."""
MOODS: dict[str, tuple[tuple[Mood, ...], ...]] = {
    "/account": (("well",), ("well",), ("slow",), ("fails",), ("stalls",)),
    "/pin": (("well",), ("well",), ("fails",), ("stalls",), ("fails", "fails", "fails")),
}
"""How the lookups of a call may fare: one of each row."""


@dataclass(frozen=True, slots=True)
class Ordeal:
    """What is to happen."""

    calls: int
    over: float
    """Seconds over which the calls begin."""
    troubles: tuple[Trouble, ...] = ()
    hosts: tuple[str, ...] = ("127.0.0.1",)
    """One machine each; streams come back to the next one."""
    workers: int = 2
    seed: int = 1


@dataclass(slots=True)
class Survived:
    """What is left afterwards."""

    callers: Sequence[Caller]
    service: Service
    happened: dict[Kind, int]
    database: str
    """Its URL."""
    before: dict[int, Usage] = field(default_factory=dict)
    """What processes held before the first call."""
    after: dict[int, Usage] = field(default_factory=dict)
    """What they hold after the last one."""
    connections: tuple[int, int] = (0, 0)
    """To PostgreSQL: before the first call, and after the end of the servers."""
    exit_codes: tuple[int, ...] = ()
    left: tuple[int, ...] = ()
    """Processes that did not end with their server."""
    logs: str = ""


async def endure(ordeal: Ordeal, folder: Path, prompts: Path, store: PostgreSQL | None = None) -> Survived:
    """Let it happen.

    Args:
        ordeal: what is to happen.
        folder: for all that is kept.
        prompts: a cache of synthesised prompts.
        store: what gives a new database; without it the store is a file in the folder.
    """
    chance = random.Random(ordeal.seed)
    file = folder / "ivr.db"
    database = f"sqlite:///{file}" if store is None else store.database()
    async with serving() as service, _machines(ordeal, folder, prompts, service.url, database) as machines:
        callers = [_caller(number, chance, service, machines) for number in range(ordeal.calls)]
        mischief = Mischief(callers, machines, store or str(file), chance, {})
        survived = Survived(callers, service, mischief.happened, database)
        pooled = (urlsplit(service.url).port or 0, store.port if store else 0)
        survived.before = _held(machines, pooled)
        connected = store.connections(database) if store else 0
        async with asyncio.TaskGroup() as group:
            for number, caller in enumerate(callers):
                pause = ordeal.over * number / ordeal.calls
                group.create_task(_live(caller, pause, _round_robin(machines, number), _next_host(ordeal.hosts)))
            group.create_task(mischief.happens(ordeal.troubles))
        await _nothing_goes_on(database)
        survived.after = await _settled(machines, survived.before, pooled)
        sessions = [machine.session for machine in machines]
        survived.exit_codes = tuple([await machine.stop() for machine in machines])
        survived.left = tuple(pid for session in sessions for pid in of_session(session))
        survived.connections = (connected, store.connections(database) if store else 0)
        survived.logs = "\n".join(machine.log.read_text() for machine in machines)
    return survived


@asynccontextmanager
async def _machines(
    ordeal: Ordeal, folder: Path, prompts: Path, service: str, database: str
) -> AsyncIterator[list[Machine]]:
    """Machines that run; what is left of them is killed."""
    flags = (*FLAGS, "--workers", str(ordeal.workers), "--database", database)
    port = _free_port(ordeal.hosts)
    async with AsyncExitStack() as stack:
        machines = []
        for number, host in enumerate(ordeal.hosts):
            data = folder / f"data-{number}"
            data.mkdir()
            (data / "prompts").symlink_to(prompts)
            environ = {"CHAOS_URL": service}
            machine = Machine(host, port, FLOWS, data, flags, environ, folder / f"log-{number}")
            stack.push_async_callback(machine.kill)
            await machine.start()
            machines.append(machine)
        yield machines


def _caller(number: int, chance: random.Random, service: Service, machines: Sequence[Machine]) -> Caller:
    own = random.Random(chance.random())
    for path, moods in MOODS.items():
        service.moods[f"call-{number}", path] = own.choice(moods)
    manners = Manners(returns=True, acknowledges=own.random() >= ODD_MANNERS)

    def deaths() -> list[int]:
        return [at for machine in machines for at in machine.killed]

    return Caller(f"call-{number}", script(own), manners, own, deaths)


async def _live(caller: Caller, pause: float, server: Callable[[], str], returns_to: Callable[[str], str]) -> None:
    await asyncio.sleep(pause)
    await caller.lives(server, returns_to)


def _round_robin(machines: Sequence[Machine], first: int) -> Callable[[], str]:
    """The address of a machine to call, of the next one each time."""
    turn = first - 1

    def server() -> str:
        nonlocal turn
        turn += 1
        return machines[turn % len(machines)].url

    return server


def _next_host(hosts: Sequence[str]) -> Callable[[str], str]:
    """The way of a stream from machine to machine."""

    def elsewhere(address: str) -> str:
        parts = urlsplit(address)
        host = hosts[(hosts.index(parts.hostname or "") + 1) % len(hosts)]
        return urlunsplit(parts._replace(netloc=f"{host}:{parts.port}"))

    return elsewhere


def _held(machines: Sequence[Machine], pooled: Collection[int]) -> dict[int, Usage]:
    return usage((pid for machine in machines for pid in machine.processes()), pooled)


async def _nothing_goes_on(database: str) -> None:
    """Wait until the work after the last call is done, or a while has passed."""
    for _ in range(QUIET_S * 4):
        if not live_sessions(database):
            return
        await asyncio.sleep(0.25)


async def _settled(
    machines: Sequence[Machine], before: Mapping[int, Usage], pooled: Collection[int]
) -> dict[int, Usage]:
    """What processes hold once none has more sockets than any had before, or a while has passed."""
    most = max(held.sockets for held in before.values())
    for _ in range(QUIET_S * 4):
        now = _held(machines, pooled)
        if all(held.sockets <= most for held in now.values()):
            break
        await asyncio.sleep(0.25)
    return now


def _free_port(hosts: Sequence[str]) -> int:
    """One that is free at all addresses."""
    with socket.socket() as taken:
        taken.bind(("0.0.0.0" if len(hosts) > 1 else hosts[0], 0))  # noqa: S104  nobody listens
        return int(taken.getsockname()[1])
