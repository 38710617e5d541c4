"""`ivr serve` as a process of its own, for tests of what only processes can show."""

from __future__ import annotations

import asyncio
import itertools
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PATIENCE_S = 60
_servers = itertools.count()
MENU = """
start: choose
nodes:
  choose: {type: menu, prompt: For your balance press 1., timeout: 10m, choices: [{press: 1, next: bye}]}
  bye: {type: hangup, prompt: Goodbye.}
"""


@dataclass(slots=True)
class Program:
    """A running `ivr serve`."""

    process: Process
    log: Path
    url: str = ""

    async def ready(self) -> None:
        """Wait until callers are served."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            first = (await self.process.stdout.readline()).decode()
        assert first.startswith("ready http://"), self.log.read_text()
        self.url = first.removeprefix("ready ").strip()

    async def logged(self, text: str) -> None:
        """Wait for a text in the log."""
        await until(lambda: text in self.log.read_text())

    async def exit_code(self) -> int:
        """Wait for the end."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()

    def helpers(self) -> list[int]:
        """The processes that it started."""
        return children(self.process.pid)


@asynccontextmanager
async def serving(
    folder: Path, prompts: Path, *flags: str, flow: str = MENU, log_format: str = "text"
) -> AsyncIterator[Program]:
    """Serve a flow, with the data directory in the same folder as other servers that are started in it."""
    flows, data = folder / "flows", folder / "data"
    if not flows.is_dir():
        flows.mkdir()
        data.mkdir()
        (flows / "main.yaml").write_text(flow)
        (data / "prompts").symlink_to(prompts)
    log = folder / f"log-{next(_servers)}"
    program = ("-m", "ivr", "serve", str(flows), "--port", "0", "--jobs", "1", "--data-dir", str(data))
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *program, "--log-format", log_format, *flags), stdin=DEVNULL, stdout=PIPE, stderr=errors
        )
    try:
        yield Program(process, log)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - another process does it, and tells nobody
            await asyncio.sleep(0.02)


async def all_gone(pids: list[int]) -> None:
    """Wait until no process of these runs any more."""
    await until(lambda: not any(map(runs, pids)))


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"  # Who is to reap it may be no concern of ours.


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in Linux's /proc")
