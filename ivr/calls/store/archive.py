"""What is kept of calls, for commands: with a server or without, and without making anything where nothing is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self, TypeVar

from sqlalchemy import ColumnElement, Connection, select
from sqlalchemy.exc import SQLAlchemyError

from ivr.calls.store.engine import Database
from ivr.calls.store.errors import StoreError, why
from ivr.calls.store.flows import kept_flow
from ivr.calls.store.named import is_named
from ivr.calls.store.schema import VERSION, calls, journal, there, version
from ivr.document.kept import KeptFlow

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class KeptJournal:
    """The journal of one call."""

    call: str
    """The carrier's id."""
    text: str


class Archive:
    """The store of a server, whether that runs or not; to be entered with `with`."""

    def __init__(self, url: str) -> None:
        """Take the URL of the store.

        Raises:
            StoreError: there can't be such a store.
        """
        self._database = Database(url)

    def __enter__(self) -> Self:
        """Enter; nothing is connected yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        self._database.close()

    @property
    def name(self) -> str:
        """What people may read of the URL."""
        return self._database.name

    def of_call(self, name: str) -> list[KeptJournal]:
        """The journals of the calls that have this id or token, the first one first.

        Raises:
            StoreError: the store can't be read.
        """
        return self._journals(is_named(name))

    def since(self, moment: int) -> list[KeptJournal]:
        """The journals of all calls that began then or later, in milliseconds since 1970, the first one first.

        Raises:
            StoreError: the store can't be read.
        """
        return self._journals(calls.c.began >= moment)

    def _journals(self, wanted: ColumnElement[bool]) -> list[KeptJournal]:
        columns = (calls.c.record, calls.c.call, journal.c.text)
        asked = select(*columns).join(journal, journal.c.record == calls.c.record).where(wanted)
        found: dict[str, tuple[str, list[str]]] = {}
        with self._reading() as connection:
            if connection is not None:
                for row in connection.execute(
                    asked.order_by(calls.c.began, calls.c.call, calls.c.record, journal.c.number)
                ):
                    found.setdefault(row.record, (row.call, []))[1].append(row.text)
        return [KeptJournal(call, "".join(texts)) for call, texts in found.values()]

    def read(self, work: Callable[[Connection], Found]) -> Found | None:
        """What some work finds, which changes nothing; None if nothing was ever kept.

        Raises:
            StoreError: the store can't be read, or its tables are of an older version.
        """
        with self._reading() as connection:
            return None if connection is None else self._done(work, connection)

    def change(self, work: Callable[[Connection], Found]) -> Found | None:
        """The same for work that changes something: all of it or nothing.

        Raises:
            StoreError: the store can't be changed, or its tables are of an older version.
        """
        with self._reading(writes=True) as connection:
            return None if connection is None else self._done(work, connection)

    def _done(self, work: Callable[[Connection], Found], connection: Connection) -> Found:
        if (found := version(connection)) != VERSION:
            raise StoreError(
                f"{self.name}: the tables are of version {found}, and this program needs {VERSION}:"
                " start the server once, which brings them forward"
            )
        return work(connection)

    def flow(self, fingerprint: str) -> KeptFlow | None:
        """A flow as it was; None if it is not kept.

        Raises:
            StoreError: the store can't be read.
        """
        with self._reading() as connection:
            return None if connection is None else kept_flow(connection, fingerprint)

    @contextmanager
    def _reading(self, *, writes: bool = False) -> Iterator[Connection | None]:
        """A connection; None where nothing was ever kept."""
        if not self._database.exists:
            yield None
            return
        try:
            with self._database.transaction(writes=writes) as connection:
                yield connection if there(connection) else None
        except SQLAlchemyError as error:
            raise StoreError(
                f"{self.name}: the store can't be {'changed' if writes else 'read'}: {why(error)}"
            ) from None
