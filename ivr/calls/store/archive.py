"""What is kept of calls, read by commands: without a server, and without changing anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from sqlalchemy import ColumnElement, Connection, or_, select
from sqlalchemy.exc import SQLAlchemyError

from ivr.calls.store.engine import Database
from ivr.calls.store.errors import StoreError, why
from ivr.calls.store.flows import kept_flow
from ivr.calls.store.page import storable
from ivr.calls.store.schema import calls, journal, there
from ivr.core.session import Call
from ivr.document.kept import KeptFlow


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
        key = storable(name)
        token = Call(name, "", "", "inbound", 0).token
        return self._journals(or_(calls.c.call == key, calls.c.token.in_((key, token))))

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

    def flow(self, fingerprint: str) -> KeptFlow | None:
        """A flow as it was; None if it is not kept.

        Raises:
            StoreError: the store can't be read.
        """
        with self._reading() as connection:
            return None if connection is None else kept_flow(connection, fingerprint)

    @contextmanager
    def _reading(self) -> Iterator[Connection | None]:
        """A connection; None where nothing was ever kept."""
        if not self._database.exists:
            yield None
            return
        try:
            with self._database.transaction(writes=False) as connection:
                yield connection if there(connection) else None
        except SQLAlchemyError as error:
            raise StoreError(f"{self.name}: the store can't be read: {why(error)}") from None
