"""A command with all its processes, whose processor time and memory are read from outside (proc(5))."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.machines import of_session

READY_S = 120.0
"""The first start of a server may render prompts, and import much."""
CALM_S, GLANCE_S, IDLE = 20.0, 0.5, 0.05
"""How long a server may be busy with itself; over what time it is looked at; and the share of a core that is calm."""
END_S = 10.0


@dataclass(frozen=True, slots=True)
class Running:
    """A command that runs in a session (setsid) of its own."""

    process: Process
    log: Path

    async def line(self, patience: float) -> str:
        """Take the next line that it prints.

        Raises:
            TimeoutError: none came in time.
            ChildProcessError: it has ended instead; the end of its log is told.
        """
        assert self.process.stdout is not None
        async with asyncio.timeout(patience):
            line = (await self.process.stdout.readline()).decode().strip()
        if not line:
            raise ChildProcessError(f"a process has ended: {self.log.read_text(errors='replace')[-2000:]}")
        return line

    def say(self, line: str) -> None:
        """Write a line to its stdin."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())

    def seconds(self) -> float:
        """Tell how much processor time all threads of all its processes have had so far."""
        nanoseconds = 0
        for pid in of_session(self.process.pid):
            for each in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                with suppress(FileNotFoundError, ProcessLookupError):
                    nanoseconds += int(each.read_text().split()[0])
        return nanoseconds / 1e9

    async def calm(self) -> None:
        """Wait until it has done what it does after its start."""
        for _ in range(int(CALM_S / GLANCE_S)):
            before = self.seconds()
            await asyncio.sleep(GLANCE_S)
            if self.seconds() - before < IDLE * GLANCE_S:
                return

    def memory(self) -> int:
        """Tell how many bytes of their own all its processes hold; what they share by forking is counted once.

        That is `Pss_Anon`: files, which other programs may read too, are left out.
        """
        kilobytes = 0
        for pid in of_session(self.process.pid):
            with suppress(FileNotFoundError, ProcessLookupError):
                for row in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    if row.startswith("Pss_Anon:"):
                        kilobytes += int(row.split()[1])
        return kilobytes * 1024


@asynccontextmanager
async def running(
    command: Sequence[str], log: Path, environ: Mapping[str, str] | None = None
) -> AsyncIterator[Running]:
    """Run a command for as long as the block lasts; it is told to end, and then killed with all that it started."""
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=errors,
            env={**os.environ, **(environ or {})},
            start_new_session=True,
        )
    try:
        yield Running(process, log)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await process.communicate()
        for pid in of_session(process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await process.wait()


async def run(command: Sequence[str], folder: Path) -> None:
    """Run a command to its end, silently.

    Raises:
        ChildProcessError: it fails; what it said at last is told.
        FileNotFoundError: there is no such program.
    """
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdin=DEVNULL, stdout=PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise ChildProcessError(f"{' '.join(command)}: {said.decode(errors='replace')[-500:]}")
