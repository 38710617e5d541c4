"""Journals: what their lines say, what they leave out, and how they are read again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ivr.core.events import (
    Answered,
    Deafened,
    Event,
    HungUp,
    KeyPressed,
    LookupAnswered,
    LookupFailed,
    PhraseHeard,
    PlaybackEnded,
    PlaybackFailed,
    SpeechBegan,
    SpeechEnded,
)
from ivr.core.flow import Flow
from ivr.core.paths import read_paths
from ivr.core.session import Call, Session, begin
from ivr.core.step import step
from ivr.core.values import MASK
from ivr.document.journal import KINDS, Hidden, JournalError, ending_line, entry_line, head_line, read
from ivr.document.masking import TOO_DEEP, Masks, parts
from ivr.document.recorder import MOST_HELD, Recorder

FLOW = """
    start: menu
    universals: [{press: "*", say: again please, do: repeat}]
    variables: {note: "", pin: ""}
    nodes:
      menu:
        type: menu
        prompt: "{{ env.GREETING }}"
        choices:
          - {press: 1, next: say}
          - {press: 12, next: pin}
          - {press: 2, say: pin, next: pin}
          - {press: 3, next: note}
      say: {type: play, prompt: {silence: 1s}, next: pin}
      pin:
        type: collect
        prompt: {silence: 1s}
        into: pin
        digits: {min: 2, max: 4, erase: "#", finish: 9, keys: 12345}
        speech: digits
        sensitive: true
        confirm: "{{ pin }}"
        next: last
      note: {type: record, prompt: {silence: 1s}, into: note, next: pin}
      last: {type: menu, prompt: {silence: 1s}, barge_in: false, choices: [{press: 5, next: bye}]}
      bye: {type: hangup, prompt: {silence: 1s}}
