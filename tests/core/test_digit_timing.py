"""When digits are taken, as tables: source, what is pressed when, and what is decided when."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from ivr.core.effects import Fetch
from ivr.core.events import LookupAnswered

# Every prompt here is a second of silence, so a timeout of 5 s passes at 6000.

VXML = "VoiceXML 2.0 D"
LANGUAGE = "FLOW_LANGUAGE"

FIELD = """
    start: ask
    nodes:
      ask:
        type: collect
        prompt: {{silence: 1s}}
        into: value
        digits: {digits}
        barge_in: {barge_in}
        timeout: 5s
        next: end
      end: {{type: hangup, prompt: {{silence: 1s}}}}
"""

FIELDS: list[tuple[str, str, str, str, str | None]] = [
    # source and case, digits, keys, the first decision, the value
    (f"{VXML}: timeout runs from the end of the prompt", "6", "", "6000 no-input", None),
    (f"{VXML}: full at max, at once", "2", "1@1500 2@1600", "1600 filled", "12"),
    (f"{VXML}: one digit is full at once", "1", "7@1500", "1500 filled", "7"),
    (f"{VXML}: between ends an entry of min digits", "{min: 1, max: 4}", "1@1500", "4500 filled", "1"),
    (f"{VXML}: between runs anew for each key", "{max: 4}", "1@1500 2@4400", "7400 filled", "12"),
    (f"{VXML}: timeout is for the first key only", "{max: 4, between: 9s}", "1@5500", "14500 filled", "1"),
    (f"{VXML}: finish ends the entry", "{max: 4}", "1@1500 #@1600", "1600 filled", "1"),
    (f"{VXML}: finish is no part of the value", "{min: 2, max: 9}", "1@1500 2@1600 #@1700", "1700 filled", "12"),
    (f"{VXML}: finish after max digits is not awaited", "2", "1@1500 2@1600 #@1700", "1600 filled", "12"),
    (f"{LANGUAGE}: between as given", "{max: 4, between: 2s}", "1@1500", "3500 filled", "1"),
    (f"{LANGUAGE}: a key at the deadline counts", "1", "7@6000", "6000 filled", "7"),
    (f"{LANGUAGE}: a key after the deadline is of the next attempt", "1", "7@6001", "6000 no-input", "7"),
    (f"{LANGUAGE}: a key at the end of between counts", "{max: 4}", "1@1500 2@4500", "7500 filled", "12"),
    (f"{LANGUAGE}: fewer than min by time", "{min: 3, max: 4}", "1@1500 2@1600", "4600 no-match", None),
    (f"{LANGUAGE}: fewer than min by finish", "{min: 3, max: 6}", "1@1500 #@1600", "1600 no-match", None),
    (f"{LANGUAGE}: a bare finish", "{min: 1, max: 6}", "#@1500", "1500 no-match", None),
    (f"{LANGUAGE}: a bare finish with min 0", "{min: 0, max: 6}", "#@1500", "1500 filled", ""),
    (f"{LANGUAGE}: silence with min 0", "{min: 0, max: 6}", "", "6000 no-input", None),
    (f"{LANGUAGE}: no finish", "{max: 6, finish: none}", "1@1500 #@1600", "1600 no-match", None),
    (f"{LANGUAGE}: several finish keys", '{max: 6, finish: "#*"}', "1@1500 *@1600", "1600 filled", "1"),
    (f"{LANGUAGE}: a list of finish keys", '{max: 6, finish: ["#", 0]}', "1@1500 0@1600", "1600 filled", "1"),
    (f"{LANGUAGE}: finish before keys", '{max: 6, finish: 1, keys: "0123"}', "2@1500 1@1600", "1600 filled", "2"),
    (f"{LANGUAGE}: erase before keys", "{max: 2, erase: 1}", "2@1500 1@1600 3@1700 4@1800", "1800 filled", "34"),
    (f"{LANGUAGE}: finish before erase", '{max: 6, erase: "#"}', "2@1500 #@1600", "1600 filled", "2"),
    (f"{LANGUAGE}: a key outside of keys", "{max: 6, keys: 123}", "1@1500 4@1600", "1600 no-match", None),
    (f"{LANGUAGE}: a letter key", "6", "A@1500", "1500 no-match", None),
    (f"{LANGUAGE}: a star without erase", "6", "*@1500", "1500 no-match", None),
    (f"{LANGUAGE}: timeout runs again after erase", '{max: 6, erase: "*"}', "1@1500 *@1600", "6600 no-input", None),
    (f"{LANGUAGE}: erase empties", '{max: 2, erase: "*"}', "1@1500 *@1600 2@1700 3@1800", "1800 filled", "23"),
    (f"{LANGUAGE}: erase of nothing", '{max: 1, erase: "*"}', "*@1500 2@1600", "1600 filled", "2"),
    (f"{LANGUAGE}: a key into the prompt stops it", "{max: 4}", "1@500", "3500 filled", "1"),
    (f"{LANGUAGE}: all keys into the prompt", "2", "1@100 2@200", "200 filled", "12"),
    (f"{LANGUAGE}: no max", "{min: 2}", "1@1500 2@1600 3@1700", "4700 filled", "123"),
    (f"{LANGUAGE}: leading zeros", "4", "0@1500 0@1600 0@1700 7@1800", "1800 filled", "0007"),
]


@pytest.mark.parametrize(
    ("digits", "keys", "decision", "value"), [case[1:] for case in FIELDS], ids=[case[0] for case in FIELDS]
)
def test_a_field(
    digits: str, keys: str, decision: str, value: str | None, flow_of: Callable[..., Any], call: Callable[..., Any]
) -> None:
    line = call(flow_of(FIELD.format(digits=digits, barge_in="true"))).press(keys)
    line.advance(max(line.now, int(decision.split()[0])))
    assert decisions(line)[0] == decision
    assert line.session.here.variables.get("value") == value


UNINTERRUPTED = [
    (f"{LANGUAGE}: keys into the prompt are lost", "2", "1@500 2@1500 3@1600", "1600 filled", "23"),
    (f"{LANGUAGE}: timeout runs from the end of the prompt", "2", "1@500", "6000 no-input", None),
]


@pytest.mark.parametrize(
    ("digits", "keys", "decision", "value"),
    [case[1:] for case in UNINTERRUPTED],
    ids=[case[0] for case in UNINTERRUPTED],
)
def test_a_field_that_must_be_heard(
    digits: str, keys: str, decision: str, value: str | None, flow_of: Callable[..., Any], call: Callable[..., Any]
) -> None:
    line = call(flow_of(FIELD.format(digits=digits, barge_in="false"))).press(keys)
    line.advance(max(line.now, int(decision.split()[0])))
    assert decisions(line)[0] == decision
    assert line.session.here.variables.get("value") == value


TWO = """
    start: {start}
    nodes:
      wait: {{type: http, url: "http://crm.test", next: ask}}
      ask:
        type: collect
        prompt: {{silence: 1s}}
        into: value
        digits: {digits}
        validate: value != "66"
        {confirm}
        next: {next}
      menu:
        type: menu
        prompt: {{silence: 1s}}
        choices: [{{press: "#", next: hash}}, {{press: 3, next: three}}]
      hash: {{type: hangup}}
      three: {{type: hangup}}
