"""A condition taken apart at its `and`, `or` and `not`, so that it can be weighed while some of it is unknown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from jinja2 import nodes
from jinja2.parser import Parser

from ivr.core.expressions import Expression, compiled
from ivr.core.sandbox import ENVIRONMENT

Truth = bool | None
"""None is unknown."""


@dataclass(frozen=True, slots=True)
class Both:
    """`first and second`."""

    first: Clause
    second: Clause


@dataclass(frozen=True, slots=True)
class Either:
    """`first or second`."""

    first: Clause
    second: Clause


@dataclass(frozen=True, slots=True)
class Negated:
    """`not clause`."""

    clause: Clause


Clause = Expression | Both | Either | Negated


def clause(whole: Expression) -> Clause:
    """Take a compiled expression apart."""
    return _part(whole, Parser(ENVIRONMENT, whole.source, state="variable").parse_expression())


def _part(whole: Expression, tree: nodes.Node) -> Clause:
    match tree:
        case nodes.And(left=left, right=right):
            return Both(_part(whole, left), _part(whole, right))
        case nodes.Or(left=left, right=right):
            return Either(_part(whole, left), _part(whole, right))
        case nodes.Not(node=inner):
            return Negated(_part(whole, inner))
        case nodes.Expr():
            return compiled(whole.source, tree)
        case _:
            return whole


def leaves(condition: Clause) -> tuple[Expression, ...]:
    """The expressions between the words, in order."""
    match condition:
        case Expression():
            return (condition,)
        case Both(first, second) | Either(first, second):
            return (*leaves(first), *leaves(second))
        case Negated(inner):
            return leaves(inner)
        case _:
            assert_never(condition)


def weigh(condition: Clause, truth: Callable[[Expression], Truth]) -> Truth:
    """Tell whether a condition holds, by Kleene's logic of three values; what decides early spares the rest."""
    match condition:
        case Expression():
            return truth(condition)
        case Both(first, second):
            return _joined(weigh(first, truth), second, truth, decisive=False)
        case Either(first, second):
            return _joined(weigh(first, truth), second, truth, decisive=True)
        case Negated(inner):
            found = weigh(inner, truth)
            return None if found is None else not found
        case _:
            assert_never(condition)


def _joined(first: Truth, second: Clause, truth: Callable[[Expression], Truth], *, decisive: bool) -> Truth:
    if first is decisive:
        return decisive
    other = weigh(second, truth)
    if other is decisive:
        return decisive
    return None if first is None or other is None else not decisive
