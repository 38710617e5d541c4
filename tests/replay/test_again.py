"""Calls that are made again from their journals decide the very same, and no journal holds what is sensitive."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.core.effects import Fetch
from ivr.core.events import (
    KeyPressed,
    LookupAnswered,
    LookupFailed,
    PhraseHeard,
    Reconnected,
    SpeechBegan,
    SpeechEnded,
)
from ivr.core.flow import Flow
from ivr.document.journal import Journal, read
from ivr.document.load import flow_files, load
from ivr.document.scenarios import Scenario, read_scenarios
from ivr.document.source import read as read_source
from ivr.replay.again import again, side_by_side
from ivr.replay.elsewhere import elsewhere
from tests.replay.recorded import FLOWS, TALKS, RecordedLine, answered, flow_of, scenario_call


def scenarios(folder: Path) -> Iterator[tuple[Scenario, Flow, Flow]]:
    """Every scenario of a folder, with its flow, loaded twice."""
    flows, as_it_was = (load(flow_files(folder), 2026).flows for _ in range(2))
    for path in sorted(folder.glob("*.test.yaml")):
        found, _ = read_scenarios(read_source(path.read_bytes(), path.name))
        for scenario in found:
            yield scenario, flows[scenario.flow], as_it_was[scenario.flow]


def texts(value: Any) -> Iterator[str]:
    """All texts in data."""
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from texts(inner)
        case list():
            for inner in value:
                yield from texts(inner)
        case _:
            pass


def typed(journal: Journal) -> Iterator[str]:
    """The keys that can be read in a journal, together where they were pressed at the same node."""
    run = ""
    for entry in journal.entries:
        if isinstance(entry.event, KeyPressed):
            run += entry.event.key or " "
        if any(each.exit for each in entry.decisions):
            yield run
            run = ""
    yield run


def assert_hidden(line: RecordedLine, journal: Journal) -> None:
    """Nothing that is sensitive is in a journal; single digits are in every one."""
    told = [text for each in line.text().splitlines() for text in texts(json.loads(each))]
    for value in line.sensitive:
        if len(value) >= 3 and any(map(str.isdigit, value)):  # Words may have been said elsewhere, too.
            assert not any(value in each for each in (*told, *typed(journal))), value


@pytest.mark.parametrize("folder", [FLOWS, TALKS], ids=["flows", "talks"])
def test_every_scenario_is_made_again_to_the_very_same_decisions(folder: Path) -> None:
    taken = 0
    for scenario, flow, as_it_was in scenarios(folder):
        line = scenario_call(scenario, flow)
        journal = line.journal()
        assert len(journal.entries) == len(line.steps)
        made = again(journal, as_it_was)
        assert made.difference is None, (scenario.name, side_by_side(made.difference))
        assert_hidden(line, journal)
        assert elsewhere(journal, flow, as_it_was).verdict == "same"
        taken += made.taken
    assert taken or folder == FLOWS


HARD = """
start: menu
universals: [{press: "*", say: again, do: repeat}, {press: C, say: back, do: back}]
variables: {pin: "", code: "", colour: "", words: "", kind: "", length: 0, echo: "", half: 0}
on_failure: bye
on_error: note
nodes:
  menu:
    type: menu
    prompt: Menu.
    choices:
      - {press: 1, say: pin, next: say}
      - {press: 12, next: pin}
      - {press: 2, say: code, next: code}
      - {press: 3, next: note}
  say: {type: play, prompt: Now., next: pin}
  pin:
    type: collect
    prompt: PIN?
    into: pin
    digits: {min: 2, max: 4, erase: "#", finish: 9, keys: 123456}
    speech: digits
    sensitive: true
    validate: pin | int % 2 == 0
    confirm: You said {{ pin }}.
    next: kinds
  kinds:
    type: branch
    cases: [{when: "pin[0] == '1'", next: code}, {when: is_open("office"), next: colour}]
    otherwise: derived
  derived: {type: set, values: {half: "{{ 12 // (pin | int - 24) }}", length: "{{ pin | length }}"}, next: lookup}
  code:
    type: collect
    prompt: Code?
    into: code
    digits: 4
    sensitive: true
    type_ahead: flush
    validate: code != pin
    next: lookup
  colour: {type: collect, prompt: Colour?, into: colour, speech: [red, red wine, green], sensitive: true, next: colours}
  colours:
    type: branch
    cases: [{when: colour == "red", next: inner}, {when: length == 4, next: menu}]
    otherwise: words
  words: {type: collect, prompt: Words?, into: words, speech: any, sensitive: true, next: inner}
  inner: {type: subflow, flow: inner, with: {given: "{{ words ~ pin }}"}, save: {kind: result.kind}, next: menu}
  lookup:
    type: http
    method: POST
    url: http://x.test/
    json: {pin: "{{ pin }}", code: "{{ code }}"}
    save: {echo: "body.list[1].echo ~ body.name", half: "body.number + 1"}
    on_status: {404: menu}
    next: echoed
  echoed: {type: branch, cases: [{when: echo == pin, next: colour}, {when: "'A' in echo", next: bye}], otherwise: menu}
  note: {type: record, prompt: Speak., into: words, next: pin}
  bye: {type: hangup, prompt: Bye.}
