"""What leads to others, and to each other."""

from __future__ import annotations

import pytest

from ivr.lint.groups import groups, led_to
from ivr.lint.states.moves import Move
from ivr.lint.states.walks import circles

Onward = dict[str, str]
"""The names that each leads to, a letter each."""


@pytest.mark.parametrize(
    ("onward", "expected"),
    [
        ({}, []),
        ({"a": ""}, ["a"]),
        ({"a": "a"}, ["a"]),
        ({"a": "b", "b": "c", "c": ""}, ["c", "b", "a"]),
        ({"a": "b", "b": "c", "c": "a"}, ["abc"]),
        ({"b": "a", "a": "b"}, ["ba"]),
        ({"a": "bc", "b": "a", "c": "d", "d": "c"}, ["cd", "ab"]),
        ({"a": "bx", "b": "a"}, ["ab"]),
    ],
)
def test_groups_come_after_what_they_lead_to(onward: Onward, expected: list[str]) -> None:
    assert ["".join(group) for group in groups(onward, onward)] == expected


def test_a_long_way_is_no_matter() -> None:
    last = 50_000
    assert len(groups(range(last), {place: [place + 1] for place in range(last)})) == last
    assert groups(range(last), {place: [(place + 1) % last] for place in range(last)}) == (tuple(range(last)),)


@pytest.mark.parametrize(
    ("begin", "expected"), [("", ""), ("a", "abc"), ("c", "c"), ("d", "da"), ("x", "x"), ("cx", "cx")]
)
def test_led_to(begin: str, expected: str) -> None:
    onward = {"a": "b", "b": "cb", "d": "a"}
    assert led_to(begin, onward) == {*expected, *("bc" if "a" in expected else "")}


@pytest.mark.parametrize(
    ("ways", "expected"),
    [
        ([], []),
        ([(0, 1), (1, 2)], []),
        ([(0, 1), (1, 1)], [{1}]),
        ([(5, 6), (6, 5), (2, 3), (3, 4), (4, 2), (2, 5)], [{2, 3, 4}, {5, 6}]),
        ([(0, 7)], []),
    ],
)
def test_circles_are_in_the_order_of_states(ways: list[tuple[int, int]], expected: list[set[int]]) -> None:
    moves = [Move(source, target, "heard", "", 0, 0, 0, (), (), asks=False, loops=False) for source, target in ways]
    assert circles(moves) == expected
