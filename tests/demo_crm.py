"""The demo service of the example flows, as `make serve` starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.recorded import FLOWS


@contextmanager
def running(token: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Its address, for whoever has the token, and its process, which ends with this block."""
    command = [sys.executable, str(FLOWS / "demo_service.py"), "0"]
    environment = {**os.environ, "IVR_SECRET_CRM_TOKEN": token}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1], process
        finally:
            process.stdin.close()
            process.wait(10)
