"""What calls come to when they are counted: by day, flow and node, and without anything that tells of one caller."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ivr.calls.records.record import CallRecord, Leg
from ivr.calls.records.spread import GOAL_MS, LOOKUP_MS, bucket
from ivr.calls.records.trail import CALLER, ERRORS

What = Literal[
    "call", "end", "goal", "goal_within", "reached", "visit", "exit", "no_input", "no_match", "missed", "used_up",
    "left", "lookup", "lookup_within",
]  # fmt: skip
"""What is counted.

`call` by outcome, with how long calls took; `end` by reason; `goal` by its name, with the time to it, and
`goal_within` by the bucket of that time and its name; calls that `reached` a node; `visit` of a node, with the time
there; `exit` by its name; `no_input` and `no_match`, and both together as `missed` by attempt, from 1; visits that
ended because the attempts were `used_up`; callers who `left` by attempt; `lookup` by what became of it, with the
time that it took, and `lookup_within` by the bucket of that time.
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """One number of one day."""

    day: str
    """ISO 8601."""
    flow: str
    """The flow that calls began on."""
    node: str
    """As `flow/node` in a subflow; empty where a number is about whole calls."""
    what: What
    detail: str
    """An outcome, a reason, a goal, an exit, an attempt, what became of a lookup, or a bucket; `bucket/goal` for
    `goal_within`; empty where there is none."""
    count: int
    milliseconds: int = 0
    """In all of them together."""


GIVEN_UP = ("on_failure", "on_error")
"""Exits of a node at which the attempts were used up; the second one from a subflow that has no way out itself."""
BY_STATUS = "on_status."
"""Begins the exits for answers with a status that the flow reckons with, such as 404."""
OTHERWISE = "otherwise"
"""What becomes of a lookup that leaves by one of these: it brought no values, and did not fail."""

Key = tuple[str, What, str]
"""Node, what, detail."""


def tallies(record: CallRecord) -> tuple[Tally, ...]:
    """What one call adds to the numbers of its day, each key once; nothing while it goes on."""
    if record.ended is None or record.outcome is None:
        return ()
    count: Counter[Key] = Counter()
    took: Counter[Key] = Counter()
    for key, milliseconds in (*_of_call(record, record.outcome), *_of_path(record)):
        count[key] += 1
        took[key] += milliseconds
    return tuple(Tally(record.day, record.flow, *key, number, took[key]) for key, number in count.items())


def left_at(record: CallRecord) -> Leg | None:
    """The visit in which the caller hung up or was lost; None where the caller did not end the call."""
    if record.ended is None or record.ended_by != CALLER:
        return None
    return next((leg for leg in reversed(record.path) if not leg.exit), None)


def duration(record: CallRecord) -> int:
    """How many milliseconds the caller was there, as far as is known."""
    if record.milliseconds is not None:
        return record.milliseconds
    return 0 if record.ended is None else max(record.ended - record.began, 0)


def stays(record: CallRecord) -> Iterator[tuple[Leg, int]]:
    """Each visit of a call, in order, with the milliseconds until the next one or the end."""
    end = max((duration(record), *(leg.at for leg in record.path)))
    until = (*(leg.at for leg in record.path[1:]), end)
    for leg, next_at in zip(record.path, until, strict=False):
        yield leg, max(next_at - leg.at, 0)


def _of_call(record: CallRecord, outcome: str) -> Iterator[tuple[Key, int]]:
    """What a call as a whole adds, each with its time."""
    yield ("", "call", outcome), duration(record)
    yield ("", "end", record.reason or ""), 0
    for goal, at in record.goals:
        yield ("", "goal", goal), at
        yield ("", "goal_within", f"{bucket(at, GOAL_MS)}/{goal}"), 0


def _of_path(record: CallRecord) -> Iterator[tuple[Key, int]]:
    """What the visits of its nodes add."""
    for place in dict.fromkeys(leg.place for leg in record.path):
        yield (place, "reached", ""), 0
    left = left_at(record)
    for leg, stayed in stays(record):
        for (what, detail), milliseconds in _of_leg(leg, stayed):
            yield (leg.place, what, detail), milliseconds
        if leg is left:
            yield (leg.place, "left", str(_attempt(leg))), 0
        if _attempt(leg) > 1 and (leg.exit in GIVEN_UP if leg.exit else record.reason in ERRORS):
            yield (leg.place, "used_up", ""), 0


def _of_leg(leg: Leg, milliseconds: int) -> Iterator[tuple[tuple[What, str], int]]:
    yield ("visit", ""), milliseconds
    if leg.exit:
        yield ("exit", leg.exit), 0
    yield from ((("no_input", ""), 0),) * leg.no_inputs
    yield from ((("no_match", ""), 0),) * leg.no_matches
    for attempt in range(1, _attempt(leg)):
        yield ("missed", str(attempt)), 0
    if leg.lookup:
        by_status = leg.lookup == "failed" and leg.exit.startswith(BY_STATUS)
        yield ("lookup", OTHERWISE if by_status else leg.lookup), milliseconds
        yield ("lookup_within", bucket(milliseconds, LOOKUP_MS)), 0


def _attempt(leg: Leg) -> int:
    """At which attempt of a visit the caller is in its end, from 1."""
    return leg.no_inputs + leg.no_matches + 1
