"""A PostgreSQL of the tests' own: Debian's programs on a cluster in a temporary directory, which can stop and stall."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

PACKAGE = "postgresql"
"""Debian's name of what is needed."""
MISSING = f"there is no PostgreSQL here: Debian's package `{PACKAGE}` has it"
"""Why tests that need it are left out."""
USER = "ivr"
"""Who connects; nobody asks for a password."""

_DEBIAN = Path("/usr/lib/postgresql")
_UNPRIVILEGED = ("postgres", "nobody")
"""PostgreSQL refuses to run as root, and then runs as the first of these that the machine knows."""
_READY_S = 60
_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
"""What is kept need not outlive the machine, so nothing waits for a disk."""


def programs() -> Path | None:
    """The directory of `initdb` and `postgres`: Debian's newest, else what the path leads to; None if there is none."""
    versions = [each for each in _DEBIAN.glob("*/bin") if (each / "initdb").exists() and (each / "postgres").exists()]
    if versions:
        return max(versions, key=lambda each: int(each.parent.name))
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@dataclass(slots=True)
class PostgreSQL:
    """One cluster, whose processes are started, stopped and suspended as a test wants."""

    programs: Path
    folder: Path
    port: int
    _process: subprocess.Popen[bytes] | None = None
    _databases: int = 0
    _suspended: list[int] = field(default_factory=list)

    def url(self, database: str = "postgres") -> str:
        """The address of a database, as SQLAlchemy takes it."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{database}"

    def database(self) -> str:
        """The address of a new, empty database."""
        self._databases += 1
        name = f"test{self._databases}"
        self.ask(f"CREATE DATABASE {name}")
        return self.url(name)

    def ask(self, statement: str, database: str = "postgres") -> list[str]:
        """Run a statement, and return the rows that it gives, as text."""
        tool = (str(self.programs / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1")
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", database)
        done = subprocess.run((*tool, *where, "-c", statement), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def connections(self, url: str) -> int:
        """How many connections the database of an address has."""
        database = url.rpartition("/")[2]
        return int(self.ask(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'")[0])  # noqa: S608 - ours

    def start(self) -> None:
        """Run it, and come back when it takes connections."""
        with (self.folder / "log").open("ab") as log:
            self._process = _as_nobody(
                str(self.programs / "postgres"),
                *("-D", str(self.folder / "data"), "-p", str(self.port), "-h", "127.0.0.1", "-k", ""),
                *(part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")),
                stdout=log,
            )
        deadline = time.monotonic() + _READY_S
        ready = (str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port))
        while subprocess.run(ready, check=False).returncode:
            ended = self._process.poll() is not None or time.monotonic() > deadline
            assert not ended, (self.folder / "log").read_text(errors="replace")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it at once, with all its connections."""
        self.resume()
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(_READY_S)
            self._process = None

    def suspend(self) -> None:
        """Let nothing of it run until `resume`: connections stay open, and nobody answers."""
        assert self._process is not None
        own = self._process.pid
        os.kill(own, signal.SIGSTOP)  # Before its children, so that there are no further ones.
        children = Path(f"/proc/{own}/task/{own}/children").read_text().split()
        self._suspended = [own, *map(int, children)]
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it run again."""
        self._signal_all(signal.SIGCONT)
        self._suspended = []

    def _signal_all(self, each: signal.Signals) -> None:
        for process in self._suspended:
            with suppress(ProcessLookupError):
                os.kill(process, each)


@contextmanager
def running() -> Iterator[PostgreSQL]:
    """A cluster that runs as long as the block lasts.

    Raises:
        FileNotFoundError: there is no PostgreSQL on this machine.
    """
    found = programs()
    if found is None:
        raise FileNotFoundError(MISSING)
    # Not within pytest's own directory, which only its owner may enter.
    with tempfile.TemporaryDirectory(prefix="ivr-postgresql-") as name:
        folder = Path(name)
        if (user := _unprivileged()) is not None:
            shutil.chown(folder, user)
        options = ("--no-sync", "--encoding=UTF8", "--locale=C", "--auth=trust", f"--username={USER}")
        with (folder / "log").open("wb") as log:
            made = _as_nobody(str(found / "initdb"), "-D", str(folder / "data"), *options, stdout=log)
            assert made.wait(_READY_S) == 0, (folder / "log").read_text()
        cluster = PostgreSQL(found, folder, _free_port())
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


def _as_nobody(*command: str, stdout: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a program that refuses to run as root."""
    user = _unprivileged()
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        cwd="/",
        user=user,
        group=None if user is None else pwd.getpwnam(user).pw_gid,
        extra_groups=None if user is None else (),
    )


def _unprivileged() -> str | None:
    """Who is to run it; None where that may be the user of the tests."""
    if os.getuid() != 0:
        return None
    known = {each.pw_name for each in pwd.getpwall()}
    return next(name for name in _UNPRIVILEGED if name in known)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
