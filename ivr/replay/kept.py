"""Flows as they were when a call was on them, and journals by the names that people give them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from ivr.core.flow import Flow
from ivr.core.session import Call
from ivr.document.journal import CALLS, FLOWS, SUFFIX, Head, Journal, read
from ivr.document.load import flow_files, load


class NotKeptError(Exception):
    """Something that a replay needs is not there; the message says what, and where it was looked for."""


def journal_files(names: Iterable[str], data: Path) -> list[Path]:
    """The journals that are named: files, folders, or ids and tokens of calls in the data directory.

    Raises:
        NotKeptError: there is none of this name.
    """
    found: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_file():
            found.append(path)
        elif path.is_dir():
            found.extend(sorted(path.glob(f"*{SUFFIX}")))
        else:
            found.extend(_of_call(name, data / CALLS))
    return list(dict.fromkeys(found))


def _of_call(name: str, folder: Path) -> list[Path]:
    tokens = {name, Call(name, "", "", "inbound", 0).token}
    files = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    # A second call with the same id has a number behind it.
    found = [path for path in files if {path.stem, path.stem.rpartition(".")[0]} & tokens]
    if not found:
        raise NotKeptError(f"{name}: this is no file, and no call that has a journal in {folder}")
    return found


def journal(path: Path) -> Journal:
    """Read a journal.

    Raises:
        JournalError: it is none.
        OSError: it can't be read.
    """
    return read(path.read_bytes(), str(path))


def year_of(head: Head) -> int:
    """The first year whose holidays a call may need: where it began, it may have been yesterday still."""
    return (datetime.fromtimestamp(head.call.began / 1000, UTC) - timedelta(days=1)).year


def as_it_was(head: Head, data: Path) -> Flow:
    """The flow of a call, as it was.

    Raises:
        NotKeptError: it was not kept, or is not what it was.
    """
    folder = data / FLOWS / head.fingerprint
    if not folder.is_dir():
        raise NotKeptError(f"the flow “{head.flow}” as it was is not kept in {folder}")
    flow = flows_in(folder, year_of(head)).get(head.flow)
    if flow is None or flow.fingerprint != head.fingerprint:
        raise NotKeptError(f"what is kept in {folder} is not the flow “{head.flow}” as it was")
    return flow


@cache
def flows_in(place: Path, year: int) -> Mapping[str, Flow]:
    """The flows without errors of a folder, or of the folder of a file, with the holidays from a year on."""
    return load(flow_files(place if place.is_dir() else place.parent), year).flows