"""

FlowOf = Callable[..., Flow]


class Told:
    """A call that is told events, and the lines of its journal."""

    def __init__(self, flow: Flow, secrets: tuple[str, ...] = ()) -> None:
        call = Call("c/1", "+91", "+92", "inbound", 1_700_000_000_000)
        self.session: Session = begin(flow, call, {"GREETING": "Hello.", "OTHER": "x"})
        self.recorder = Recorder(flow, secrets)
        self.flow = flow
        self.lines = [self.recorder.begin(self.session)]

    def tell(self, *events: Event) -> Told:
        for event in events:
            before = self.session
            self.session, effects = step(self.flow, before, event)
            self.lines += self.recorder.step(before, event, self.session, effects)
        return self

    def press(self, script: str) -> Told:
        """Press keys, each at its millisecond; `.` is the end of what is heard."""
        for each in script.split():
            key, at = each.split("@")
            if key == ".":
                while self.session.playing:
                    self.tell(PlaybackEnded(int(at), self.session.playing[-1]))
            else:
                self.tell(KeyPressed(int(at), key))
        return self

    def ended(self) -> list[dict[str, Any]]:
        self.tell(HungUp(60_000))
        self.lines += self.recorder.end(self.session)
        return [json.loads(line) for line in self.lines]


def events(lines: list[dict[str, Any]]) -> list[str]:
    """The keys of a journal: themselves, or what is told of them."""
    keys = [line for line in lines if line.get("event", {}).get("is") == "KeyPressed"]
    return [line["event"]["key"] or line["hidden"]["kind"] for line in keys]


KEYS = [
    ("choices are written", "1@10 .@20 2@30", "1"),
    ("the keys of a value are not", "2@10 4@20 4@30 9@40 1@50", "2 digit digit 9 1"),
    ("nor are those that are none of it", "2@10 4@20 8@30", "2 digit other"),
    ("nor is a number in place of an answer", "2@10 4@20 4@30 9@40 4@50 4@60", "2 digit digit 9 other other"),
    ("nor are those that were pressed ahead", "1@10 1@5000 4@5100 4@5200", "1 digit digit digit"),
    ("a universal is", "2@10 4@20 *@30", "2 digit *"),
    ("what meant nothing is not", "2@10 4@20 4@30 9@40 1@50 7@60", "2 digit digit 9 1 dropped"),
    ("keys during a recording, which another one ends", "3@10 .@20 4@30 4@40 #@50 .@60 3@70", "3 digit digit # digit"),
]


@pytest.mark.parametrize(("keys", "expected"), [case[1:] for case in KEYS], ids=[case[0] for case in KEYS])
def test_what_is_written_of_keys(keys: str, expected: str, flow_of: FlowOf) -> None:
    found = events(Told(flow_of(FLOW)).tell(Answered(0)).press(keys).ended())
    assert found[: len(expected.split())] == expected.split()


def test_lines_wait_until_it_is_known_what_became_of_a_key(flow_of: FlowOf) -> None:
    told = Told(flow_of(FLOW)).tell(Answered(0)).press("3@10 .@20")
    known = len(told.lines)
    told.press("4@30").tell(SpeechBegan(40), SpeechEnded(50))
    assert len(told.lines) == known
    told.press("#@60 .@70")
    assert events([json.loads(line) for line in told.lines]) == ["3", "digit", "#"]


def test_no_more_lines_wait_than_may(flow_of: FlowOf) -> None:
    told = Told(flow_of(FLOW)).tell(Answered(0)).press("3@10 .@20 4@30")
    known = len(told.lines)
    for at in range(100, 100 + MOST_HELD):
        told.tell(SpeechBegan(at))
    assert len(told.lines) == known + MOST_HELD + 1
    assert json.loads(told.lines[known])["hidden"]["kind"] == "dropped"


def test_in_a_flow_that_asks_for_nothing_sensitive_all_keys_are_written_at_once(flow_of: FlowOf) -> None:
    plain = flow_of(FLOW.replace("sensitive: true", "sensitive: false"))
    told = Told(plain).tell(Answered(0)).press("3@10 .@20 4@30 4@40")
    assert events([json.loads(line) for line in told.lines]) == ["3", "4", "4"]


WORDS = [
    ("two four", Hidden("digits", "pin", 2)),
    ("two four five five five", Hidden("digits", "pin", 5)),
    ("two seven", Hidden("foreign_digits", "pin", 2)),
    ("my PIN is two four", Hidden("nothing", "pin")),
    ("again please", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "hidden"), WORDS)
def test_what_is_written_of_words_for_a_sensitive_value(text: str, hidden: Hidden | None, flow_of: FlowOf) -> None:
    told = Told(flow_of(FLOW)).tell(Answered(0)).press("2@10 .@20").tell(SpeechBegan(30), SpeechEnded(900, text, 0.9))
    told.ended()
    entry = read("".join(told.lines).encode(), "x").entries[-2]
    assert entry.hidden == hidden
    assert entry.event == SpeechEnded(900, "" if hidden else text, 0.9)


@pytest.mark.parametrize(("text", "kept"), [("yes", True), ("no", True), ("no it is two five", False)])
def test_what_is_written_of_words_that_answer_a_confirmation(text: str, kept: bool, flow_of: FlowOf) -> None:
    told = Told(flow_of(FLOW)).tell(Answered(0)).press("2@10 2@20 4@30 9@40 .@50")
    told.tell(SpeechBegan(60), PhraseHeard(900, text, 0.9)).ended()
    event = json.loads(told.lines[-3])["event"]
    assert event["text"] == (text if kept else "")


PATHS = [
    ("body.a.b[0]", "body", {("a", "b", 0)}),
    ("body['a'] ~ body.b", "body", {("a",), ("b",)}),
    ("body.a.b ~ body.a", "body", {("a",)}),
    ("body[key].x", "body", {()}),
    ("body | length", "body", {()}),
    ("body.list[key].x ~ headers.etag", "body", {("list",)}),
    ("body.list[-1]", "body", {("list",)}),
    ("body.list[-1]", "headers", set()),
    ("[headers['x-id'], status, body.n | int if body.ok else 0]", "body", {("n",), ("ok",)}),
    ("'body.x'", "body", set()),
]


@pytest.mark.parametrize(("source", "name", "paths"), PATHS)
def test_what_an_expression_reads(source: str, name: str, paths: set[tuple[str | int, ...]]) -> None:
    assert read_paths(source, name) == paths


ANSWER = {"a": {"b": [1, 2, {"c": "x"}], "d": "secret"}, "n": 5, "t": "text", "yes": True, "none": None}
PARTS = [
    ([("a", "b", 2, "c")], {"a": {"b": [None, None, {"c": "x"}]}}),
    ([("n",), ("t",)], {"n": 5, "t": "text"}),
    ([()], ANSWER),
    ([("a", "x")], {"a": {"b": None, "d": None}}),
    ([("a", "b", 7)], {"a": {"b": [None, None, None]}}),
    ([("a", "b", "c")], {"a": {"b": []}}),
    ([("n", "x"), ("t", "x"), ("yes", "x"), ("none", "x")], {"n": 0, "t": "", "yes": False, "none": None}),
    ([("t", 0)], {"t": "text"}),
]


@pytest.mark.parametrize(("paths", "expected"), PARTS)
def test_what_is_kept_of_an_answer(paths: list[tuple[str | int, ...]], expected: object) -> None:
    assert parts(ANSWER, paths) == expected


def test_an_answer_that_is_too_deep_stays_so() -> None:
    deep: list[Any] = []
    for _ in range(200):
        deep = [deep]
    assert parts({"a": deep}, [("a",)]) == TOO_DEEP


def test_what_may_not_be_written_is_masked_wherever_it_occurs(flow_of: FlowOf) -> None:
    told = Told(flow_of(FLOW), secrets=("s3cr3t",)).tell(Answered(0)).press("2@10 2@20 4@30 5@40 9@50 1@60")
    masks = Masks(("s3cr3t",))
    masks.learn(told.session)
    assert masks.text("PIN 245, 2 4 5, x2-4-5y and s3cr3t but not s3cr3ts") == (
        f"PIN {MASK}, {MASK}, x{MASK}y and {MASK} but not s3cr3ts"
    )
    assert masks.data({"245": [245, 0.5, 1245.0, True, None, "ok"]}) == {MASK: [MASK, 0.5, MASK, True, None, "ok"]}


# Reading


def a_call(flow_of: FlowOf) -> Told:
    told = Told(flow_of(FLOW)).tell(Answered(0)).press("7@10 .@20")
    told.tell(
        Deafened(30, "no model"),
        PlaybackFailed(40, 99, "no voice"),
        LookupAnswered(50, 99, 200, {"etag": "1"}, {"a": [1.5, None]}),
        LookupFailed(60, 99, "timeout", "too late"),
    )
    told.press("2@70 4@80 4@90").ended()
    return told


def test_what_is_written_is_read_again(flow_of: FlowOf) -> None:
    told = a_call(flow_of)
    journal = read("".join(told.lines).encode(), "calls/x.jsonl")
    assert journal.head.call == told.session.call
    assert (journal.head.flow, journal.head.fingerprint) == ("main", told.flow.fingerprint)
    assert journal.head.env == {"GREETING": "Hello."}
    assert journal.ending is not None
    assert (journal.ending.by, journal.ending.reason, journal.ending.at) == ("caller", "caller", 60_000)
    again = [head_line(journal.head), *map(entry_line, journal.entries), ending_line(journal.ending)]
    assert again == told.lines
    assert [entry.line for entry in journal.entries] == list(range(2, len(told.lines)))


def test_every_event_can_be_written_and_read(flow_of: FlowOf) -> None:
    told = a_call(flow_of)
    entry = read("".join(told.lines).encode(), "x").entries[0]
    filled: dict[str, Any] = {"key": "5", "text": "x", "confidence": 0.5, "why": "x", "playback": 3, "message": "x"}
    filled |= {"lookup": 4, "status": 200, "fault": "timeout", "recording": "r"}
    for kind in KINDS.values():
        wanted = {name: filled[name] for name in kind.__match_args__ if name in filled}
        if kind.__name__ == "Transferred":
            wanted = {"fault": "busy"}
        written = replace(entry, event=kind(at=5, **wanted))
        text = told.lines[0] + entry_line(written)
        assert read(text.encode(), "x").entries == (replace(written, line=2),)


def test_what_was_cut_off_is_read_up_to_there(flow_of: FlowOf) -> None:
    data = "".join(a_call(flow_of).lines).encode()
    whole = read(data, "x")
    for end in range(data.index(b"\n") + 1, len(data)):
        cut = read(data[:end], "x")
        assert cut.ending is None
        assert cut.entries == whole.entries[: len(cut.entries)]
        assert len(cut.entries) == data[:end].count(b"\n") - 1


FAULTS = [
    ("", "x.jsonl:1: this is no journal: it ends before its first line does"),
    ("{}", "x.jsonl:1: this is no journal"),
    ("no\n", "x.jsonl:1: this is no line of a journal: Expecting value at column 1"),
    ("[]\n", "x.jsonl:1: this is no line of a journal: a call, a step or an end is expected"),
    ('{"journal":99}\n', "version 1 is expected, found version 99"),
    ('{"end":{}}\n', "x.jsonl:1: the first line of a journal tells of the call"),
    ("HEAD" + '{"at":1,"event":{"is":"Sneezed"}}\n', "x.jsonl:2: this is no line of a journal: there is no event"),
    ("HEAD" + '{"at":"1","event":{"is":"HungUp"},"place":"x","playing":0}\n', "x.jsonl:2: "),
    ("HEAD" + '{"at":1,"event":{"is":"KeyPressed"},"place":"x","playing":0}\n', "missing"),
    ("HEAD" + '{"at":1,"event":{"is":"HungUp","loud":1},"place":"x","playing":0}\n', "there is no “loud” here"),
    ("HEAD" + '{"end":{}}\n{"end":{}}\n', "x.jsonl:2: a step is expected here"),
    ("HEAD" + '{"at":1,"event":{"is":"HungUp"},"place":"x","playing":0,"said":"x"}\n', "“said” is expected to be"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), FAULTS)
def test_what_is_no_journal_is_told_with_its_line(text: str, message: str, flow_of: FlowOf) -> None:
    head = Told(flow_of(FLOW)).lines[0]
    with pytest.raises(JournalError) as error:
        read(text.replace("HEAD", head).encode(), "x.jsonl")
    assert message in str(error.value)