"""

FULL = "1@1500 2@1600 "
AHEAD = "1@500 2@600 "
FINISHED = "1@1500 #@1600 #@1700"
SWALLOWED = [
    # case, digits, start, next, keys, all decisions by a key, the place at the end
    ("the next key", "2", "ask", "menu", FULL + "#@1700", ["1600 filled"], "menu"),
    ("at two seconds", "2", "ask", "menu", FULL + "#@3600", ["1600 filled"], "menu"),
    ("after two seconds", "2", "ask", "menu", FULL + "#@3601", ["1600 filled", "3601 → hash"], "hash"),
    ("the second one counts", "2", "ask", "menu", FULL + "#@1700 #@1800", ["1600 filled", "1800 → hash"], "hash"),
    ("another key first", "2", "ask", "menu", FULL + "3@1700 #@1800", ["1600 filled", "1700 → three"], "three"),
    ("a field ended by finish", "{max: 4}", "ask", "menu", FINISHED, ["1600 filled", "1700 → hash"], "hash"),
    ("typed ahead", "2", "wait", "menu", AHEAD + "#@700", ["1000 filled"], "menu"),
    ("typed ahead, a second one", "2", "wait", "menu", AHEAD + "#@700 #@800", ["1000 filled", "1000 → hash"], "hash"),
    ("typed ahead in part", "2", "wait", "menu", AHEAD + "#@3000", ["1000 filled"], "menu"),
    ("typed ahead in part, too late", "2", "wait", "menu", AHEAD + "#@3001", ["1000 filled", "3001 → hash"], "hash"),
    ("into a prompt that goes on", "2", "ask", "wait2", FULL + "#@1700", ["1600 filled"], "wait2"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("digits", "start", "next_node", "keys", "expected", "place"),
    [case[1:] for case in SWALLOWED],
    ids=[f"{LANGUAGE}: a finish key after a full field, {case[0]}" for case in SWALLOWED],
)
def test_the_finish_key_of_a_full_field(
    digits: str,
    start: str,
    next_node: str,
    keys: str,
    expected: list[str],
    place: str,
    flow_of: Callable[..., Any],
    call: Callable[..., Any],
) -> None:
    text = TWO.format(digits=digits, start=start, next=next_node, confirm="")
    text += "      wait2: {type: play, prompt: {silence: 1s}, next: menu}\n"
    line = call(flow_of(text), in_a_second).press(keys)
    line.advance(max(line.now, 1_000))
    assert [each for each in decisions(line) if "filled" in each or "→" in each] == expected
    assert not [each for each in decisions(line) if "no-match" in each]
    assert line.session.place == place


def test_the_finish_key_of_a_full_but_invalid_field(flow_of: Callable[..., Any], call: Callable[..., Any]) -> None:
    line = call(flow_of(TWO.format(digits="2", start="ask", next="menu", confirm=""))).press("6@1500 6@1600 #@1700")
    assert decisions(line) == ["1600 no-match"]


def test_the_finish_key_of_a_full_field_that_is_to_be_confirmed(
    flow_of: Callable[..., Any], call: Callable[..., Any]
) -> None:
    text = TWO.format(digits="2", start="ask", next="menu", confirm="confirm: {silence: 1s}")
    line = call(flow_of(text)).press("1@1500 2@1600 #@1700 1@1800")
    assert decisions(line) == ["1800 filled"]


MENU = """
    start: menu
    universals: [{{press: 0, next: universal}}, {{press: 3, next: universal}}]
    nodes:
      menu:
        type: menu
        prompt: {{silence: 1s}}
        choices: {choices}
      next:
        type: collect
        prompt: {{silence: 1s}}
        into: value
        digits: 2
        next: one
      one: {{type: hangup}}
      twelve: {{type: hangup}}
      three: {{type: hangup}}
      universal: {{type: hangup}}
