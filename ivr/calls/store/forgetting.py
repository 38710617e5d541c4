"""Deletion of all that is kept of a caller: records, journals and recordings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from ivr.calls.recordings import delete_of
from ivr.calls.store.records import deleted


class StillThere(Exception):
    """A recording can't be deleted; so its call, and others deleted with it, are still known."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much was deleted."""

    calls: int = 0
    recordings: int = 0

    def __add__(self, other: Forgotten) -> Forgotten:
        """Both together."""
        return Forgotten(self.calls + other.calls, self.recordings + other.recordings)


def forgotten(connection: Connection, number: str, recordings: Path) -> Forgotten | None:
    """Delete some of what is kept of a caller's calls that are over, to be asked again until there is None.

    The transaction is to be undone if this fails: without the records nobody would know whose recordings they are.

    Args:
        connection: to the store.
        number: the caller's, whole, as by `deleted`.
        recordings: the folder that has what callers said.

    Raises:
        StillThere: a recording can't be deleted.
    """
    tokens = deleted(connection, number)
    try:
        return Forgotten(len(tokens), delete_of(recordings, tokens)) if tokens else None
    except OSError as error:
        raise StillThere(f"{error.filename}: {error.strerror}") from None
