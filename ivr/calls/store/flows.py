"""Flows in the store: their texts and the lengths of their recordings, by fingerprint."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, select

from ivr.calls.clock import wall_clock
from ivr.calls.store.engine import Database
from ivr.calls.store.page import Row
from ivr.calls.store.schema import flows
from ivr.core.flow import Flow
from ivr.document.kept import KeptFlow, kept_flows
from ivr.document.load import Loaded
from ivr.document.recordings import replaced


class Flows:
    """The flows of a process: those that it serves, and those of its calls."""

    def __init__(self) -> None:
        """Begin without any."""
        self.known: dict[str, Flow] = {}
        """All that calls may be on, by fingerprint."""
        self.unwritten: dict[str, Row] = {}
        """Those that are to be kept."""
        self._served: tuple[str, ...] = ()

    def serve(self, served: Sequence[Loaded]) -> None:
        """Serve these from now on, and no others."""
        found = [(each, loaded.flows[each.flow]) for loaded in served for each in kept_flows(loaded)]
        self._served = tuple(each.fingerprint for each, _ in found)
        now = wall_clock()
        for each, flow in found:
            self.known[each.fingerprint] = flow
            self.unwritten[each.fingerprint] = flow_row(each, now)

    def served(self) -> tuple[str, ...]:
        """The fingerprints of those that are served."""
        return self._served

    def again(self, kept: KeptFlow, folder: Path, year: int | None) -> Flow | None:
        """A flow as it was, with the recordings of today beside a folder; None if it can't be loaded any more."""
        recordings = replaced(kept.lengths, folder / f"{kept.flow}.yaml")
        found = kept.loaded(year or time.gmtime().tm_year, recordings)
        if found is not None:
            self.known[kept.fingerprint] = found
        return found

    def write(self, database: Database) -> None:
        """Keep those that are not kept yet.

        Raises:
            SQLAlchemyError: they can't be kept now.
        """
        rows = dict(self.unwritten)
        with database.transaction() as connection:
            connection.execute(database.upsert(flows), list(rows.values()))
        for fingerprint in rows:
            self.unwritten.pop(fingerprint, None)


def flow_row(kept: KeptFlow, now: int) -> Row:
    """The row of a flow that is served now, in milliseconds since 1970."""
    return {
        "fingerprint": kept.fingerprint,
        "flow": kept.flow,
        "texts": json.dumps(kept.texts),
        "lengths": json.dumps(kept.lengths),
        "served": now,
    }


def kept_flow(connection: Connection, fingerprint: str) -> KeptFlow | None:
    """A flow as it was; None if it is not kept."""
    row = connection.execute(select(flows).where(flows.c.fingerprint == fingerprint)).first()
    return None if row is None else KeptFlow(row.fingerprint, row.flow, json.loads(row.texts), json.loads(row.lengths))