hours: {office: {timezone: Asia/Kolkata, open: {mon-fri: "09:00-18:00"}}}
"""
INNER = """
start: check
variables: {given: "", typed: ""}
nodes:
  check: {type: branch, cases: [{when: given | length > 4, next: ask}], otherwise: short}
  ask: {type: collect, prompt: Inside?, into: typed, digits: 3, sensitive: true, no_match: No., next: long}
  short: {type: return, values: {kind: short}}
  long: {type: return, values: {kind: "{{ typed if typed == given else 'long' }}"}}
"""
HARD_FLOW, HARD_AGAIN = (flow_of(HARD, inner=INNER) for _ in range(2))
SPOKEN = (
    *("one two", "two four six two", "four", "seven", "red", "red wine", "green", "pin", "code", "again", "back"),
    *("yes", "no", "my name is Lovelace", "blue"),
)


def echoing(fetch: Fetch, now: int) -> LookupAnswered | LookupFailed:
    """Answer with what was asked for, and more."""
    number = sum(map(ord, fetch.json["pin"] + fetch.json["code"]))
    body = {"list": [None, {"echo": fetch.json["pin"]}], "name": "A" * (number % 2), "number": number, "more": "x"}
    match number % 5:
        case 0:
            return LookupFailed(now + 900, fetch.lookup, "connect", "nobody is there")
        case 1:
            return LookupAnswered(now, fetch.lookup, 404, {}, body)
        case 2:
            return LookupAnswered(now + 1500, fetch.lookup, 200, {}, {"list": []})
        case _:
            return LookupAnswered(now + 300, fetch.lookup, 200, {}, body)


USUAL = (*"123456789*#C", *SPOKEN, "break")
FITTING = {
    "menu": ("1", "12", "2", "3", "pin", "code"),
    "pin": ("249", "13429", "1342", "24629", "1", "1", "2", "two four six two", "one two", "yes", "no"),
    "code": ("1342", "2462", "24"),
    "colour": ("red", "red", "red wine", "green"),
    "words": ("my name is Lovelace", "no"),
    "inner/ask": ("246", "134"),
    "note": ("24#", "#", "hello"),
}
"""What callers do at these nodes if they do not do just anything."""
deeds = st.lists(
    st.tuples(st.sampled_from((50, 50, 700, 2_500, 9_000)), st.booleans(), st.integers(0, 1_000)), max_size=25
)


def happen(line: RecordedLine, deed: str) -> None:
    """Let one thing happen: a break of the stream, keys, or words."""
    if deed == "break":
        line.tell(Reconnected(line.now))
    elif " " in deed or (deed.isalpha() and deed != "C"):
        speak(line, deed)
    else:
        for key in deed:
            line.tell(KeyPressed(line.now, key))


def speak(line: RecordedLine, text: str) -> None:
    line.tell(SpeechBegan(line.now))
    if len(text) % 2:
        line.tell(PhraseHeard(line.now, text, 0.9))
    line.tell(SpeechEnded(line.now, text, 0.9))


def scripted(script: Iterable[tuple[int, bool, int]]) -> RecordedLine:
    """A call whose caller does this, and then hangs up."""
    line = answered(HARD_FLOW, echoing)
    for wait, fits, choice in script:
        line.advance(line.now + wait)
        options = FITTING.get(line.session.place, USUAL) if fits else USUAL
        happen(line, options[choice % len(options)])
    line.hang_up()
    return line


@settings(max_examples=60)
@given(deeds)
def test_whatever_happens_is_made_again(script: list[tuple[int, bool, int]]) -> None:
    line = scripted(script)
    journal = line.journal()
    made = again(journal, HARD_AGAIN)
    assert made.difference is None, side_by_side(made.difference)
    assert elsewhere(journal, HARD_AGAIN, HARD_FLOW).verdict == "same"
    assert_hidden(line, journal)


def private_call(*keys: str) -> Journal:
    line = answered(HARD_FLOW, echoing)
    for key in keys:
        line.advance(line.now + 100)
        happen(line, key)
    line.hang_up()
    return line.journal()


def test_what_hangs_on_a_hidden_value_is_taken_from_the_record() -> None:
    made = again(private_call(*"2", *"1342"), HARD_AGAIN)
    taken = [(each.entry.at, each.taken) for each in made.moments if each.taken]
    assert taken == [(500, ("code: the value was valid",))]


MAYBE_SILENT = """
start: pin
variables: {pin: "", level: ""}
nodes:
  pin: {type: collect, prompt: PIN?, into: pin, digits: 4, sensitive: true, next: level}
  level: {type: set, values: {level: "{{ 'gold' if pin == '4711' else '' }}"}, next: tell}
  tell: {type: play, prompt: "{{ level }}", next: ask}
  ask: {type: menu, prompt: Well?, choices: [{press: 1, next: bye}]}
  bye: {type: hangup, prompt: "{{ level }}"}
