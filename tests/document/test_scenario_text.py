"""Scenario files that are written: they say the same when they are read, and look as if a person had written them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.core.expressions import expression
from ivr.document.finding import as_text
from ivr.document.scenario_text import NoPlace, as_yaml, with_scenario
from ivr.document.scenarios import (
    At,
    Check,
    Exchange,
    HangUp,
    Hear,
    Press,
    Say,
    Scenario,
    Wait,
    read_scenarios,
)
from ivr.document.source import read
from ivr.document.written import text

FLOWS = Path(__file__).parents[2] / "flows"

# Without line separators, byte order marks and noncharacters, which no file may hold.
texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=[chr(code) for code in range(0xFDD0, 0xFDF0)]),
    max_size=8,
) | st.sampled_from(
    [
        *(
            "012",
            "#",
            "yes",
            "null",
            "~",
            "1e3",
            "a: b",
            "a #b",
            "- x",
            "[",
            "{a",
            "x,y",
            "'",
            '"',
            "'\"",
            "\\",
            "a\nb",
        ),
        *("\x85", "\u2028", "\ufeff", " a ", "<<", "=", "0x1F", ".inf", "a:", "नमस्ते", "---", "..."),
    ]
)
numbers = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False)
data = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
milliseconds = st.integers(0, 100_000)
steps = st.one_of(
    st.builds(Hear, texts.map(lambda each: f"word {each}")),
    st.builds(Press, st.text("0123456789*#ABCD", min_size=1, max_size=4), st.none() | milliseconds),
    st.builds(Say, texts, st.none() | milliseconds),
    st.builds(Wait, milliseconds),
    st.builds(At, texts),
    st.sampled_from(['account == "012"', "elapsed < 5", "1", "{'a': 1}.a == 1", "true"]).map(
        lambda source: Check(expression(source))
    ),
    st.just(HangUp()),
)
exchanges = st.builds(
    Exchange,
    request=st.sampled_from(["GET http://crm.test/x", "POST http://crm.test/y?a=1,2", "PUT http://[::1]/#a:"]),
    status=st.sampled_from([200, 404]),
    body=data,
    headers=st.dictionaries(texts.map(str.lower), texts, max_size=2),
    error=st.sampled_from([None, "timeout", "connect"]),
    delay=milliseconds,
)
names = st.dictionaries(texts, texts, max_size=2)
scenario = st.builds(
    Scenario,
    name=texts,
    flow=st.sampled_from(["main", "other", "7"]),
    path=st.just(()),
    steps=st.lists(st.tuples(st.just(()), steps), max_size=4).map(tuple),
    caller=texts | st.just("+919999999999"),
    called=texts,
    direction=st.sampled_from(["inbound", "outbound"]),
    id=texts,
    now=st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - they get a zone
    | st.just(datetime(2026, 1, 5, 12, tzinfo=timezone(timedelta(hours=5, minutes=30)))),
    transfer=st.sampled_from([None, "busy"]),
    env=names,
    secrets=names,
    http=st.lists(exchanges, max_size=3).map(tuple),
    ends=st.none() | texts,
)


def placeless(each: Scenario) -> Scenario:
    return replace(each, path=(), steps=tuple(((), step) for _, step in each.steps))


def again(written: str) -> list[Scenario]:
    source = read(written, "x.test.yaml")
    made, findings = read_scenarios(source)
    assert not findings, written + as_text(findings, {"x.test.yaml": source.lines})
    return [placeless(each) for each in made]


@settings(max_examples=60)
@given(st.lists(scenario, min_size=1, max_size=3), st.integers(0, 2))
def test_what_is_written_is_read_back(made: list[Scenario], copies: int) -> None:
    all_of_them = [*made, *made[:1] * copies]
    assert again(as_yaml(all_of_them, "What this is: a test")) == all_of_them


@pytest.mark.parametrize("name", ["main", "balance", "clinic"])
def test_the_scenarios_of_the_examples_are_read_back(name: str) -> None:
    made, _ = read_scenarios(read((FLOWS / f"{name}.test.yaml").read_bytes(), name))
    assert again(as_yaml(made)) == [placeless(each) for each in made]


LAID_OUT = """\
description: "Calls: made up"
flow: main
call: {now: "2026-01-05T12:00:00+05:30"}
env: {URL: http://crm.test, PIN: "0000"}
http:
  - {request: POST http://crm.test/calls, status: 201, body: {noted: true, at: "2026-11-25T09:00"}}
  - request: GET http://crm.test/patients/200462
    body: {first_name: Ravi, appointment: {department: dental, at: "2026-12-02T10:30", notes: [x, z]}}
    delay: 1500ms
  - {request: GET http://crm.test/busy, error: timeout, delay: 2s}

scenarios:
  - name: one
    steps:
      - hear: Welcome, caller
      - hear: '"Yes" is what you said'
      - press: 1
      - {press: "#", after: 350ms}
      - press: "012"
      - say: "no"
      - say: हाँ
      - at: sub/node
      - check: account == "012" and elapsed < 5
      - wait: 2s
      - hang_up: true
    ends: caller

  - name: two
    env: {}
    steps: []

  - name: three
    flow: other
    http: []
    steps: []
"""


def test_a_file_looks_as_a_person_would_write_it() -> None:
    made, findings = read_scenarios(read(LAID_OUT, "x"))
    assert not findings
    assert as_yaml(made, "Calls: made up") == LAID_OUT


def test_a_file_without_scenarios() -> None:
    assert again(as_yaml([], "Nothing yet")) == []


@pytest.mark.parametrize(
    ("value", "written"),
    [
        *(("a, b", "a, b"), ("it's", "it's"), ("", '""'), ("12:30", '"12:30"'), ("5s", "5s"), ("Off", '"Off"')),
        *(
            ("2 of 3", "2 of 3"),
            ("a\tb", '"a\\tb"'),
            ('"', "'\"'"),
            ("\"'", '"\\"\'"'),
            ("\x85", '"\\x85"'),
            ("नौ", "नौ"),
        ),
    ],
)
def test_texts_are_quoted_where_they_must_be(value: str, written: str) -> None:
    assert text(value) == written


def test_long_bodies_are_in_block_style() -> None:
    body = {"rows": [{"name": "a" * 60, "n": 1}, {"name": "b" * 60, "n": []}], "last": {}}
    made = Scenario("x", "main", (), (), http=(Exchange("GET http://crm.test/x", body=body),))
    assert again(as_yaml([made])) == [made]
    assert max(map(len, as_yaml([made]).splitlines())) < 100


MORE = Scenario("more", "main", (), (((), Hear("Hello")),), env={"URL": "http://crm.test"}, ends="bye")


def test_a_scenario_is_added_behind_the_others_and_nothing_else_changes() -> None:
    text = "# ours\r\nflow: main\nscenarios:\n- name: a\n  steps: [] # none\n# and so on\n\n# about env\nenv:\n  URL: http://crm.test\n"
    written = with_scenario(text, MORE)
    before, item, after = written.partition("\n- name: more\n  steps:\n    - hear: Hello\n  ends: bye\n")
    assert item
    assert before + after == text
    assert [each.name for each in again(written)] == ["a", "more"]


def test_a_scenario_is_added_where_the_last_line_has_no_end() -> None:
    text = "scenarios:\n  - flow: other\n    name: a\n    steps:\n      - hang_up: true"
    written = with_scenario(text, MORE)
    assert written.startswith(
        text + "\n\n  - name: more\n    flow: main\n    env: {URL: http://crm.test}\n    steps:\n"
    )
    assert again(written)[1] == MORE


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("flow: main\nscenarios: []\n", "its “scenarios” are no list with a “-” for each, in line 2"),
        ("flow: main\nscenario: []\n", "it is no scenario file without mistakes: line 1: "),
        ("nodes:\n", "it is no scenario file without mistakes: line 1: "),
        (
            "flow: main\nsecrets: {A: b}\nscenarios:\n  - name: a\n    steps: []\n...\n",
            "a scenario after “a” would not",
        ),
    ],
)
def test_where_a_scenario_can_not_be_added(text: str, why: str) -> None:
    with pytest.raises(NoPlace, match=why):
        with_scenario(text, MORE)
