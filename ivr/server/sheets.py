"""Where each worker of a server writes what it counts, so that any of them can tell the sum."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from prometheus_client import CollectorRegistry
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from ivr.logs import log
from ivr.server.presence import FOLDER

SUFFIX = ".metrics"
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
"""The variable in which prometheus_client looks for the directory."""
ROOM = 256 * 1024
"""Bytes of a file, enough for a thousand values. They are taken from the disk at once, because a process that writes
into a mapped file for which there is no room any more is killed."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)

# The package has types, but not for these.
_mapped: Callable[[str], Any] = MmapedDict
_collect: Callable[[CollectorRegistry, str], object] = MultiProcessCollector
_mark_dead: Callable[[int, str], None] = mark_process_dead

logger = logging.getLogger(__name__)

Kind = Literal["counter", "histogram", "gauge_livesum", "gauge_livemin", "told"]
"""How what workers count becomes one number: counters and histograms are summed, also over workers that died; gauges
of those that live are summed, or the least of them counts. `told` is what each worker knows of the whole server."""
_WRITTEN: tuple[Kind, ...] = ("counter", "histogram", "gauge_livesum", "gauge_livemin")
_KEPT: tuple[Kind, ...] = ("counter", "histogram")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric, or one family of them by their labels."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


Labels = tuple[str, ...]
Sample = tuple[Metric, str, Labels, float]
"""A metric, what follows its name where it is a histogram, the values of its labels, and its own."""


class Sheet:
    """What one worker counts.

    The files are those of prometheus_client's multiprocess mode. Its own counters write into them each time, which
    costs more than the rest of counting; here all that has changed is written now and then. A worker that takes the
    place of one that died counts on where that ended, so there are never more files than for each worker.
    """

    def __init__(self, directory: Path, worker: int) -> None:
        """Open the files of a worker; OSError if there is no room for them."""
        self._files = {kind: _file(directory / f"{kind}_{worker}.db") for kind in _WRITTEN}
        self._before = {key: value for kind in _KEPT for key, value, _ in self._files[kind].read_all_values()}
        self._keys: dict[tuple[str, str, Labels], str] = {}
        self._now: dict[str, float] = {}

    def write(self, samples: Iterable[Sample]) -> None:
        """Write what has changed of all that this worker has counted since it began."""
        for metric, suffix, labels, value in samples:
            place = metric.name, suffix, labels
            key = self._keys.get(place) or self._keys.setdefault(place, _key(metric, suffix, labels))
            if self._now.get(key) != value:
                self._now[key] = value
                self._files[metric.kind].write_value(key, self._before.get(key, 0.0) + value, 0.0)

    def close(self) -> None:
        """Write no more."""
        for each in self._files.values():
            each.close()


def sheet(worker: int) -> Sheet | None:
    """The sheet of a worker; None where there is no directory for it, or no room in it."""
    if (directory := _directory()) is None:
        return None
    try:
        return Sheet(directory, worker)
    except OSError as error:
        _tell(error)
        return None


def forget(worker: int) -> None:
    """A worker has ended: what it counted stays, and what was true of it while it lived is gone."""
    if (directory := _directory()) is not None:
        with contextlib.suppress(OSError):
            _mark_dead(worker, str(directory))


def collect(registry: CollectorRegistry) -> None:
    """Let a registry tell what all workers have written."""
    if (directory := _directory()) is not None:
        _collect(registry, str(directory))


@contextmanager
def directory_of_workers(data: Path) -> Iterator[None]:
    """Have a directory for all workers, to be made before they are forked, until the server ends.

    Those of servers that were killed are removed. Without room for one nothing is counted, and all else goes on.

    Raises:
        OSError: the data directory can't be used.
    """
    try:
        made, lock = _made(data / FOLDER)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        _tell(error)
        yield
        return
    before = os.environ.get(DIRECTORY)
    os.environ[DIRECTORY] = str(made)
    try:
        yield
    finally:
        del os.environ[DIRECTORY]
        if before is not None:
            os.environ[DIRECTORY] = before
        shutil.rmtree(made, ignore_errors=True)
        os.close(lock)


def _made(folder: Path) -> tuple[Path, int]:
    """A new directory, and what keeps it locked for as long as any process of the server lives."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.glob(f"*{SUFFIX}"):
        _remove(left)
    name = folder / f"{os.getpid()}-{secrets.token_hex(4)}"
    name.mkdir(mode=0o700)
    lock = os.open(name, os.O_RDONLY)
    with contextlib.suppress(OSError):  # Where nothing can be locked nothing that is left is removed either.
        fcntl.flock(lock, fcntl.LOCK_EX)
    # It is locked before others can see it: what they can lock they take for left behind.
    return name.rename(name.with_suffix(SUFFIX)), lock


def _remove(left: Path) -> None:
    """Remove a directory whose server is gone."""
    try:
        lock = os.open(left, os.O_RDONLY)
    except OSError:  # It has just ended.
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(left, ignore_errors=True)
    except OSError:
        pass  # It is locked, or can't be.
    finally:
        os.close(lock)


def _directory() -> Path | None:
    given = os.environ.get(DIRECTORY)
    return Path(given) if given and Path(given).is_dir() else None


def _file(path: Path) -> Any:
    if not path.exists():
        made = path.with_suffix(".new")
        made.write_bytes(bytes(ROOM))
        made.rename(path)  # Who reads all files meanwhile finds whole ones only.
    return _mapped(str(path))


def _key(metric: Metric, suffix: str, labels: Labels) -> str:
    names = (*metric.labels, "le") if suffix == "_bucket" else metric.labels
    return mmap_key(metric.name.removesuffix("_total"), metric.name + suffix, list(names), list(labels), metric.help)


def _tell(error: OSError) -> None:
    log(logger, logging.INFO, "nothing is counted for /metrics", why=str(error))
