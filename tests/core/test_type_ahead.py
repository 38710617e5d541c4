"""Keys pressed before they are asked for, as a table: source, what is pressed when, and which node takes it when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ivr.core.effects import Fetch
from ivr.core.events import LookupAnswered

# Every prompt here is a second of silence: `hello` plays until 1000, `ask` until 2000 if nobody presses a key. A call
# that begins with the lookup, which takes a second, gathers keys all the while.

LANGUAGE = "FLOW_LANGUAGE"
QUEUED = "VoiceXML 2.0 4.1.8, keys are buffered while nobody waits for them"
UNINTERRUPTED = "VoiceXML 2.0 4.1.5, bargein=false empties the buffer"
TERMINATED = "VoiceXML 2.0 D, termchar and termtimeout"
CARRIER = "SFVoPI dtmf, one message is one key"
LETTERS = "ITU-T Q.23, there are sixteen keys"

FLOW = """
    start: {start}
    nodes:
      lookup: {{type: http, url: "http://crm.test", next: ask}}
      hello: {{type: play, prompt: {{silence: 1s}}, next: ask, {hello}}}
      ask:
        type: collect
        prompt: {{silence: 1s}}
        into: first
        digits: {{max: 2, keys: 0123456789A}}
        next: {then}
        {ask}
      more: {{type: collect, prompt: {{silence: 1s}}, into: second, digits: 2, next: bye}}
      note: {{type: record, prompt: {{silence: 1s}}, into: second, next: more}}
      pass: {{type: play, prompt: {{silence: 1s}}, next: more, barge_in: false}}
      again: {{type: menu, prompt: {{silence: 1s}}, choices: [{{press: "#", next: bye}}, {{press: 7, next: more}}]}}
      bye: {{type: hangup}}
"""

USUAL = {"start": "hello", "hello": "description: first", "then": "more", "ask": "description: second"}

CASES: list[tuple[str, str, dict[str, str], str, list[str]]] = [
    # source, case, what differs in the flow, keys, what was decided when
    (QUEUED, "one key in the prompt before", {}, "1@500 2@1600", ["1600 first=12"]),
    (QUEUED, "the whole field in the prompt before", {}, "1@100 2@200", ["200 first=12"]),
    (QUEUED, "a whole field in a lookup", {"start": "lookup"}, "1@100 2@200", ["1000 first=12"]),
    (QUEUED, "two fields in a lookup", {"start": "lookup"}, "1@1 2@2 3@3 4@4", ["1000 first=12", "1000 second=34"]),
    (QUEUED, "what is too much goes to the next field", {}, "1@1 2@2 3@3 4@4", ["2 first=12", "4 second=34"]),
    (QUEUED, "a field and a half", {}, "1@100 2@200 3@300", ["200 first=12"]),
    (QUEUED, "keys at the very beginning", {}, "1@0 2@0 3@0 4@0", ["0 first=12", "0 second=34"]),
    (QUEUED, "between runs from the moment the key is taken", {}, "1@500", ["3500 first=1"]),
    (CARRIER, "two equal keys are two keys", {}, "1@500 1@500", ["500 first=11"]),
    (LETTERS, "a letter that the field takes", {}, "A@500 1@600", ["600 first=A1"]),
    (LETTERS, "a letter that it does not take", {}, "B@500 1@600 2@700", ["500 no-match", "700 first=12"]),
    (TERMINATED, "the finish key of a short field", {}, "1@100 #@200 3@300 4@400", ["200 first=1", "400 second=34"]),
    (TERMINATED, "a finish key behind a full field is no key of the next", {}, "1@1 2@2 #@3 3@4 4@5",
     ["2 first=12", "5 second=34"]),
    (TERMINATED, "nor does it choose there", {"then": "again"}, "1@1 2@2 #@3", ["2 first=12"]),
    (TERMINATED, "after more than 2 s it does", {"then": "again"}, "1@1 2@2 #@2003", ["2 first=12", "2003 → bye"]),
    (TERMINATED, "and so does a second one", {"then": "again"}, "1@1 2@2 #@3 #@4", ["2 first=12", "4 → bye"]),
    (UNINTERRUPTED, "keys into a prompt that must be heard are lost", {"hello": "barge_in: false"},
     "1@500 2@1500 3@1600", ["1600 first=23"]),
    (UNINTERRUPTED, "keys before a question that must be heard are lost", {"ask": "barge_in: false"},
     "1@500 2@600 3@2000 4@2100", ["2100 first=34"]),
    (UNINTERRUPTED, "and so are those into it", {"ask": "barge_in: false"}, "1@1900 3@2100 4@2200", ["2200 first=34"]),
    (UNINTERRUPTED, "keys ahead do not outlive a prompt that must be heard", {"then": "pass"},
     "1@100 2@200 3@300 4@400 5@1300 6@1400", ["200 first=12", "1400 second=56"]),
    (LANGUAGE, "type_ahead: flush forgets what came before", {"ask": "type_ahead: flush"},
     "1@500 2@600 3@700", ["700 first=23"]),
    (LANGUAGE, "type_ahead: flush takes keys into its own prompt", {"ask": "type_ahead: flush"},
     "9@500 1@1200 2@1300", ["1300 first=12"]),
    (LANGUAGE, "a no-match empties what was typed ahead", {"start": "lookup"}, "*@100 1@200 2@300 3@1600 4@1700",
     ["1000 no-match", "1700 first=34"]),
    (LANGUAGE, "a confirmation begins without keys", {"start": "lookup", "ask": "confirm: {silence: 1s}"},
     "1@100 2@200 1@300 1@1500", ["1500 first=12"]),
    (LANGUAGE, "its own keys may come into it", {"ask": "confirm: {silence: 1s}"}, "1@100 2@200 1@300",
     ["300 first=12"]),
    (LANGUAGE, "a recording begins without keys", {"start": "lookup", "then": "note"},
     "1@100 2@200 #@300 #@400 5@3000 #@3100 6@3200", ["1000 first=12", "3200 second=56"]),
    (LANGUAGE, "keys into a recording go to the next field", {"then": "note"}, "1@1 2@2 5@1500 6@1600 #@1700",
     ["2 first=12", "1700 second=56"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "keys", "expected"), [case[2:] for case in CASES], ids=[f"{case[0]}: {case[1]}" for case in CASES]
)
def test_keys_pressed_ahead(
    changes: dict[str, str], keys: str, expected: list[str], flow_of: Callable[..., Any], call: Callable[..., Any]
) -> None:
    text = FLOW.format(
        **{"start": "hello", "hello": "description: first", "then": "more", "ask": "description: second", **changes}
    )
    line = call(flow_of(text), in_a_second).press(keys)
    line.advance(max(line.now, *(int(each.split()[0]) for each in expected)))
    assert decisions(line) == expected


def in_a_second(fetch: Fetch, now: int) -> LookupAnswered:
    """Answer the lookup."""
    return LookupAnswered(now + 1_000, fetch.lookup, 200)


def decisions(line: Any) -> list[str]:
    """What was decided, with its milliseconds."""
    found: list[str] = []
    variables = line.session.here.variables
    for told in line.told():
        at, _, why = told.partition(" ")
        if "is filled" in why:
            name = "first" if "“first”" in why else "second"
            found.append(f"{at} {name}={variables[name]}")
        elif "no-match" in why:
            found.append(f"{at} no-match")
        elif "chooses" in why:
            found.append(f"{at} → {why.split('“')[1].rstrip('”')}")
    return found
