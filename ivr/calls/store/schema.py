"""The tables of the store, and how those of an older version are brought forward."""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    event,
    inspect,
    select,
    text,
)

from ivr.calls.store.errors import StoreError

PARTIAL_INDEXES = (
    "CREATE INDEX calls_uncounted ON calls (record) WHERE counted = 0",
    "CREATE INDEX calls_journal ON calls (coalesce(ended, began)) WHERE journal = 1",
)
"""In SQL, because SQLAlchemy would import both dialects for them, of which a server needs one."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "ALTER TABLE calls ADD COLUMN day TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE calls ADD COLUMN outcome TEXT",
        "ALTER TABLE calls ADD COLUMN path TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE calls ADD COLUMN counted INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE calls ADD COLUMN journal INTEGER NOT NULL DEFAULT 1",
        "CREATE INDEX calls_flow ON calls (flow, began, outcome)",
        "CREATE INDEX calls_outcome ON calls (outcome, began, flow)",
        "CREATE INDEX calls_over ON calls (coalesce(ended, began))",
        *PARTIAL_INDEXES,
    ),
)
"""Statements for each step from one version to the next, in the SQL that SQLite and PostgreSQL share.

They change what is there: tables that are altogether new are made before.
"""
VERSION = 1 + len(MIGRATIONS)

metadata = MetaData()

sessions = Table(
    "sessions",
    metadata,
    Column("call", Text, primary_key=True, comment="the carrier's id"),
    Column("record", Text, nullable=False),
    Column("fence", Integer, nullable=False, comment="grows with each new owner; only the newest one writes"),
    Column("owner", Text, nullable=False, comment="empty where nobody owns the call"),
    Column("began", BigInteger, nullable=False),
    Column("flow", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("document", LargeBinary, nullable=False, comment="sealed"),
)
"""The calls that go on."""

calls = Table(
    "calls",
    metadata,
    Column("record", Text, primary_key=True, comment="a carrier may use an id twice"),
    Column("call", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("fence", Integer, nullable=False, comment="of the session, when this was written"),
    Column("flow", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("caller", Text, nullable=False),
    Column("called", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("began", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("reason", Text),
    Column("ended_by", Text),
    Column("goals", Text, nullable=False, comment="JSON: [[name, milliseconds since the call began]]"),
    Column("milliseconds", BigInteger, comment="how long the caller was there"),
    Column("interruptions", Integer, nullable=False, comment="how often the stream came back"),
    Column("day", Text, nullable=False, server_default="", comment="ISO 8601, in the zone of the flow"),
    Column("outcome", Text),
    Column("path", Text, nullable=False, server_default="[]", comment="JSON: [[the fields of a leg]]"),
    Column("counted", Integer, nullable=False, server_default=text("1"), comment="1 once it is in the tallies"),
    Column("journal", Integer, nullable=False, server_default=text("1"), comment="0 once its journal is deleted"),
    Index("calls_call", "call"),
    Index("calls_token", "token"),
    Index("calls_began", "began"),
    Index("calls_fingerprint", "fingerprint"),
    Index("calls_flow", "flow", "began", "outcome"),
    Index("calls_outcome", "outcome", "began", "flow"),
    Index("calls_over", text("coalesce(ended, began)")),
)
"""One record a call; times are milliseconds since 1970-01-01 UTC."""
for _statement in PARTIAL_INDEXES:
    event.listen(calls, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]  # it has no types yet

tallies = Table(
    "tallies",
    metadata,
    Column("day", Text, primary_key=True),
    Column("flow", Text, primary_key=True),
    Column("node", Text, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("detail", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("milliseconds", BigInteger, nullable=False),
)
"""What calls came to, added up; it tells of no caller, and stays when records are deleted."""

hang_ups = Table(
    "hang_ups",
    metadata,
    Column("record", Text, primary_key=True),
    Column("ordered", BigInteger, nullable=False, comment="when"),
)
"""Calls that somebody wants to be hung up, by the process that owns each."""

journal = Table(
    "journal",
    metadata,
    Column("record", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("text", Text, nullable=False, comment="lines of the journal that were written together"),
)
answers = Table(
    "answers",
    metadata,
    Column("record", Text, primary_key=True),
    Column("lookup", Integer, primary_key=True),
    Column("document", LargeBinary, nullable=False, comment="sealed"),
)
"""Answers to lookups that came to a process which had lost its call."""

flows = Table(
    "flows",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("flow", Text, nullable=False),
    Column("texts", Text, nullable=False, comment="JSON: {id: text}, of the flow and all that it may call"),
    Column("lengths", Text, nullable=False, comment="JSON: {recording: {language: milliseconds}}"),
    Column("served", BigInteger, nullable=False, comment="when a process last served it"),
)
owners = Table(
    "owners",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", BigInteger, nullable=False, comment="of the process, in the measure of its host"),
    Column("beats", BigInteger, nullable=False, comment="grows while the process lives"),
    Column("beaten", BigInteger, nullable=False, comment="when, by the clock of its host"),
)
marks = Table("marks", metadata, Column("name", Text, primary_key=True), Column("value", BigInteger, nullable=False))
"""The version of these tables, and when something was last done."""


def there(connection: Connection) -> bool:
    """Whether a store has these tables.

    Raises:
        StoreError: they are those of a newer version.
    """
    return inspect(connection).has_table(marks.name) and version(connection) is not None


def version(connection: Connection) -> int | None:
    """The version of the tables of a store; None where they are not made yet.

    Raises:
        StoreError: it is a newer one.
    """
    found = connection.scalar(select(marks.c.value).where(marks.c.name == "version"))
    if found is not None and found > VERSION:
        raise StoreError(
            f"the database has tables of version {found}, and this program knows {VERSION}: use a newer program"
        )
    return found


def prepare(connection: Connection) -> None:
    """Make the tables that are absent, and bring older ones forward; others wait for this transaction to end.

    Raises:
        StoreError: the tables are those of a newer version.
    """
    metadata.create_all(connection)
    found = version(connection)
    if found is None:
        connection.execute(marks.insert(), [{"name": "version", "value": VERSION}, {"name": "pruned", "value": 0}])
        return
    for statements in MIGRATIONS[found - 1 :]:
        for statement in statements:
            connection.execute(text(statement))
    if found < VERSION:
        connection.execute(marks.update().where(marks.c.name == "version").values(value=VERSION))
