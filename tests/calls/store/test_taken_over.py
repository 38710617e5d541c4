"""Whichever processes a call goes through, its journal is the one that a single process writes."""

from __future__ import annotations

import pytest

from ivr.calls.store.store import Store
from ivr.core.events import Answered, Event, HungUp, KeyPressed, LookupAnswered, PlaybackEnded, Reconnected, SpeechEnded
from ivr.core.flow import Flow
from ivr.document.journal import read
from ivr.document.load import load_sources
from ivr.document.source import read as read_source
from ivr.replay.again import again
from tests.calls.store.conftest import OnStore, Open, call_on, journal_of, resumed, until

FLOW = """
start: welcome
variables: {pin: "", name: ""}
nodes:
  welcome: {type: menu, prompt: Welcome., barge_in: false, timeout: 10m, choices: [{press: 1, next: pin}]}
  pin: {type: collect, prompt: Your PIN?, into: pin, digits: 4, speech: digits, sensitive: true, next: ask}
  ask: {type: http, url: "http://crm.test/", save: {name: body.name}, on_error: bye, next: tell}
  tell: {type: menu, prompt: "{{ name }}, {{ pin }}?", timeout: 10m, choices: [{press: 2, next: bye}]}
  bye: {type: hangup, prompt: Goodbye.}
"""
SCRIPT: tuple[Event, ...] = (
    Answered(0),
    KeyPressed(100, "9"),  # The prompt may not be interrupted, so what comes of these is known later.
    KeyPressed(200, "1"),
    KeyPressed(300, "8"),
    KeyPressed(400, "6"),
    PlaybackEnded(1_000, 1),
    PlaybackEnded(1_050, 2),
    KeyPressed(1_100, "2"),
    KeyPressed(1_200, "4"),
    LookupAnswered(1_300, 0, 200, {}, {"name": "Asha 8624", "rest": 1}),
    SpeechEnded(1_400, "eight six two four", 0.9),
    KeyPressed(1_500, "2"),
    HungUp(1_600),
)


def told(call: OnStore, *events: Event) -> None:
    """Tell what happens; an answer is that to the lookup which is on its way."""
    for event in events:
        if isinstance(event, LookupAnswered):
            event = LookupAnswered(event.at, call.session.fetching or 0, event.status, event.headers, event.body)
        call.tell(event)


@pytest.fixture
def private() -> Flow:
    made = load_sources({"main.yaml": read_source(FLOW, "main.yaml")}, 2026)
    return made.flows["main"]


async def whole(store: Store, url: str, flow: Flow, name: str, events: tuple[Event, ...]) -> str:
    """The journal of a call that stays where it began."""
    call = call_on(store, flow, name, began=1_000)
    told(call, *events)
    await call.durable()
    assert call.session.phase == "done"
    [text] = journal_of(url, name)
    return text


@pytest.mark.parametrize("back", [(), (Reconnected(1_250),)], ids=["unnoticed", "reconnected"])
async def test_the_journal_is_the_same_wherever_its_process_dies(
    sqlite_url: str, opened: Open, private: Flow, back: tuple[Event, ...]
) -> None:
    first, second = await opened(sqlite_url), await opened(sqlite_url)
    second.begin(private, call_on(first, private, "other").session)  # So it has the flow.
    for place in range(1, len(SCRIPT)):
        before = SCRIPT[:place]
        after = (*(Reconnected(before[-1].at) for _ in back), *SCRIPT[place:])
        old = call_on(first, private, f"cut {place}", began=1_000)
        told(old, *before)
        await old.durable()
        new = resumed(private, await second.take(f"cut {place}"))
        told(old, *SCRIPT[place:])  # What a process that is nearly dead has to say is not heard.
        told(new, *after)
        await new.durable()
        [text] = journal_of(sqlite_url, f"cut {place}")
        expected = await whole(first, sqlite_url, private, f"all {place}", (*before, *after))
        assert text == expected.replace(f"all {place}", f"cut {place}"), f"after {place} steps"
        assert again(read(text.encode(), ""), private).difference is None
        assert "8624" not in text
        await until(lambda: old.kept.lost)  # noqa: B023  it is waited for at once
    assert second.health.unwritten == first.health.unwritten == 0


async def test_a_journal_whose_flow_is_not_known_ends_where_it_is(sqlite_url: str, opened: Open, private: Flow) -> None:
    first, second = await opened(sqlite_url), await opened(sqlite_url)
    old = call_on(first, private)
    told(old, *SCRIPT[:2])
    await old.durable()
    new = resumed(private, await second.take("call-1"))
    told(new, *SCRIPT[2:])
    await new.durable()
    assert second.health.unwritten == 1
    assert journal_of(sqlite_url)[0].count("\n") == 3
    assert await second.has_ended("call-1")
