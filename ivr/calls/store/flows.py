"""Flows in the store: their texts and the lengths of their recordings, by fingerprint."""

from __future__ import annotations

import json

from sqlalchemy import Connection, select

from ivr.calls.store.page import Row
from ivr.calls.store.schema import flows
from ivr.document.kept import KeptFlow


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
