"""What all processes that speak or listen have in common, on either side of their pipes: the start, an error, the end.

A child is a module that is run by `python -m`. It lives as long as its parent: the end of standard input is its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import struct
import sys
import threading
import traceback
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO, TypeVar

Request = TypeVar("Request")

_END_SECONDS = 2.0
"""For a process to end whose pipes are closed."""


# The side of the parent


def command(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs a module as a child."""
    return sys.executable, "-m", module, *arguments


def environment() -> Mapping[str, str]:
    """The environment of a child."""
    # Children share the processors: threads that NumPy starts for each core would only get in the way.
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1"}


def how_ended(code: int) -> str:
    """Say how a process ended that returned this, as of `subprocess.Popen.returncode`."""
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


@dataclass(frozen=True, slots=True)
class Child:
    """A running process, and the two ends of its pipes."""

    process: Process
    requests: asyncio.StreamWriter
    answers: asyncio.StreamReader

    def kill(self) -> None:
        """End it at once: it holds nothing that could be lost."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    async def stop(self) -> None:
        """End it at once, and clean up behind it."""
        self.requests.close()
        self.kill()
        await self.process.communicate()

    async def let_end(self) -> None:
        """Wait a while for it to end by itself."""
        self.requests.close()
        # To kill a process that has just ended would take its exit code away from who waits for it.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.process.wait(), _END_SECONDS)

    @property
    def end(self) -> str:
        """How it ended, once it has."""
        return how_ended(self.process.returncode or 0)


async def started(module: str, *arguments: str) -> Child:
    """Run a module as a child; OSError if it can't be."""
    process = await asyncio.create_subprocess_exec(
        *command(module, *arguments), stdin=PIPE, stdout=PIPE, env=environment()
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("a process started with pipes has none")
    return Child(process, process.stdin, process.stdout)


# The side of the child


def serving(length: struct.Struct, decode: Callable[[bytes], Request]) -> tuple[SimpleQueue[Request], BinaryIO]:
    """Begin to be a child: what the parent asks from now on, each behind its length, and where it is answered.

    From then on the process ends with its parent, even in the middle of a request that hangs.
    """
    # A terminal's Ctrl-C and a service manager's SIGTERM reach all processes, but the parent still has calls
    # to end, with words that may have to be spoken.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    requests: SimpleQueue[Request] = SimpleQueue()
    incoming = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    outgoing = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints must not pass for an answer

    def receive() -> None:
        try:
            while head := incoming.read(length.size):
                requests.put(decode(incoming.read(*length.unpack(head))))
        finally:  # also if the parent died in the middle of a request
            os._exit(0)

    threading.Thread(target=receive, daemon=True).start()
    return requests, outgoing


def place(error: Exception) -> str:
    """Say where something failed; the message of an error could hold what a caller said, or is told."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(at.filename).name}:{at.lineno}"
