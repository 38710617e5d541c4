"""The database of the store: SQLite in a file, or PostgreSQL, each with limits to how long it may take."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    ArgumentError,
    NoSuchModuleError,
    SQLAlchemyError,
)
from sqlalchemy.sql.dml import Insert

from ivr.calls.store import schema
from ivr.calls.store.driven import Driven
from ivr.calls.store.errors import StoreError, is_away, why

FILE = "ivr.db"
"""The database in the data directory."""
BUSY_MS = 1_000
"""How long a write waits for those of other processes."""
CONNECTIONS = 8
POSTGRESQL = {
    "connect_timeout": 3,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 6_000,
    "application_name": "ivr",
    "options": "-c statement_timeout=5000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000",
}
"""Parameters of libpq: seconds, but that user time-outs and those in `options` are milliseconds."""
LOCK = 0x69767231
"""The advisory lock under which the tables are made in PostgreSQL: any number that others don't use."""

_BEGIN_WRITING = "BEGIN IMMEDIATE"
"""In SQLite: a transaction that reads first and then writes would fail when another has written between."""


def database_url(setting: str | None, data: Path) -> str:
    """The URL of the store: the setting, else a file in the data directory."""
    return setting or URL.create("sqlite", database=str(data / FILE)).render_as_string()


class Database:
    """An engine, and the connections of it that are at work."""

    def __init__(self, url: str) -> None:
        """Take the URL; nothing is connected yet.

        Raises:
            StoreError: it can't be used.
        """
        parsed = _parsed(url)
        self.name = shown(parsed)
        """What people may read of it: no name of a user, no password."""
        self.is_file = parsed.get_backend_name() == "sqlite"
        self._engine = _sqlite(parsed) if self.is_file else _postgresql(parsed)
        # The other dialect is not imported: that takes as long as the flows of a small server.
        self._insert: Any = import_module(f"sqlalchemy.dialects.{parsed.get_backend_name()}").insert
        self._closed = False
        self._guard = threading.Lock()
        self._sockets: dict[int, socket.socket] = {}
        """Of the connections that are at work, by their thread."""
        self._upserts: dict[str, Insert] = {}

    @property
    def exists(self) -> bool:
        """Whether there may be something in it: a file that is not there has nothing."""
        return not self.is_file or Path(self._engine.url.database or "").exists()

    @contextmanager
    def transaction(self, *, writes: bool = True) -> Iterator[Connection]:
        """A transaction.

        Raises:
            SQLAlchemyError: the database is away, or refuses something.
        """
        with self._engine.connect() as plain, self._watched(plain):
            connection = plain.execution_options(writes=writes)
            try:
                with connection.begin():
                    yield connection
            finally:
                if self._closed:
                    plain.invalidate()  # Nobody else will close it.

    def driven(self) -> Driven:
        """A connection for the thread that writes all the time."""
        return Driven(self._engine, _BEGIN_WRITING if self.is_file else None, self._watched)

    @contextmanager
    def _watched(self, connection: Connection) -> Iterator[None]:
        own = _socket_of(connection)
        if own is None:
            yield
            return
        thread = threading.get_ident()
        with self._guard:
            self._sockets[thread] = own
        try:
            yield
        finally:
            with self._guard:
                del self._sockets[thread]
                own.close()

    def interrupt(self, thread: int | None) -> None:
        """Let what a thread waits for fail, because it takes too long; only a connection over a network can."""
        with self._guard:
            if (found := self._sockets.get(thread or 0)) is not None:
                with contextlib.suppress(OSError):
                    found.shutdown(socket.SHUT_RDWR)

    def upsert(self, table: Table) -> Insert:
        """A statement that inserts rows, or replaces those that are there."""
        if (made := self._upserts.get(table.name)) is None:
            statement = self._insert(table)
            keys = [column.name for column in table.primary_key]
            rest = {each.name: statement.excluded[each.name] for each in table.columns if each.name not in keys}
            where = None
            if table is schema.calls:
                del rest[schema.calls.c.counted.name]  # A call that was counted stays so.
            elif table is schema.sessions:
                # Of two processes that begin a call at the same time, that of the newer beginning has it.
                same = (table.c.record == statement.excluded.record) & (table.c.fence == statement.excluded.fence)
                where = same | (table.c.began < statement.excluded.began)
            made = statement.on_conflict_do_update(index_elements=keys, set_=rest, where=where)
            self._upserts[table.name] = made
        return made

    def prepare(self) -> None:
        """Make the tables, where they are absent or old.

        Raises:
            StoreError: they are too new, or the database refuses them.
            SQLAlchemyError: the database is away.
        """
        if self.is_file:
            self._make_file()
        try:
            with self.transaction() as connection:
                if not self.is_file:
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
                schema.prepare(connection)
        except SQLAlchemyError as error:
            if is_away(error):
                raise
            raise StoreError(f"{self.name}: the database can't be used: {why(error)}") from None

    def _make_file(self) -> None:
        """Make the file so that nobody else may read it."""
        path = self._engine.url.database or ""
        try:
            Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # One that is there is not opened: to close it would end all locks that this process has on it (fcntl(2)),
            # and then another process that closes the database deletes its journal although we still write to it.
            if not os.access(path, os.R_OK | os.W_OK):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise StoreError(f"{path}: the database can't be written: {reason}") from None

    def close(self) -> None:
        """Close all connections, those that are at work once they have done it."""
        self._closed = True
        self._engine.dispose()


def _socket_of(connection: Connection) -> socket.socket | None:
    """The socket of a connection over a network, with a descriptor of its own: the driver may close its one."""
    fileno = getattr(connection.connection.dbapi_connection, "fileno", None)
    try:
        return None if fileno is None else socket.socket(fileno=os.dup(fileno()))
    except Exception:
        return None  # The connection is broken; who uses it learns that in the usual way.


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(
            "the database is told by a URL such as sqlite:////var/lib/ivr/ivr.db or postgresql://user@host/ivr"
        ) from None
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise StoreError("sqlite: the database must be a file, because several threads and processes use it")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise StoreError(f"{parsed.drivername}: the database is sqlite or postgresql (with psycopg)")
    return parsed


def shown(url: URL) -> str:
    """A URL without what nobody may read."""
    place = url.host or ""
    if url.port is not None:
        place += f":{url.port}"
    return f"{url.get_backend_name()}://{place}/{url.database or ''}"


def _sqlite(url: URL) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        paramstyle="named",  # So that the driver takes rows as they are.
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=BUSY_MS / 1000,
        connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options()["writes"]
        connection.exec_driver_sql(_BEGIN_WRITING if writes else "BEGIN")

    return engine


def _postgresql(url: URL) -> Engine:
    told = {name: value for name, value in POSTGRESQL.items() if name not in url.query}
    try:
        return create_engine(
            url,
            hide_parameters=True,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=BUSY_MS / 1000,
            pool_use_lifo=True,
            connect_args=told,
        )
    except (ImportError, NoSuchModuleError):
        raise StoreError("for PostgreSQL a driver is missing: pip install 'ivr[postgresql]'") from None
