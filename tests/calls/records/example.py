"""A call, as its record tells it."""

from __future__ import annotations

from ivr.calls.records.record import CallRecord, Leg

RECORD = CallRecord(
    record="r1",
    call="c1",
    token="c1",
    flow="main",
    fingerprint="f1",
    caller="+911",
    called="+912",
    direction="inbound",
    began=1_000_000,
    day="2026-01-31",
    ended=1_060_500,
    reason="caller",
    ended_by="caller",
    outcome="contained",
    goals=(("balance", 12_000),),
    milliseconds=60_000,
    interruptions=0,
    path=(
        Leg("welcome", 0, "next"),
        Leg("menu", 2_000, "choices.0", no_inputs=1, no_matches=1),
        Leg("lookup", 9_000, "next", lookup="found"),
        Leg("menu", 12_000, no_inputs=1),
    ),
)