"""


@pytest.mark.parametrize("pin", ["4711", "4712", "0000"])
def test_a_hidden_prompt_is_heard_if_it_was(pin: str) -> None:
    line = answered(flow_of(MAYBE_SILENT), echoing)
    happen(line, pin)
    line.advance(5_000)
    happen(line, "1")
    line.advance(9_000)
    assert line.session.ended_by == "bye"
    assert ("gold" in line.heard) is (pin == "4711")
    made = again(line.journal(), flow_of(MAYBE_SILENT))
    assert made.difference is None, side_by_side(made.difference)
    assert made.taken == (2 if pin == "4711" else 0)


def test_another_decision_is_shown_beside_that_of_then() -> None:
    journal = private_call("2")
    changed = flow_of(HARD.replace("{press: 2, say: code, next: code}", "{press: 2, next: note}"), inner=INNER)
    made = again(journal, changed)
    assert made.difference is not None
    assert (made.difference.at, made.difference.line) == (100, 3)
    assert side_by_side(made.difference) == [
        ("menu: this key chooses “code” [choice]", "menu: this key chooses “note” [choice]"),
        ("menu → choices.2", "menu → choices.2"),
    ]


def test_another_end_is_a_difference() -> None:
    journal = private_call("2")
    assert journal.ending is not None
    made = again(replace(journal, ending=replace(journal.ending, by="bye")), HARD_AGAIN)
    assert made.difference is not None
    assert made.difference.now == ("the call ends: caller, by caller",)


def test_a_journal_that_was_cut_off_is_made_again_up_to_there() -> None:
    line = answered(HARD_FLOW, echoing)
    happen(line, "2")
    line.hang_up()
    data = line.text().encode()
    for end in range(data.index(b"\n") + 1, len(data), 37):
        journal = read(data[:end], "cut.jsonl")
        assert journal.ending is None
        assert again(journal, HARD_AGAIN).difference is None
