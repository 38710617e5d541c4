"""`ivr serve` with the example flows and calls that are over: a process of its own, whose console is looked at."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ivr.calls.store.engine import database_url
from tests.recorded import FLOWS, some

NOWHERE = "http://127.0.0.1:9"
"""Where no service is."""
KEYS_ONLY = {"IVR_RECOGNISERS": "0", "IVR_SPHINX_RECOGNISERS": "0"}
"""For those who say nothing, and need not wait for models."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running `ivr serve`."""

    url: str
    data: Path
    """The data directory."""

    @property
    def database(self) -> str:
        """The URL of the store."""
        return database_url(None, self.data)


@contextmanager
def serving(data: Path, *flags: str, calls: int = 0, crm: str = NOWHERE, **settings: str) -> Iterator[Served]:
    """Serve the example flows, with so many recorded calls, until the end of the block.

    Args:
        data: the data directory.
        flags: further ones of the command line.
        calls: how many are in the store.
        crm: the demo service.
        settings: further variables of the environment.
    """
    if calls:
        some(database_url(None, data), calls)
    command = [sys.executable, "-m", "ivr", "serve", str(FLOWS), "--port", "0", "--data-dir", str(data), *flags]
    known = {"IVR_SECRET_CRM_TOKEN": "demo", "CRM_URL": crm, "IVR_ALLOW_ENV": "CRM_URL", "IVR_ALLOW_PRIVATE": "true"}
    log = data / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ, **known, **settings}
        )
    with process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("ready http://"), log.read_text()
        try:
            yield Served(first.removeprefix("ready ").strip(), data)
        finally:
            process.terminate()
