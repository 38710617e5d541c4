"""What is compared with us and is no part of us: fetched once, into a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

PIPECAT = ("pipecat-ai[websocket]==1.14.0", "uvicorn==0.54.0", "uvloop==0.23.0")
WS = "ws@8.23.0"


@dataclass(frozen=True, slots=True)
class Packages:
    """What there is."""

    pipecat: Path | None
    """A Python that has Pipecat, uvicorn and uvloop."""
    node: Path | None
    """A `node_modules` with `ws` in it."""
    missing: tuple[str, ...] = ()
    """What can't be had, and why."""


def find(pipecat: Path | None, node: Path | None, fetch: bool) -> Packages:
    """Take what is named, else what was fetched before, else fetch it where that is wanted."""
    missing = [] if has_picows() else ["picows and `--media fast` are left out: pip install 'ivr[fast]'"]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ivr-benchmarks"
    if pipecat is None:
        pipecat = cache / "pipecat" / "bin" / "python"
        if not _has_pipecat(pipecat):
            why = _fetch_pipecat(cache / "pipecat") if fetch else "it is not fetched"
            missing += [f"Pipecat is left out: {why}"] if why else []
    if node is None:
        node = cache / "node" / "node_modules"
        if not (node / "ws").is_dir():
            why = _fetch_ws(cache / "node") if fetch else "it is not fetched"
            missing += [f"Node's ws is left out: {why}"] if why else []
    return Packages(pipecat if _has_pipecat(pipecat) else None, node if _has_node(node) else None, tuple(missing))


def has_picows() -> bool:
    """Tell whether there are picows and uvloop, which are an extra of ours."""
    return all(map(find_spec, ("picows", "uvloop")))


def _has_pipecat(python: Path) -> bool:
    return python.is_file() and not _failure((str(python), "-c", "import pipecat, uvicorn, uvloop"))


def _has_node(modules: Path) -> bool:
    return shutil.which("node") is not None and (modules / "ws").is_dir()


def _fetch_pipecat(folder: Path) -> str:
    print(f"fetching Pipecat into {folder}", file=sys.stderr, flush=True)
    venv.create(folder, clear=True, with_pip=True)
    return _failure((str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *PIPECAT))


def _fetch_ws(folder: Path) -> str:
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "there is no Node with npm"
    print(f"fetching ws into {folder}", file=sys.stderr, flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    return _failure(("npm", "install", "--silent", "--prefix", str(folder), WS))


def _failure(command: Sequence[str]) -> str:
    """Run a command, and tell in one line how it failed; nothing if it did not."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
    return said[-1][:200] if done.returncode else ""
