"""The way of a call through its flow, as bars on a line of time."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.calls.records.record import CallRecord, Leg
from ivr.calls.records.tally import duration, left_at, stays

FULL = 1000
"""The width of the line of time, in units of its picture."""
THINNEST = 4
"""A visit that took no time is seen nevertheless."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of a node, and its bar."""

    leg: Leg
    milliseconds: int
    left: bool
    """Whether the caller hung up in it."""
    x: int
    width: int


def visits(record: CallRecord) -> tuple[Visit, ...]:
    """All visits of a call, in order; times are those of the caller, and of the work after the call."""
    total = max((duration(record), *(leg.at for leg in record.path)))
    left = left_at(record)
    return tuple(_visit(leg, took, total or 1, leg is left) for leg, took in stays(record))


def _visit(leg: Leg, took: int, total: int, left: bool) -> Visit:
    width = max(took * FULL // total, THINNEST)
    return Visit(leg, took, left, min(leg.at * FULL // total, FULL - width), width)
