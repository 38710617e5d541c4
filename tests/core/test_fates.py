"""What becomes of each key that callers press: told once for every key, in the order of the keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ivr.core.events import Reconnected

FLOW = """
    start: menu
    universals: [{press: "*", do: repeat}]
    nodes:
      menu:
        type: menu
        prompt: {silence: 1s}
        choices: [{press: 1, next: say}, {press: 12, next: pin}, {press: 2, next: pin}, {press: 3, next: note}]
      say: {type: play, prompt: {silence: 1s}, next: pin}
      pin:
        type: collect
        prompt: {silence: 1s}
        into: pin
        digits: {min: 2, max: 4, erase: "#", finish: 9, keys: 12345}
        sensitive: true
        confirm: {silence: 1s}
        next: last
      note: {type: record, prompt: {silence: 1s}, into: note, next: last}
      last: {type: menu, prompt: {silence: 1s}, barge_in: false, choices: [{press: 5, next: bye}]}
      bye: {type: hangup, prompt: {silence: 1s}}
"""

FATES = [
    # what it is about, the keys, and what became of each: taken, hidden, dropped
    ("a choice", "2@1500", "t"),
    ("no choice", "8@1500", "t"),
    ("what was typed behind no choice", "8@10 4@20 1@30", "ttt"),
    ("a choice of two keys", "1@1500 2@1600", "tt"),
    ("a key that is put back", "1@1500 8@1600", "t"),
    ("a key that was put back", "1@1500 8@1600 5@2000", "thd"),
    ("a key that ends a prompt is kept for the next node", "1@10 1@3500 4@3600 3@3700 9@3800", "thhht"),
    ("a field", "2@10 4@20 4@30 4@40 4@50", "thhhh"),
    ("a field that is ended by a finish key", "2@10 4@20 4@30 9@40", "thht"),
    ("a finish key after a full field", "2@10 4@20 4@30 4@40 4@50 9@60", "thhhht"),
    ("erasing", "2@10 4@20 #@30 4@40", "thth"),
    ("a digit that the field does not take", "2@10 4@20 8@30", "thh"),
    ("a universal in the field", "2@10 4@20 *@30", "tht"),
    ("a confirmation", "2@10 4@20 4@30 9@40 1@1100", "thhtt"),
    ("the number again instead of a confirmation", "2@10 4@20 4@30 9@40 4@1100 4@1200", "thhthh"),
    ("keys into a prompt that must be heard", "3@10 5@20 #@1500 5@1600 5@9000", "tdtdt"),
    ("after the end", "3@10 #@1500 5@9000 1@9100 2@11000", "tttd"),
    ("no key of a telephone", "E@10 2@20", "dt"),
]


@pytest.fixture
def fates(flow_of: Callable[..., Any], call: Callable[..., Any]) -> Callable[[str], str]:
    def told(keys: str) -> str:
        line = call(flow_of(FLOW)).press(keys)
        return "".join(each.key[0] for each in line.decisions if each.key is not None)

    return told


@pytest.mark.parametrize(("keys", "expected"), [case[1:] for case in FATES], ids=[case[0] for case in FATES])
def test_fates(keys: str, expected: str, fates: Callable[[str], str]) -> None:
    assert fates(keys) == expected


def test_what_is_pressed_again_after_a_break_is_told_once(
    flow_of: Callable[..., Any], call: Callable[..., Any]
) -> None:
    line = call(flow_of(FLOW)).press("2@10 4@20")
    line.tell(Reconnected(30))
    line.press("4@40 9@50")
    assert [each.key for each in line.decisions if each.key is not None] == ["taken", "hidden", "hidden", "taken"]


def test_single_keys_are_named_where_none_can_be_secret(flow_of: Callable[..., Any], call: Callable[..., Any]) -> None:
    private = flow_of(FLOW)
    plain = flow_of(FLOW.replace("sensitive: true", "sensitive: false"))
    inner = FLOW.replace("{type: hangup, prompt: {silence: 1s}}", "{type: return}")
    outer = flow_of("{start: x, nodes: {x: {type: subflow, flow: inner, next: y}, y: {type: hangup}}}", inner=inner)
    assert (private.private, plain.private, outer.private) == (True, False, True)
    assert call(private).press("8@1500").told() == ["1500 menu: no-match: this key is not offered here; attempt 1 of 3"]
    assert call(plain).press("8@1500").told() == ["1500 menu: no-match: key 8 is not offered here; attempt 1 of 3"]
