"""Stores full of calls: those of the example flows' scenarios, made on virtual time, and copies of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from ivr.calls.clock import wall_clock
from ivr.calls.store.engine import Database
from ivr.calls.store.flows import Flows
from ivr.calls.store.page import Page, Row, Step
from ivr.calls.store.schema import calls, journal
from ivr.calls.store.tallies import count
from ivr.core.events import Event, HungUp
from ivr.core.flow import Flow
from ivr.core.naming import local_time
from ivr.core.session import Session
from ivr.core.step import step
from ivr.document.load import Loaded, flow_files, load
from ivr.document.recorder import Recorder
from ivr.document.scenarios import Scenario
from ivr.simulate.caller import Caller, Differed, begun
from ivr.simulate.results import span
from ivr.simulate.suite import gather
from ivr.simulate.telephone import Telephone
from ivr.simulate.world import World

FLOWS = Path(__file__).parent.parent / "flows"
DAYS = 90
DAY_MS = 86_400_000
CALLERS = 5
"""So many calls has each caller, more or less."""
JOURNALS = 1_000
"""Only the newest calls have journals: no question takes longer for those of others."""
AT_ONCE = 2_000
"""Rows of one statement."""
LONGEST_MS = 3_600_000
"""A call that goes on for so long is ended by its caller."""


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """One call that was made, step by step."""

    flow: Flow
    steps: tuple[Step, ...]

    @property
    def session(self) -> Session:
        """After the last step."""
        return self.steps[-1][2]


class _Noting(Telephone):
    """A telephone that notes all steps."""

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self.steps: list[Step] = []

    def tell(self, event: Event) -> None:
        before = self.session
        after, effects = step(self.flow, before, event)
        self.steps.append((before, event, after, effects))
        super().tell(event)


@cache
def made(most: int) -> tuple[Made, ...]:
    """Different calls, so many at most, in an order that is always the same.

    Each scenario of the example flows is one, and so is its beginning up to each of its steps, after which the caller
    hangs up, or says nothing any more.
    """
    plans = [
        (scenario, steps, stays)
        for folder in gather([FLOWS])
        for scenario in (case.scenario for case in folder.cases)
        for steps in range(1, len(scenario.steps) + 1)
        for stays in (False, True)
    ]
    random.Random(7).shuffle(plans)
    return tuple(_made(scenario, steps, stays=stays) for scenario, steps, stays in plans[:most])


def some(url: str, number: int, *, until: int | None = None) -> None:
    """Put so many calls that are over into a store, from different callers, on the days before a moment.

    All of them are counted, their flows are kept, and the newest of them have journals, which tell the times of the
    calls of which they are copies.

    Args:
        url: of the database, which may be a new one, or that of a server.
        number: how many.
        until: milliseconds since 1970-01-01 UTC; by default now.
    """
    database = Database(url)
    try:
        database.prepare()
        served = Flows()
        served.serve([_example_flows()])
        served.write(database)
        rows = _rows(number, wall_clock() if until is None else until)
        with database.transaction() as connection:
            while some_rows := list(islice(rows, AT_ONCE)):
                connection.execute(insert(calls), [record for record, _ in some_rows])
                if journals := [text for _, text in some_rows if text is not None]:
                    connection.execute(insert(journal), journals)
            while count(connection):
                pass
    finally:
        database.close()


@cache
def _example_flows(year: int | None = None) -> Loaded:
    return load(flow_files(FLOWS), year or datetime.now(UTC).year)


def _made(scenario: Scenario, steps: int, *, stays: bool) -> Made:
    """The call of the beginning of a scenario, whose caller then stays until it ends, or hangs up."""
    flow = _example_flows(span(scenario)[0]).flows[scenario.flow]
    world = World(scenario)
    phone = _Noting(flow, begun(scenario, flow), world.answer, scenario.transfer)
    caller = Caller(phone, world)
    try:
        caller.begin()
        for _, each in scenario.steps[:steps]:
            caller.take(each)
        while stays and phone.session.phase != "done" and (phone.next_at() or LONGEST_MS) < LONGEST_MS:
            phone.happen()
    except Differed:
        pass  # A lookup that the scenario does not answer, because the caller does something else.
    if not phone.session.over:
        phone.tell(HungUp(phone.now))
    while phone.session.phase != "done":
        phone.happen()
    return Made(flow, tuple(phone.steps))


def page_of(call: Made, record: str) -> Page:
    """A call as the writing thread sees it when it is over."""
    first = call.steps[0][0]
    day = local_time(call.flow, first.call, 0).date().isoformat()
    page = Page(call.session, record, call.flow.id, call.flow.fingerprint, day)
    page.recorder = Recorder(call.flow, ())
    page.lines.append(page.recorder.begin(first))
    for each in call.steps:
        page.note(each, None)
    page.note(None, call.session)
    page.ended = first.call.began + (call.session.over_at or 0)
    return page


def _rows(number: int, until: int) -> Iterator[tuple[Row, Row | None]]:
    """The rows of records, and of journals, the oldest first."""
    chance = random.Random(11)
    originals = made(number)
    pages = [page_of(each, "") for each in originals]
    rows = [(page.record_row(), page.journal_row()) for page in pages]
    callers = [f"+9198{chance.randrange(10**8):08}" for _ in range(number // CALLERS + 1)]
    length = max((row["milliseconds"] or 0 for row, _ in rows), default=0)
    first = until - length - DAYS * DAY_MS
    for place, began in enumerate(sorted(chance.randrange(first, until - length) for _ in range(number))):
        original, (row, text) = originals[place % len(rows)], rows[place % len(rows)]
        record = f"{chance.getrandbits(64):016x}"
        call = replace(original.session.call, began=began, id=record, caller=chance.choice(callers))
        copy = {
            "record": record,
            "call": call.id,
            "token": call.token,
            "caller": call.caller,
            "began": began,
            "ended": began + (row["milliseconds"] or 0),
            "day": local_time(original.flow, call, 0).date().isoformat(),
        }
        yield {**row, **copy}, {**text, "record": record} if place >= number - JOURNALS else None
