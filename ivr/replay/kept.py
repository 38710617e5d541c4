"""Flows as they were when a call was on them, and journals by the names that people give them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from ivr.core.flow import Flow
from ivr.document.journal import FLOWS, SUFFIX, Head, Journal, read
from ivr.document.kept import KeptFlow
from ivr.document.load import flow_files, load

Texts = Callable[[str], Iterable[tuple[str, str]]]
"""Gives the journals of the calls that have an id or token: what to call each, and its text."""


class NotKeptError(Exception):
    """Something that a replay needs is not there; the message says what, and where it was looked for."""


def journals(names: Iterable[str], texts: Texts, store: str) -> list[Journal]:
    """The journals that are named: files, folders of these, or ids and tokens of calls.

    Args:
        names: what people say.
        texts: gives those of a call, as they are in the store.
        store: where that is, for messages.

    Raises:
        NotKeptError: there is none of this name.
        JournalError: one is none.
        OSError: a file can't be read.
    """
    found: list[Journal] = []
    for name in dict.fromkeys(names):
        path = Path(name)
        if path.is_dir():
            found.extend(_journal(each) for each in sorted(path.glob(f"*{SUFFIX}")))
        elif path.is_file():
            found.append(_journal(path))
        else:
            of_call = in_store(texts(name))
            if not of_call:
                raise NotKeptError(f"{name}: this is no file, and no call that has a journal in {store}")
            found.extend(of_call)
    return found


def in_store(texts: Iterable[tuple[str, str]]) -> list[Journal]:
    """Journals from their texts, each with what to call it.

    Raises:
        JournalError: one is none.
    """
    return [read(text.encode(), called) for called, text in texts]


def _journal(path: Path) -> Journal:
    return read(path.read_bytes(), str(path))


def year_of(head: Head) -> int:
    """The first year whose holidays a call may need: where it began, it may have been yesterday still."""
    return (datetime.fromtimestamp(head.call.began / 1000, UTC) - timedelta(days=1)).year


class FlowsOfThen:
    """Flows as they were when calls were on them."""

    def __init__(self, kept: Callable[[str], KeptFlow | None], data: Path) -> None:
        """Look for them.

        Args:
            kept: gives a flow by its fingerprint, if the store has it.
            data: the data directory, where an older version kept flows as files.
        """
        self._kept, self._data = kept, data
        self._loaded: dict[tuple[str, int], Flow] = {}

    def of(self, head: Head) -> Flow:
        """The flow of a call.

        Raises:
            NotKeptError: it was not kept, or is not what it was.
        """
        key = head.fingerprint, year_of(head)
        if key not in self._loaded:
            self._loaded[key] = self._found(head)
        return self._loaded[key]

    def _found(self, head: Head) -> Flow:
        folder = self._data / FLOWS / head.fingerprint
        if (kept := self._kept(head.fingerprint)) is not None:
            flow, place = kept.loaded(year_of(head)), "the store"
        elif folder.is_dir():
            flow, place = flows_in(folder, year_of(head)).get(head.flow), str(folder)
        else:
            raise NotKeptError(f"the flow “{head.flow}” as it was is not kept in the store, nor in {folder}")
        if flow is None or flow.fingerprint != head.fingerprint:
            raise NotKeptError(f"what {place} has is not the flow “{head.flow}” as it was")
        return flow


@cache
def flows_in(place: Path, year: int) -> Mapping[str, Flow]:
    """The flows without errors of a folder, or of the folder of a file, with the holidays from a year on."""
    return load(flow_files(place if place.is_dir() else place.parent), year).flows
