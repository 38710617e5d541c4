"""Machines that run `ivr serve` with all its processes, which can be counted, weighed and killed."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

READY_S = 90
END_S = 60
_PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process holds."""

    resident_kb: int
    descriptors: int
    sockets: int
    """Those of carriers and of its own; not those of pools, which stay open a while."""
    threads: int


@dataclass(slots=True)
class Machine:
    """One `ivr serve`, which may be started again and again with the same flags."""

    host: str
    port: int
    flows: Path
    data: Path
    flags: tuple[str, ...]
    environ: Mapping[str, str]
    log: Path
    killed: list[int] = field(default_factory=list)
    """When something of it was killed, in milliseconds of the monotonic clock."""
    _process: Process | None = None

    @property
    def url(self) -> str:
        """Where its webhooks are."""
        return f"http://{self.host}:{self.port}"

    @property
    def session(self) -> int:
        """The session (setsid) of all its processes."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Run it, and come back when callers are served."""
        where = ("--host", self.host, "--port", str(self.port), "--data-dir", str(self.data))
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "ivr", "serve", str(self.flows), *where, *self.flags),
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=log,
                env={**os.environ, **self.environ},
                start_new_session=True,
            )
        assert self._process.stdout is not None
        async with asyncio.timeout(READY_S):
            first = (await self._process.stdout.readline()).decode()
        assert first.startswith("ready "), self.log.read_text()

    async def stop(self) -> int:
        """Tell it to end, wait, and give its exit code."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            self._process.terminate()
        async with asyncio.timeout(END_S):
            await self._process.communicate()
        return self._process.returncode or 0

    async def kill(self) -> None:
        """Kill everything of it at the same moment, as a power cut would."""
        if self._process is None:
            return
        self.killed.append(milliseconds())
        for pid in self.processes():
            _kill(pid)
        await self._process.communicate()

    def kill_worker(self, chance: random.Random) -> bool:
        """Kill one of the processes that have calls; False if none runs."""
        alive = sorted(set(self.workers()) & set(self.processes()))
        if alive:
            self.killed.append(milliseconds())
            _kill(chance.choice(alive))
        return bool(alive)

    def processes(self) -> list[int]:
        """All of them, also such as nobody waits for any more."""
        return of_session(self.session)

    def workers(self) -> list[int]:
        """Those that have calls: what the supervisor forked, or the only one."""
        own = self.session
        forked = [pid for pid in self.processes() if _parent(pid) == own and _command(pid) == _command(own)]
        return forked or [own]


def milliseconds() -> int:
    """Now, by the clock of the callers."""
    return time.monotonic_ns() // 1_000_000


def usage(pids: Iterable[int], pooled: Collection[int]) -> dict[int, Usage]:
    """What processes hold; connections to `pooled` ports are not counted, and processes that are gone are left out."""
    others = _connected_to(pooled)
    found = {}
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            found[pid] = _usage(pid, others)
    return found


def _usage(pid: int, others: Collection[str]) -> Usage:
    folder = Path(f"/proc/{pid}")
    resident = int((folder / "statm").read_text().split()[1]) * _PAGE_KB
    links = []
    for each in (folder / "fd").iterdir():
        with suppress(FileNotFoundError):
            links.append(str(each.readlink()))
    sockets = sum(link.startswith("socket:") and link not in others for link in links)
    return Usage(resident, len(links), sockets, len(list((folder / "task").iterdir())))


def _connected_to(ports: Collection[int]) -> frozenset[str]:
    """The sockets of the machine that are connected to some ports, as /proc names them."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return frozenset(f"socket:[{row[9]}]" for row in rows if int(row[2].partition(":")[2], 16) in ports)


def of_session(session: int) -> list[int]:
    """The processes of a session (setsid), but those that have ended and wait to be reaped."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            state, _, _, owner = (each / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(owner) == session and state != "Z":
                found.append(int(each.name))
    return sorted(found)


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
