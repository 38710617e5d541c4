"""What a process asks the store of calls and of other processes: each a transaction of its own."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, select, update

from ivr.calls.store.engine import Database
from ivr.calls.store.errors import CatchingUp, StoreAway
from ivr.calls.store.flows import kept_flow
from ivr.calls.store.owners import NOBODY, Owner, Watch
from ivr.calls.store.page import Page, opened
from ivr.calls.store.schema import answers, calls, owners, sessions
from ivr.calls.store.sealing import Seal, SealError
from ivr.core.snapshot import SnapshotError
from ivr.document.kept import KeptFlow
from ivr.logs import log

QUEUE_S = 0.2
"""Who waits longer for a row has waited for a store that was away."""

logger = logging.getLogger(__name__)


def taken(
    database: Database, seal: Seal, key: str, by: str, watch: Watch, *, catching_up: bool
) -> tuple[Page, Owner] | None:
    """What is stored of a call, which is owned by `by` from now on, and who had it before; None if it does not go on.

    Raises:
        SQLAlchemyError: that can't be known now, as with the others here.
        CatchingUp: there is an owner that may still have to write what happened while the store was away.
        StoreAway: the store has just come back.
    """
    asked = time.monotonic()
    with database.transaction() as connection:
        row = connection.execute(select(sessions).where(sessions.c.call == key).with_for_update()).first()
        late = time.monotonic() - asked > QUEUE_S
        if late or catching_up:
            _not_before_its_owner(connection, watch, None if row is None else row.owner, by, late=late)
        if row is None:
            return None
        try:
            page = opened(row._asdict(), seal)
        except (SealError, SnapshotError, ValueError, TypeError, KeyError) as error:
            if watch.first_seen(row.record):  # It is asked for again and again, as long as it is there.
                told = str(error) if isinstance(error, SealError | SnapshotError) else type(error).__name__
                log(logger, logging.ERROR, "a call can't be gone on with", call=key, why=told)
            return None
        page.fence += 1
        connection.execute(update(sessions).where(sessions.c.call == key).values(fence=page.fence, owner=by))
        before = connection.execute(select(owners).where(owners.c.id == row.owner)).first()
        return page, Owner(row.owner, "", 0) if before is None else _owner(before)


def _not_before_its_owner(connection: Connection, watch: Watch, owner: str | None, by: str, *, late: bool) -> None:
    """Leave a call to its owner, until that has written what it could not yet: perhaps even that the call began."""
    if owner in (NOBODY.id, by):
        return
    look(connection, watch)
    if owner is None or watch.gone_since(owner) is None:
        raise StoreAway("the store has just come back") if late else CatchingUp("others catch up")


def has_ended(database: Database, key: str) -> bool:
    """Whether a call of this id is over."""
    asked = select(calls.c.record).where(calls.c.call == key, calls.c.ended.is_not(None)).limit(1)
    with database.transaction(writes=False) as connection:
        return connection.execute(asked).first() is not None


def is_owned(database: Database, page: Page) -> bool:
    """Whether nobody has taken a call since this page was begun or opened."""
    columns = (sessions.c.record, sessions.c.fence, sessions.c.began)
    with database.transaction(writes=False) as connection:
        row = connection.execute(select(*columns).where(sessions.c.call == page.key)).first()
        if row is not None:
            return page.may_write(row.record, row.fence, row.began)
        fence = connection.scalar(select(calls.c.fence).where(calls.c.record == page.record))
        return fence is None or fence == page.fence  # Not written yet, or ended by this process.


def answer(database: Database, key: str, lookup: int) -> bytes | None:
    """The sealed answer to a lookup of a call that goes on."""
    of_call = sessions.c.record == answers.c.record
    asked = select(answers.c.document).join(sessions, of_call)
    with database.transaction(writes=False) as connection:
        return connection.scalar(asked.where(sessions.c.call == key, answers.c.lookup == lookup))


def kept(database: Database, fingerprint: str) -> KeptFlow | None:
    """A flow as it was; None if it is not kept."""
    with database.transaction(writes=False) as connection:
        return kept_flow(connection, fingerprint)


def look(connection: Connection, watch: Watch) -> None:
    """See which processes there are, and whether their hearts beat."""
    watch.look((_owner(row), row.beats) for row in connection.execute(select(owners)))


def look_around(database: Database, watch: Watch) -> None:
    """Look, and do nothing else."""
    with database.transaction(writes=False) as connection:
        look(connection, watch)


@dataclass(frozen=True, slots=True)
class Living:
    """A call that goes on, or could."""

    call: str
    record: str
    fence: int
    owner: str


def living(database: Database, watch: Watch) -> list[Living]:
    """All calls that go on, sorted, after a look around."""
    columns = (sessions.c.call, sessions.c.record, sessions.c.fence, sessions.c.owner)
    with database.transaction(writes=False) as connection:
        look(connection, watch)
        found = connection.execute(select(*columns).order_by(sessions.c.call)).all()
    return [Living(*row) for row in found]


def leave(database: Database, own: Owner) -> None:
    """Let the others know that a process is gone."""
    with database.transaction() as connection:
        connection.execute(delete(owners).where(owners.c.id == own.id))


def _owner(row: Row[tuple[object, ...]]) -> Owner:
    return Owner(row.id, row.host, row.pid, row.started)
