"""What the writing thread does now and then: its heart beats, it looks at the others, and deletes what is old."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, delete, false, func, or_, select, true, update

from ivr.calls.clock import wall_clock
from ivr.calls.store.asking import look
from ivr.calls.store.engine import Database
from ivr.calls.store.owners import BEAT_S, Owner, Watch
from ivr.calls.store.records import MOST_AT_ONCE, forget
from ivr.calls.store.schema import answers, calls, flows, hang_ups, journal, marks, owners, sessions, tallies
from ivr.calls.store.tallies import MOST_COUNTED, count
from ivr.core.naming import EPOCH

PRUNE_MS = 3_600_000
SERVED_MS = 2 * PRUNE_MS
"""A flow that nobody has said for so long to serve is not served any more."""
DEAD_MS = 24 * PRUNE_MS
"""How long the row of a process that is dead stays: others may still look at its calls."""
RECORDS_MS = 24 * PRUNE_MS
"""Records stay for so long at least: they tell that a call is over."""
STALE_MS = 7 * 24 * PRUNE_MS
"""Sessions that nobody has, nor can go on with, as after a change of the key, stay for so long."""
AGAIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Keep:
    """How long what is kept of calls stays, in milliseconds."""

    journals: int
    """With 0 none are written."""
    records: int | None = None
    """None keeps all, as with figures."""
    figures: int | None = None


class Chores:
    """The chores of one process."""

    def __init__(
        self, database: Database, own: Owner, watch: Watch, keep: Keep, served: Callable[[], Iterable[str]]
    ) -> None:
        """Do them.

        Args:
            database: where.
            own: this process.
            watch: takes up what is seen of the others.
            keep: how long what is kept stays.
            served: gives the fingerprints of the flows that are served.
        """
        self._database, self._own, self._watch, self._served = database, own, watch, served
        self._keep = keep
        self._beats = 0
        self._look_at = 0
        self._more_to_count = self._more_to_prune = False

    def __call__(self) -> None:
        """Do what is due; it raises as the database does."""
        now = wall_clock()
        with self._database.transaction() as connection:
            self.beat(connection, now)
        with self._database.transaction() as connection:
            self._more_to_count = count(connection) == MOST_COUNTED
        if self._more_to_prune or now >= self._look_at:
            with self._database.transaction() as connection:
                self._more_to_prune = self._prune(connection, now)
            self._look_at = now + PRUNE_MS // 10

    @property
    def pause(self) -> float:
        """How many seconds there is nothing to do now."""
        return AGAIN_S if self._more_to_count or self._more_to_prune else BEAT_S

    def beat(self, connection: Connection, now: int) -> None:
        """Tell that the process lives, and see who else does."""
        self._beats += 1
        own = self._own
        row = {"id": own.id, "host": own.host, "pid": own.pid, "started": own.started}
        connection.execute(self._database.upsert(owners), [{**row, "beats": self._beats, "beaten": now}])
        look(connection, self._watch)

    def _prune(self, connection: Connection, now: int) -> bool:
        """Delete what is old, an hour after anybody did; True if there may be more of it."""
        mine = update(flows).where(flows.c.fingerprint.in_(list(self._served()))).values(served=now)
        connection.execute(mine)
        due = marks.c.value < now - PRUNE_MS
        taken = connection.execute(
            update(marks)
            .where(marks.c.name == "pruned", or_(due, true() if self._more_to_prune else false()))
            .values(value=now)
        )
        if not taken.rowcount:
            return False
        more = self._prune_calls(connection, now)
        living = select(sessions.c.record)
        for table in (answers, hang_ups):
            connection.execute(delete(table).where(table.c.record.not_in(living)))
        needed = select(calls.c.fingerprint).union(select(sessions.c.fingerprint))
        unserved = flows.c.served < now - SERVED_MS
        connection.execute(delete(flows).where(unserved, flows.c.fingerprint.not_in(needed)))
        nobody = sessions.c.owner.not_in(select(owners.c.id))
        connection.execute(delete(sessions).where(sessions.c.began < now - STALE_MS, nobody))
        connection.execute(delete(owners).where(owners.c.beaten < now - DEAD_MS, owners.c.id != self._own.id))
        return more

    def _prune_calls(self, connection: Connection, now: int) -> bool:
        """Delete journals, records and figures; True if there may be more."""
        keep = self._keep
        of_old = over(connection, now - keep.journals, calls.c.journal == 1)
        connection.execute(delete(journal).where(journal.c.record.in_(of_old)))
        connection.execute(update(calls).where(calls.c.record.in_(of_old)).values(journal=0))
        old: list[str] = []
        if keep.records is not None:
            # What was never counted, because the call never ended, is not counted any more.
            old = over(connection, now - max(keep.records, RECORDS_MS))
            forget(connection, old)
        if keep.figures is not None:
            first = (EPOCH + timedelta(milliseconds=now - keep.figures)).date().isoformat()
            connection.execute(delete(tallies).where(tallies.c.day < first))
        return MOST_AT_ONCE in (len(of_old), len(old))


def over(connection: Connection, before: int, *which: ColumnElement[bool]) -> list[str]:
    """Some records of calls that were over before a time, in milliseconds since 1970."""
    ended = func.coalesce(calls.c.ended, calls.c.began)
    living = select(sessions.c.record)
    asked = select(calls.c.record).where(ended < before, calls.c.record.not_in(living), *which)
    return list(connection.scalars(asked.limit(MOST_AT_ONCE)))
