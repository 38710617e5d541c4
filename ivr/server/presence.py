"""Servers of one machine that share an address know of each other, so that one may leave it to the next."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

FOLDER = "run"
SUFFIX = ".server"
_NETWORK = Path("/proc/self/ns/net")


class Presence:
    """A server that may say that it is there: by a file that it keeps locked, until it withdraws or is gone."""

    def __init__(self, data: Path, address: str) -> None:
        """Prepare to be present at an address; servers meet only in the same data directory."""
        self.address = address
        self._folder = data / FOLDER
        self._file = self._folder / f"{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
        self._lock: int | None = None

    def announce(self) -> None:
        """Be present; OSError if that can't be written."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = self._file.with_suffix(".new")
        lock = os.open(made, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            # It is locked before others can see it: what they can lock they take for dead.
            fcntl.flock(lock, fcntl.LOCK_EX)
            os.write(lock, json.dumps(self._place()).encode())
            made.rename(self._file)
        except BaseException:
            os.close(lock)
            raise
        self._lock = lock

    def withdraw(self) -> None:
        """Be present no more: what ends is nobody's successor."""
        if self._lock is not None:
            self._file.unlink(missing_ok=True)
            self.leave_to_parent()

    def leave_to_parent(self) -> None:
        """In a worker: hold nothing of what the parent holds, so that its death is seen."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def others(self) -> bool:
        """Whether another server is present at the address."""
        return any(self._is_here(file) for file in self._files())

    def _files(self) -> Iterator[Path]:
        with contextlib.suppress(OSError):
            yield from (file for file in self._folder.iterdir() if file.suffix == SUFFIX and file != self._file)

    def _is_here(self, file: Path) -> bool:
        try:
            other = os.open(file, os.O_RDONLY)
        except OSError:  # It has just withdrawn.
            return False
        try:
            fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            with contextlib.suppress(ValueError):
                return bool(json.loads(os.read(other, 1000)) == self._place())
        else:  # Whoever locked it is dead.
            file.unlink(missing_ok=True)
        finally:
            os.close(other)
        return False

    def _place(self) -> dict[str, object]:
        """The address, and the network that it is an address of: containers may share a directory."""
        try:
            network = _NETWORK.stat().st_ino
        except OSError:
            network = 0
        return {"address": self.address, "host": socket.gethostname(), "network": network}
