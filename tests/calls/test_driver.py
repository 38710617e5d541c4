"""A call and its connection: what goes out and when, which messages count, and how it ends."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from ivr.calls.clock import Clock
from ivr.calls.driver import Driver
from ivr.calls.lookups import Lookups
from ivr.carriers.sfvopi import Stream, StreamSettings
from ivr.core.events import KeyPressed, Told
from ivr.core.flow import Flow
from ivr.core.turn import Turn
from ivr.media.frame import SILENCE_BYTE
from ivr.media.playout import LEAD_MS
from ivr.nodes.menu import Menu
from tests.calls.conftest import Connection, Dial, comes_to, connect

FlowOf = Callable[..., Flow]

MENU = """
start: ask
prompts: {apology: {silence: 700ms}}
variables: {message: ""}
nodes:
  ask:
    type: menu
    prompt: {silence: 3s}
    timeout: 60m
    choices: [{press: 1, next: bye}, {press: 2, next: record}, {press: 3, next: fetch}]
    no_match: {silence: 500ms}
  record: {type: record, prompt: {silence: 100ms}, into: message, silence: 60m, max_duration: 60m, next: bye}
  fetch: {type: http, url: "http://127.0.0.1:1/", timeout: 60m, next: bye}
  bye: {type: hangup, prompt: {silence: 1s}}
"""


SPOKEN = """
start: ask
nodes:
  ask:
    type: menu
    prompt: {silence: 3s}
    choices: [{say: [sales], press: 1, next: bye}]
  bye: {type: hangup, prompt: {silence: 1s}}
