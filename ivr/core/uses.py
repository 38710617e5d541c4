"""What an expression does with the values that it reads: compares them, filters them, asks whether they are true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from jinja2 import nodes
from jinja2.parser import Parser

from ivr.core.comparing import OPERATORS
from ivr.core.expressions import MOST_KEPT, Expression, ExpressionSyntaxError, compiled
from ivr.core.sandbox import ENVIRONMENT

Key = str | int | None
"""A key of a mapping, an index of a list, or an index that only the call knows."""
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "in": "has", "not in": "has"}
"""What the other side of a comparison sees."""


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that is done with one value."""

    path: tuple[Key, ...]
    """A name, and the keys and indexes that follow it."""
    how: Literal["given", "said", "truth", "tested", "compared"]
    """The whole is this value; it goes into something larger; it decides; a test or a comparison looks at it."""
    filters: tuple[str, ...] = ()
    """What is done to it before, the first one first: filters by name, `slice`, `index` and signs."""
    operator: str = ""
    """Of a comparison, with the value on its left; or the name of a test."""
    other: Expression | None = None
    """The other side of the comparison."""


@lru_cache(maxsize=MOST_KEPT)
def uses(source: str, *, bare: bool, decides: bool = False) -> tuple[Use, ...]:
    """All uses in an expression, or in all those of a template.

    Args:
        source: the text, which has been read before without a mistake.
        bare: whether it stands without braces.
        decides: whether it is asked for its truth.
    """
    usual = Use((), "truth" if decides else "given")
    if bare:
        return tuple(_in(Parser(ENVIRONMENT, source.strip(), state="variable").parse_expression(), usual))
    parts = [part for each in ENVIRONMENT.parse(source).body for part in each.iter_child_nodes()]
    found = [part for part in parts if not isinstance(part, nodes.TemplateData)]
    usual = usual if len(parts) == 1 else Use((), "said")
    return tuple(use for part in found for use in _in(part, usual))


def _in(tree: nodes.Node, use: Use) -> Iterator[Use]:
    """The uses in a part of an expression whose own value is used so."""
    said = Use((), "said")
    match tree:
        case nodes.Name() | nodes.Getattr() | nodes.Getitem():
            yield from _path(tree, use, ())
        case nodes.Filter(node=nodes.Node() as inner, name=name):
            yield from _in(inner, _after(use, name))
            for each in (*tree.args, *tree.kwargs):
                yield from _in(each, said)
        case nodes.Test(node=inner, name=name):
            yield from _in(inner, Use((), "tested", operator=name))
        case nodes.Compare():
            yield from _compared(tree)
        case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
            yield from _in(left, Use((), "truth"))
            yield from _in(right, Use((), "truth"))
        case nodes.Not(node=inner):
            yield from _in(inner, Use((), "truth"))
        case nodes.CondExpr(test=test, expr1=first, expr2=second):
            yield from _in(test, Use((), "truth"))
            yield from _in(first, use)
            if second is not None:
                yield from _in(second, use)
        case nodes.BinExpr(left=left, right=right, operator=sign):
            for each in (left, right):
                yield from _in(each, _after(use, sign) if use.how == "compared" else Use((), "said", (sign,)))
        case _:
            for each in tree.iter_child_nodes():
                yield from _in(each, said)


def _after(use: Use, name: str) -> Use:
    """The use of what comes into a filter whose result is used so."""
    return replace(use, filters=(name, *use.filters))


def _path(tree: nodes.Node, use: Use, keys: tuple[Key, ...]) -> Iterator[Use]:
    match tree:
        case nodes.Name(name=name):
            yield replace(use, path=(name, *keys))
        case nodes.Getattr(node=inner, attr=attr):
            yield from _path(inner, use, (attr, *keys))
        case nodes.Getitem(node=inner, arg=nodes.Const(value=str() | int() as key)):
            yield from _path(inner, use, (key, *keys))
        case nodes.Getitem(node=inner, arg=nodes.Slice()):
            yield from _path(inner, _after(use, "slice"), ()) if not keys else ()
        case nodes.Getitem(node=inner, arg=arg):
            yield from _path(inner, use, (None, *keys))
            yield from _in(arg, Use((), "said"))
        case _:
            yield from _in(tree, Use((), "said"))


def _compared(tree: nodes.Compare) -> Iterator[Use]:
    left = tree.expr
    for operand in tree.ops:
        operator, right = OPERATORS[operand.op], operand.expr
        yield from _in(left, Use((), "compared", (), operator, _side(right)))
        yield from _in(right, Use((), "compared", (), MIRRORED.get(operator, operator), _side(left)))
        left = right


def _side(tree: nodes.Expr) -> Expression | None:
    try:
        return compiled(repr(tree), tree)
    except ExpressionSyntaxError:
        return None
