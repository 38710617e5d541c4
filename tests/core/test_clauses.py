"""A condition that is weighed with a part unknown is decided only if every value of that part decides it so."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.clauses import Truth, clause, leaves, weigh
from ivr.core.expressions import Expression, expression

NAMES = ("a", "b", "c")
FORMULAS = st.recursive(
    st.sampled_from(NAMES),
    lambda inner: st.one_of(
        inner.map(lambda each: f"not ({each})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda each: f"({each[0]} {each[1]} {each[2]})"),
    ),
    max_leaves=6,
)


def weighed(source: str, values: dict[str, Truth]) -> Truth:
    def truth(part: Expression) -> Truth:
        (name,) = part.reads
        return values[name]

    return weigh(clause(expression(source)), truth)


@given(FORMULAS, st.fixed_dictionaries({name: st.sampled_from([True, False, None]) for name in NAMES}))
def test_what_is_decided_holds_whatever_the_unknown_is(source: str, values: dict[str, Truth]) -> None:
    unknown = [name for name in NAMES if values[name] is None]
    outcomes = set()
    for guesses in product([True, False], repeat=len(unknown)):
        names = {**values, **dict(zip(unknown, guesses, strict=True))}
        outcomes.add(bool(eval(source, {}, names)))  # noqa: S307 - a formula of three names, made above
    found = weighed(source, values)
    assert found is None or outcomes == {found}
    assert unknown or found in outcomes


@pytest.mark.parametrize(
    ("source", "a", "expected"),
    [("a and b", False, False), ("b and a", False, False), ("a or b", True, True), ("b or a", True, True),
     ("a and b", True, None), ("not b", True, None), ("not (b and a)", False, True)],
)  # fmt: skip
def test_what_decides_need_not_come_first(source: str, a: bool, expected: Truth) -> None:
    assert weighed(source, {"a": a, "b": None}) is expected


def test_what_decides_spares_the_rest() -> None:
    asked: list[str] = []

    def truth(part: Expression) -> Truth:
        asked.extend(part.reads)
        return False

    assert weigh(clause(expression("a and b")), truth) is False
    assert asked == ["a"]


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("x", 1),
        ("a and b or not c", 3),
        ("a == 1 and b in [1, 2]", 2),
        ("(a if b else c) and d", 2),
        ("a | int > 3", 1),
    ],
)
def test_it_is_taken_apart_at_its_words_only(source: str, parts: int) -> None:
    assert len(leaves(clause(expression(source)))) == parts
