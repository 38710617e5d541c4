"""A server of its own for a single call."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import IO

from ivr.desk.errors import DeskError, Unreachable

READY_S = 300
"""How long a server may take to be ready: the first time it synthesises all prompts of all flows beside this one."""
STOP_S = 10
"""How long it may take to end; it is killed then."""
_READY = "ready "
"""How the line begins on which a server tells its URL."""
_LOG_LINES = 8


@asynccontextmanager
async def fresh_server(folder: Path, flags: Sequence[str] = ()) -> AsyncIterator[str]:
    """Serve the flows of a folder as long as the block lasts, and give the server's URL.

    A DeskError that leaves the block is noted where the server's log is; else the log is removed.

    Raises:
        Unreachable: the server does not start.
    """
    with _log() as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ivr", "serve", str(folder), "--port", "0", "--drain", "0s", *flags),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            process_group=0,  # Ctrl-C at the terminal is for the caller, who hangs up first.
        )
        try:
            yield await _url(process, log)
        finally:
            await _stop(process)


@contextmanager
def _log() -> Iterator[IO[bytes]]:
    with tempfile.NamedTemporaryFile(prefix="ivr-serve-", suffix=".log", delete=False) as log:
        kept = False
        try:
            yield log
        except DeskError as error:
            error.add_note(f"the server's log is in {log.name}")
            kept = True
            raise
        finally:
            if not kept:
                Path(log.name).unlink()


async def _url(process: asyncio.subprocess.Process, log: IO[bytes]) -> str:
    """Wait for the line that says that the server is ready."""
    output = process.stdout
    try:
        async with asyncio.timeout(READY_S):
            while output is not None and (line := (await output.readline()).decode(errors="replace")):
                if line.startswith(_READY):
                    return line.removeprefix(_READY).strip()
            code = await process.wait()
    except TimeoutError:
        raise Unreachable(f"the server was not ready within {READY_S} s") from None
    raise Unreachable(f"the server did not start (exit code {code}):\n{_last_lines(log)}")


def _last_lines(log: IO[bytes]) -> str:
    log.seek(0)
    return "\n".join(log.read().decode(errors="replace").splitlines()[-_LOG_LINES:])


async def _stop(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_S)
    except BaseException as error:
        # Also where Ctrl-C came once more while this waited: no server stays behind.
        with suppress(ProcessLookupError):
            process.kill()
        if not isinstance(error, TimeoutError):
            raise
    await process.wait()
