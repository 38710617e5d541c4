"""A connection that one thread keeps, on which it writes by the driver alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any

from sqlalchemy import Connection, Engine, UpdateBase
from sqlalchemy.exc import DBAPIError

Run = Callable[[UpdateBase, Sequence[Mapping[str, Any]]], int]
"""Runs a statement with each of these rows, and gives how many rows of the database it concerned in all."""


class Driven:
    """Transactions for what is written all the time.

    Each statement is made into text once, and the driver takes it from there: to have SQLAlchemy run it costs several
    times what SQLite needs for it, and so does a connection that is taken from the pool each time.
    """

    def __init__(
        self, engine: Engine, begin: str | None, watched: Callable[[Connection], AbstractContextManager[None]]
    ) -> None:
        """Connect as an engine does, when that is needed.

        Args:
            engine: whose pool a connection is taken from.
            begin: the statement that begins a transaction, where the driver does not begin it by itself.
            watched: is entered while the connection is at work over a network.
        """
        self._engine, self._begin, self._watched = engine, begin, watched
        self._driver: Any = engine.dialect.loaded_dbapi
        self._connection: Connection | None = None
        self._texts: dict[UpdateBase, str] = {}

    @contextmanager
    def transaction(self) -> Iterator[Run]:
        """A transaction; an exception in the block undoes it.

        Raises:
            SQLAlchemyError: the database is away, or refuses something.
        """
        if self._connection is None:
            self._connection = self._engine.connect()
        connection = self._connection
        plain = connection.connection
        with nullcontext() if self._begin else self._watched(connection):
            try:
                cursor = plain.cursor()
                if self._begin:
                    cursor.execute(self._begin)

                def run(statement: UpdateBase, rows: Sequence[Mapping[str, Any]]) -> int:
                    cursor.executemany(self._text(statement), rows)
                    return cursor.rowcount

                yield run
                plain.commit()
            except BaseException as error:
                with suppress(Exception):
                    plain.rollback()
                if isinstance(error, self._driver.Error):
                    raise self._told(error, connection) from error
                raise

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _text(self, statement: UpdateBase) -> str:
        if (made := self._texts.get(statement)) is None:
            made = self._texts[statement] = str(statement.compile(dialect=self._engine.dialect))
        return made

    def _told(self, error: Any, connection: Connection) -> DBAPIError:
        """What SQLAlchemy would have raised; where a connection is broken, those in the pool probably are, too."""
        dialect = self._engine.dialect
        broken = dialect.is_disconnect(error, connection.connection, None)
        self.close()
        if broken:
            self._engine.dispose()
        told: DBAPIError = DBAPIError.instance(
            statement=None,
            params=None,
            orig=error,
            dbapi_base_err=self._driver.Error,
            hide_parameters=True,
            connection_invalidated=broken,
            dialect=dialect,
        )
        return told
