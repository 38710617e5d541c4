"""What expressions do with the values that they read."""

from __future__ import annotations

import pytest

from ivr.core.uses import Key, uses

TABLE: tuple[tuple[str, list[tuple[tuple[Key, ...], str, tuple[str, ...], str]]], ...] = (
    ("a", [(("a",), "given", (), "")]),
    ("{{ a }}", [(("a",), "given", (), "")]),
    ("Hello {{ a }}.", [(("a",), "said", (), "")]),
    ("{{ a | int }}", [(("a",), "given", ("int",), "")]),
    ("body.items[0].name", [(("body", "items", 0, "name"), "given", (), "")]),
    ("items[index].name", [(("items", None, "name"), "given", (), ""), (("index",), "said", (), "")]),
    ("a == 'x'", [(("a",), "compared", (), "==")]),
    ("3 < a", [(("a",), "compared", (), ">")]),
    ("a in ['x', 'y']", [(("a",), "compared", (), "in")]),
    ("a[:2] == '97'", [(("a",), "compared", ("slice",), "==")]),
    ("a | length > b", [(("a",), "compared", ("length",), ">"), (("b",), "compared", (), "<")]),
    ("(a + 1) % 10 == 0", [(("a",), "compared", ("+", "%"), "==")]),
    ("a is none", [(("a",), "tested", (), "none")]),
    ("a and not b.c", [(("a",), "truth", (), ""), (("b", "c"), "truth", (), "")]),
    (
        "{{ 'on ' ~ (a | date) if a else b }}",
        [(("a",), "truth", (), ""), (("a",), "said", ("date",), ""), (("b",), "given", (), "")],
    ),
)


@pytest.mark.parametrize(("source", "expected"), TABLE, ids=[source for source, _ in TABLE])
def test_uses(source: str, expected: list[tuple[tuple[Key, ...], str, tuple[str, ...], str]]) -> None:
    found = uses(source, bare="{{" not in source)
    assert [(use.path, use.how, use.filters, use.operator) for use in found] == expected


def test_a_condition_asks_for_the_truth() -> None:
    assert [use.how for use in uses("a", bare=True, decides=True)] == ["truth"]


def test_other_sides_of_different_comparisons_differ() -> None:
    first, second = (uses(f"a == {value}", bare=True)[0] for value in (1, 2))
    assert first.other is not None
    assert first != second