"""


def key(digit: str) -> str:
    return json.dumps({"event": "dtmf", "dtmf": {"digit": digit}})


def mark(name: str) -> str:
    return json.dumps({"event": "playedStream", "name": name})


def names(connection: Connection) -> list[str]:
    """The checkpoints that were set."""
    return [message["name"] for _, message in connection.sent if message["event"] == "checkpoint"]


def transcript(connection: Connection) -> list[tuple[str, str]]:
    """Who said something, and where."""
    return [(each["who"], each["node"]) for _, each in connection.sent if each["event"] == "transcript"]


def audio(message: dict[str, Any]) -> bytes:
    return b64decode(message["media"]["payload"])


async def test_audio_goes_out_whole_and_never_further_ahead_than_the_lead(
    dial: Dial, flow_of: FlowOf, connection: Connection, clock: Clock
) -> None:
    driver = dial(flow_of(MENU))
    began = clock.now()
    connect(driver, connection)
    await connection.until(lambda: "checkpoint" in connection.events())
    played = 0
    for at, message in connection.sent:
        if message["event"] == "playAudio":
            played += len(audio(message)) // 8
            assert played <= at - began + LEAD_MS
            assert set(audio(message)) == {SILENCE_BYTE}
    assert played == 3000


async def test_a_mark_ends_a_playback_at_once(dial: Dial, flow_of: FlowOf, connection: Connection) -> None:
    driver = dial(flow_of(MENU))
    connect(driver, connection)
    await connection.until(lambda: bool(names(connection)))
    driver.receive(connection, key("1"))
    await connection.until(lambda: len(names(connection)) == 2)
    assert not driver.over
    driver.receive(connection, mark(names(connection)[1]))
    assert connection.closed == 1000
    assert (driver.session.phase, driver.session.reason) == ("done", "hangup")


async def test_without_marks_a_playback_ends_by_our_own_clock(
    dial: Dial, flow_of: FlowOf, connection: Connection, clock: Clock
) -> None:
    driver = dial(flow_of(MENU))
    connect(driver, connection)
    pressed = clock.now()
    driver.receive(connection, key("1"))
    await connection.until(lambda: connection.closed is not None)
    assert clock.now() - pressed >= 1000 + 2000


async def test_a_mark_of_what_was_cleared_ends_nothing(dial: Dial, flow_of: FlowOf, connection: Connection) -> None:
    driver = dial(flow_of(MENU))
    connect(driver, connection)
    await connection.until(lambda: bool(names(connection)))
    [cleared] = names(connection)
    driver.receive(connection, key("1"))
    for name in (cleared, "playback-99", "other", ""):
        driver.receive(connection, mark(name))
    assert driver.session.playing != ()
    assert connection.closed is None


async def test_barge_in_takes_back_what_waits_before_it_clears(
    dial: Dial, flow_of: FlowOf, connection: Connection
) -> None:
    driver = dial(flow_of(MENU))
    connect(driver, connection)
    before = len(connection.sent)
    driver.receive(connection, key("9"))
    assert connection.taken_back == before
    assert connection.events()[before] == "clearAudio"
    after = [audio(message) for _, message in connection.sent[before + 1 :] if message["event"] == "playAudio"]
    assert after, "what follows a barge-in begins at once, with a lead of its own"


async def test_only_the_newest_connection_counts(
    dial: Dial, flow_of: FlowOf, connection: Connection, clock: Clock, ended: list[Driver]
) -> None:
    driver = dial(flow_of(MENU))
    connect(driver, connection)
    driver.receive(connection, key("9"))
    attempts = driver.session.memory["missed"]
    newer = Connection(clock)
    connect(driver, newer)
    assert connection.closed == 1000
    assert driver.session.memory["missed"] == attempts == 1
    driver.receive(connection, key("1"))
    driver.receive(connection, '{"event": "stop"}')
    driver.disconnected(connection, hung_up=True)
    assert (driver.session.place, driver.session.phase, newer.closed) == ("ask", "talking", None)
    assert newer.events()[0] == "playAudio"
    driver.receive(newer, key("1"))
    assert driver.session.place == "bye"
    driver.disconnected(newer, hung_up=True)
    assert ended == [driver]


async def test_what_comes_after_the_end_means_nothing(
    dial: Dial, flow_of: FlowOf, connection: Connection, ended: list[Driver]
) -> None:
    driver = dial(flow_of(MENU))
    connect(driver, connection)
    driver.hang_up()
    assert driver.over
    for message in (key("1"), mark("playback-1"), '{"event": "stop"}', "nonsense", b"\xff"):
        driver.receive(connection, message)
    driver.disconnected(connection, hung_up=True)
    driver.hang_up()
    assert ended == [driver]
    assert connection.closed == 1000


async def test_a_stream_that_never_opened_can_be_hung_up(dial: Dial, flow_of: FlowOf, ended: list[Driver]) -> None:
    driver = dial(flow_of(MENU))
    driver.hang_up()
    assert (ended, driver.session.reason) == ([driver], "caller")


async def test_an_operator_who_hangs_up_is_told_from_a_caller(
    dial: Dial, flow_of: FlowOf, connection: Connection, ended: list[Driver]
) -> None:
    driver = dial(flow_of(MENU))
    connect(driver, connection)
    driver.hang_up("operator")
    assert (ended, driver.session.reason, driver.session.ended_by) == ([driver], "caller", "operator")
    assert connection.closed == 1000


async def test_nobody_parses_media_that_nobody_listens_to(
    dial: Dial, flow_of: FlowOf, connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    broken = '{"event": "media", "media": {"payload": "***"}}'
    driver = dial(flow_of(MENU))
    connect(driver, connection)
    driver.receive(connection, broken)
    assert "message dropped" not in caplog.text
    driver.receive(connection, key("2"))
    await connection.until(lambda: len(names(connection)) == 1)
    driver.receive(connection, mark(names(connection)[0]))
    driver.receive(connection, broken)
    assert "message dropped" in caplog.text


async def test_a_recording_that_can_not_be_written_is_one_without_words(
    dial: Dial, flow_of: FlowOf, connection: Connection, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    driver = dial(flow_of(MENU), recordings=tmp_path / "nowhere")
    connect(driver, connection)
    driver.receive(connection, key("2"))
    await connection.until(lambda: len(names(connection)) == 1)
    driver.receive(connection, mark(names(connection)[0]))
    assert driver.session.place == "bye"
    assert driver.session.here.variables["message"] == ""
    assert "recording can't be written" in caplog.text


async def test_an_abandoned_call_does_nothing_more(
    dial: Dial, flow_of: FlowOf, connection: Connection, ended: list[Driver]
) -> None:
    driver = dial(flow_of(MENU))
    connect(driver, connection)
    driver.abandon()
    assert (connection.closed, ended) == (1001, [driver])
    driver.receive(connection, key("1"))
    driver.hang_up()
    assert ended == [driver]


class Faulty(Menu):
    """A kind of node with a bug in it."""

    def handle(self, turn: Turn, event: Told) -> None:
        if isinstance(event, KeyPressed):
            raise RuntimeError("a bug")
        super().handle(turn, event)


def faulty(flow: Flow) -> Flow:
    """Put a bug into the flow's first node."""
    node = flow.nodes["ask"]
    assert isinstance(node, Menu)
    values = {each.name: getattr(node, each.name) for each in fields(node)}
    return replace(flow, nodes={**flow.nodes, "ask": Faulty(**values)})


async def test_a_bug_of_ours_ends_the_call_with_an_apology(
    dial: Dial, flow_of: FlowOf, connection: Connection, ended: list[Driver], caplog: pytest.LogCaptureFixture
) -> None:
    driver = dial(faulty(flow_of(MENU)))
    connect(driver, connection)
    before = len(connection.sent)
    driver.receive(connection, key("1"))
    await connection.until(lambda: connection.closed is not None)
    assert connection.closed == 1000
    assert sum(len(audio(m)) for _, m in connection.sent[before:] if m["event"] == "playAudio") == 700 * 8
    assert ended == [driver]
    assert driver.session.reason == "error"
    assert "a bug of ours" in caplog.text