"""
ONE_TWELVE = "[{press: 1, next: next}, {press: 12, next: twelve}, {press: 3, next: three}]"
TWELVE = "[{press: 12, next: twelve}, {press: 123, next: three}]"

MENUS = [
    ("a single key", ONE_TWELVE, "3@1500", ["1500 → three"]),
    ("a choice beats a universal", ONE_TWELVE, "3@1500", ["1500 → three"]),
    ("a universal", ONE_TWELVE, "0@1500", ["1500 → universal"]),
    ("a key that begins nothing", ONE_TWELVE, "5@1500", ["1500 no-match"]),
    ("a key that could become longer waits 3 s", ONE_TWELVE, "1@1500", ["4500 → next"]),
    ("the longer choice, at once", ONE_TWELVE, "1@1500 2@1600", ["1600 → twelve"]),
    ("the longer choice, at the last moment", ONE_TWELVE, "1@1500 2@4500", ["4500 → twelve"]),
    ("the longer choice, too late", ONE_TWELVE, "1@1500 2@4501 3@4600", ["4500 → next", "4600 filled 23"]),
    ("a key that continues nothing is kept", ONE_TWELVE, "1@1500 5@1600 6@1700", ["1600 → next", "1700 filled 56"]),
    ("no shorter one: a no-match at once", TWELVE, "1@1500 5@1600", ["1600 no-match"]),
    ("no shorter one: a no-match after 3 s", TWELVE, "1@1500", ["4500 no-match"]),
    ("the shorter of two longer ones", TWELVE, "1@1500 2@1600", ["4600 → twelve"]),
    ("the longest", TWELVE, "1@1500 2@1600 3@1700", ["1700 → three"]),
    ("a key into the prompt", ONE_TWELVE, "1@500", ["3500 → next"]),
    ("silence", ONE_TWELVE, "", ["6000 no-input"]),
]


@pytest.mark.parametrize(
    ("choices", "keys", "expected"),
    [case[1:] for case in MENUS],
    ids=[f"{LANGUAGE}: {case[0]}" for case in MENUS],
)
def test_a_menu(
    choices: str, keys: str, expected: list[str], flow_of: Callable[..., Any], call: Callable[..., Any]
) -> None:
    line = call(flow_of(MENU.format(choices=choices))).press(keys)
    line.advance(max(line.now, int(expected[-1].split()[0])))
    found = decisions(line)
    value = line.session.here.variables.get("value")
    assert [f"{each} {value}" if each.endswith("filled") else each for each in found] == expected


def in_a_second(fetch: Fetch, now: int) -> LookupAnswered:
    """Answer a lookup."""
    return LookupAnswered(now + 1_000, fetch.lookup, 200)


def decisions(line: Any) -> list[str]:
    """What was decided, with its milliseconds."""
    found: list[str] = []
    for told in line.told():
        at, _, why = told.partition(" ")
        if match := re.search(r"no-input|no-match|filled|(?:chooses|leads to) “(\w+)”", why):
            found.append(f"{at} → {match[1]}" if match[1] else f"{at} {match[0]}")
    return found
