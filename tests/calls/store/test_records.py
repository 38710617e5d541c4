"""Records tell what became of each call, can be searched page by page, and are deleted by a caller's number."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import Connection

from ivr.calls.records.record import CallRecord, Leg
from ivr.calls.store.records import Wanted, flows_of, found, journal_of, number_of, record
from ivr.calls.store.store import Store
from ivr.core.events import Answered, Event, HungUp, KeyPressed, LookupAnswered, PlaybackEnded, Reconnected
from ivr.core.flow import Flow
from ivr.core.session import Call, begin
from tests.calls.store.conftest import OnStore, Open, call_on, resumed

NIGHT = 1_767_636_000_000
"""2026-01-05T18:00Z, when it is the 6th in India after half past six."""
PIN: tuple[Event, ...] = (Answered(0), *(KeyPressed(10 * at, key) for at, key in enumerate("1234", 1)))
FLOW = """
start: menu
hours: {office: {timezone: Asia/Kolkata, open: {mon-fri: "9:00-17:00"}}}
goals: {served: [bye], informed: [log]}
on_hangup: log
nodes:
  menu: {type: menu, prompt: Well?, timeout: 10m, choices: [{press: 1, next: bye}]}
  bye: {type: hangup, prompt: Goodbye.}
  log: {type: http, url: "http://crm.test/log"}
"""


@pytest.fixture
def office(flow_of: Callable[..., Flow]) -> Flow:
    return flow_of(FLOW)


async def one(store: Store, id: str) -> CallRecord:
    """The record of a call."""
    [found_one] = [each for each in await store.read(lambda it: found(it, Wanted(), 99)) if each.call == id]
    return found_one


@pytest.mark.parametrize("keep", [0, 86_400_000], ids=["without journals", "with journals"])
async def test_a_record_tells_the_whole_way_of_a_call_also_through_two_processes(
    url: str, opened: Open, flow: Flow, keep: int
) -> None:
    first, second = await opened(url, keep=keep), await opened(url, keep=keep)
    call = call_on(first, flow).tell(*PIN, KeyPressed(70, "9"), KeyPressed(100, "1"))
    await call.durable()
    begun = await one(first, "call-1")
    assert (begun.ended, begun.outcome, begun.path) == (None, None, ())
    second.begin(flow, begin(flow, Call("x", "", "", "inbound", 0), {}))  # So it has the flow.
    again = resumed(flow, await second.take("call-1")).tell(Reconnected(150))
    again.tell(LookupAnswered(200, again.session.fetching or 0, 200, {}, {"name": "Asha"}), KeyPressed(300, "2"))
    again.tell(PlaybackEnded(400, again.session.playing[-1]))
    await again.durable()
    kept = await one(second, "call-1")
    assert kept.path == (
        Leg("pin", 0, "next"),
        Leg("menu", 40, "choices.1", no_matches=1),
        Leg("ask", 100, "next", lookup="found"),
        Leg("menu", 200, "choices.2"),
        Leg("bye", 300),
    )
    assert (kept.reason, kept.ended_by, kept.outcome, kept.goals) == ("hangup", "bye", "contained", ())
    assert (kept.milliseconds, kept.interruptions, kept.fingerprint) == (400, 1, flow.fingerprint)
    assert bool(await second.read(lambda it: journal_of(it, kept.record))) == bool(keep)
    assert await second.read(lambda it: record(it, kept.record)) == kept
    assert await second.read(lambda it: record(it, "none")) is None


async def test_days_are_those_of_the_flow(sqlite_url: str, opened: Open, office: Flow, flow: Flow) -> None:
    store = await opened(sqlite_url)
    for minutes, id in ((29, "early"), (31, "late")):
        await call_on(store, office, id, began=NIGHT + 60_000 * minutes).tell(Answered(0), HungUp(1)).durable()
    await call_on(store, flow, "in UTC", began=NIGHT + 60_000 * 31).tell(Answered(0), HungUp(1)).durable()
    days = {each.call: each.day for each in await store.read(lambda it: found(it, Wanted(), 9))}
    assert days == {"early": "2026-01-05", "late": "2026-01-06", "in UTC": "2026-01-05"}


async def some(store: Store, flow: Flow, office: Flow) -> list[OnStore]:
    """Six calls, the first one first; the last one goes on."""
    made: list[OnStore] = []
    for number, on in enumerate((flow, flow, office, office, office, flow)):
        session = begin(on, Call(f"c{number}", f"+9198 00{number}", "+9180", "inbound", 1_000 * (number // 2)), {})
        made.append(OnStore(on, session, store.begin(on, session)).tell(Answered(0)))
    made[0].tell(HungUp(5))
    made[1].tell(HungUp(5))
    for each in made[2:4]:
        each.tell(KeyPressed(5, "1"))
        each.tell(PlaybackEnded(9, each.session.playing[-1]), HungUp(9))
    made[4].tell(HungUp(5))
    for each in made[2:5]:
        each.tell(LookupAnswered(20, each.session.fetching or 0, 200))
    for each in made:
        await each.durable()
    return made


WANTED = [
    (Wanted(), "543210"),
    (Wanted(since=1_000), "5432"),
    (Wanted(since=1_000, until=2_000), "32"),
    (Wanted(number="98 00"), "543210"),
    (Wanted(number="(9)-180"), "543210"),
    (Wanted(number="002"), "2"),
    (Wanted(number="80"), "543210"),
    (Wanted(number="9%0"), ""),
    (Wanted(flow="office"), ""),
    (Wanted(goal="served"), "32"),
    (Wanted(goal="informed"), "432"),
    (Wanted(goal="form"), ""),
    (Wanted(outcome="abandoned"), "10"),
    (Wanted(outcome="contained", reason="caller"), "4"),
    (Wanted(reason="hangup"), "32"),
    (Wanted(going=True), "5"),
    (Wanted(going=False, until=1_000), "10"),
]


async def test_records_are_searched(url: str, opened: Open, flow: Flow, office: Flow) -> None:
    store = await opened(url)
    await some(store, flow, office)

    def pages(connection: Connection, wanted: Wanted) -> list[CallRecord]:
        """All that are wanted, two by two."""
        seen: list[CallRecord] = []
        before = None
        while page := found(connection, wanted, 2, before):
            seen += page
            before = page[-1].began, page[-1].record
        return seen

    for wanted, expected in WANTED:
        records = await store.read(partial(pages, wanted=wanted))
        assert [each.began for each in records] == sorted((each.began for each in records), reverse=True)
        assert sorted((each.call for each in records), reverse=True) == [f"c{each}" for each in expected], wanted
        assert await store.read(partial(number_of, wanted=wanted)) == len(expected)
    assert await store.read(flows_of) == ["main"]