async def test_a_bug_of_ours_in_the_background_ends_the_call(
    dial: Dial, flow_of: FlowOf, connection: Connection, ended: list[Driver], caplog: pytest.LogCaptureFixture
) -> None:
    closed = Lookups(allow_private=True)
    await closed.aclose()
    driver = dial(flow_of(MENU), lookups=closed)
    connect(driver, connection)
    driver.receive(connection, key("3"))
    await connection.until(lambda: connection.closed is not None)
    assert ended == [driver]
    assert "a bug of ours" in caplog.text


async def test_a_silent_stream_is_dead_and_an_outbound_one_is_not_silent(
    dial: Dial, flow_of: FlowOf, connection: Connection, clock: Clock, ended: list[Driver]
) -> None:
    driver = dial(flow_of(MENU), media_timeout=2_000, reconnect=1_000)
    began = clock.now()
    connect(driver, connection)
    await connection.until(lambda: connection.closed is not None)
    assert clock.now() - began >= 2_000
    assert (connection.closed, ended) == (1001, [])
    await comes_to(lambda: ended == [driver])
    assert clock.now() - began >= 3_000

    settings = StreamSettings(direction="OUTBOUND")
    other = Connection(clock)
    driver = dial(flow_of(MENU), media_timeout=2_000, stream=settings)
    driver.connect(other, Stream(settings), desk=False)
    await other.until(lambda: bool(names(other)))
    assert other.sent[-1][0] - other.sent[0][0] >= 2_000
    assert other.closed is None


async def test_on_an_inbound_stream_nothing_leaves_and_time_passes(
    dial: Dial, flow_of: FlowOf, connection: Connection, clock: Clock
) -> None:
    settings = StreamSettings(direction="INBOUND")
    driver = dial(flow_of(MENU), stream=settings)
    began = clock.now()
    driver.connect(connection, Stream(settings), desk=False)
    driver.receive(connection, key("9"))
    driver.receive(connection, key("1"))
    await connection.until(lambda: connection.closed is not None)
    assert connection.sent == []
    assert clock.now() - began >= 1000


async def test_the_desk_is_told_what_is_said_and_why(dial: Dial, flow_of: FlowOf, connection: Connection) -> None:
    driver = dial(flow_of(MENU))
    driver.connect(connection, Stream(), desk=True)
    driver.receive(connection, key("9"))
    await connection.until(lambda: "checkpoint" in connection.events())
    told = [("ivr", "ask"), ("engine", "ask"), ("ivr", "ask")]
    assert transcript(connection) == told
    driver.receive(connection, mark(*names(connection)))
    assert transcript(connection) == [*told, ("ivr", "ask")]


async def test_the_desk_is_told_of_nodes_that_say_nothing_and_on_each_stream_but_of_none_after_the_call(
    dial: Dial, flow_of: FlowOf, connection: Connection, clock: Clock
) -> None:
    driver = dial(flow_of(f"on_hangup: after\n{MENU}  after: {{type: set, values: {{message: over}}}}\n"))
    driver.connect(connection, Stream(), desk=True)
    driver.receive(connection, key("2"))
    again = Connection(clock)
    driver.connect(again, Stream(), desk=True)
    driver.disconnected(again, hung_up=True)
    places = [[each["node"] for _, each in one.sent if each["event"] == "node"] for one in (connection, again)]
    assert (driver.over, places) == (True, [["ask", "record"], ["record"]])


async def test_a_caller_who_speaks_in_text_needs_no_ear(dial: Dial, flow_of: FlowOf, connection: Connection) -> None:
    driver = dial(flow_of(SPOKEN))
    stream = Stream()
    stream.parse('{"event": "start", "desk": true, "speaks": "text"}')
    driver.connect(connection, stream, desk=True)
    for text, stops in (("my dog barks", False), ("Sales!", True)):
        driver.receive(connection, '{"event": "speech", "state": "began"}')
        driver.receive(connection, json.dumps({"event": "speech", "state": "ended", "text": text}))
        assert ("clearAudio" in connection.events()) == stops
    assert driver.session.place == "bye"


async def test_a_caller_with_a_voice_is_told_to_use_the_keys_where_nobody_listens(
    dial: Dial, flow_of: FlowOf, connection: Connection
) -> None:
    driver = dial(flow_of(SPOKEN))
    connect(driver, connection)
    driver.receive(connection, '{"event": "speech", "state": "ended", "text": "sales"}')
    assert driver.session.place == "ask"
    assert driver.session.keys_hint is not None
