"""The comparisons in an expression, with the types that their two sides may have, as far as the text tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import nodes
from jinja2.parser import Parser

from ivr.core.sandbox import ENVIRONMENT, NOW_PARTS

Types = frozenset[str] | None
"""Of text, number, boolean, list, mapping, null, moment; None if it may be anything, empty if there is no value yet."""
Known = Callable[[str], Types]
"""What is known of a variable, or of a name that exists only where the expression stands."""

TEXT, NUMBER, BOOLEAN = frozenset({"text"}), frozenset({"number"}), frozenset({"boolean"})
LIST, MAPPING, NULL, MOMENT = frozenset({"list"}), frozenset({"mapping"}), frozenset({"null"}), frozenset({"moment"})
NEVER: frozenset[str] = frozenset()

FILTERS: Mapping[str, Types] = {
    **dict.fromkeys(("int", "float", "length", "count", "round", "wordcount"), NUMBER),
    **dict.fromkeys(("lower", "upper", "trim", "capitalize", "title", "replace", "string", "digits", "ordinal"), TEXT),
    **dict.fromkeys(("currency", "date", "time", "join", "truncate", "urlencode", "tojson", "format", "center"), TEXT),
    **dict.fromkeys(("striptags", "escape", "e", "indent", "wordwrap", "filesizeformat"), TEXT),
    **dict.fromkeys(("list", "sort", "batch", "slice", "dictsort", "unique", "map", "select", "reject"), LIST),
    "luhn": BOOLEAN,
}
"""What filters give, whatever they are given."""
OPERATORS: Mapping[str, str] = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "lteq": "<=",
    "gt": ">",
    "gteq": ">=",
    "in": "in",
    "notin": "not in",
}
COMPARED = ("=", "<", ">", "in ")
"""One of these is in every expression that compares."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison."""

    written: str
    """As it may stand in a message."""
    types: Types
    name: str = ""
    """The variable, if it is one alone."""
    constant: Any = None
    """What is written there, if `is_constant`."""
    is_constant: bool = False
    items: tuple[Side, ...] | None = None
    """Those of a list that is written there."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of two values."""

    left: Side
    operator: str
    right: Side
    checked: bool
    """Whether the same expression looks first at what type one of the sides has."""


def comparisons(source: str, known: Known, *, bare: bool) -> tuple[Comparison, ...]:
    """The comparisons in a bare expression, or in all expressions of a template."""
    if not any(sign in source for sign in COMPARED):
        return ()
    return tuple(each for tree in _trees(source, bare) for each in _comparisons(tree, known))


def type_of(source: str, known: Known, *, bare: bool) -> Types:
    """The types of a bare expression, or of a template that is one expression alone; text of any other template."""
    trees = _trees(source, bare)
    if not bare and (len(trees) != 1 or not _is_alone(source)):
        return TEXT
    return _types(trees[0], known)


def questioned(source: str, *, bare: bool) -> frozenset[str]:
    """The names that an expression looks at before it uses them: in `if … else`, `or`, `and`, `is` and `default`."""
    return frozenset(
        name.name
        for tree in _trees(source, bare)
        for looks in _looks(tree)
        for name in (looks.find_all(nodes.Name) if not isinstance(looks, nodes.Name) else (looks,))
    )


def _looks(tree: nodes.Node) -> Iterator[nodes.Node]:
    for each in _all(tree):
        match each:
            case nodes.CondExpr(test=test):
                yield test
            case nodes.Or(left=left) | nodes.And(left=left):
                yield left
            case nodes.Test(node=inner):
                yield inner
            case nodes.Filter(name="default" | "d", node=nodes.Node() as inner):
                yield inner


def _trees(source: str, bare: bool) -> tuple[nodes.Node, ...]:
    if bare:
        return (Parser(ENVIRONMENT, source.strip(), state="variable").parse_expression(),)
    return tuple(
        part
        for output in ENVIRONMENT.parse(source).body
        for part in (output.nodes if isinstance(output, nodes.Output) else ())
        if not isinstance(part, nodes.TemplateData)
    )


def _is_alone(source: str) -> bool:
    outputs = ENVIRONMENT.parse(source).body
    return all(not isinstance(part, nodes.TemplateData) for each in outputs for part in each.nodes)  # type: ignore[attr-defined]  # flows have no statements


def _all(tree: nodes.Node) -> Iterator[nodes.Node]:
    yield tree
    yield from tree.find_all(nodes.Node)


def _comparisons(tree: nodes.Node, known: Known) -> Iterator[Comparison]:
    tested = {_written(test.node) for test in _all(tree) if isinstance(test, nodes.Test)}
    for each in _all(tree):
        if not isinstance(each, nodes.Compare):
            continue
        left = each.expr
        for operand in each.ops:
            right = operand.expr
            checked = not tested.isdisjoint((_written(left), _written(right)))
            yield Comparison(_side(left, known), OPERATORS[operand.op], _side(right, known), checked)
            left = right


def _side(node: nodes.Node, known: Known) -> Side:
    items = tuple(_side(item, known) for item in node.items) if isinstance(node, nodes.List | nodes.Tuple) else None
    name = node.name if isinstance(node, nodes.Name) else ""
    is_constant = isinstance(node, nodes.Const)
    constant = node.value if isinstance(node, nodes.Const) else None
    return Side(_written(node), _types(node, known), name, constant, is_constant, items)


def _types(node: nodes.Node | None, known: Known) -> Types:
    match node:
        case nodes.Const(value=value):
            return of_value(value)
        case nodes.TemplateData() | nodes.Concat():
            return TEXT
        case nodes.Name(name="now"):
            return MOMENT
        case nodes.Name(name="language"):
            return TEXT
        case nodes.Name(name="call" | "env" | "secret" | "error"):
            return MAPPING
        case nodes.Name(name=name):
            return known(name)
        case nodes.Getattr(node=nodes.Name(name=space)) | nodes.Getitem(node=nodes.Name(name=space)) if space in SPACES:
            return TEXT
        case nodes.Getattr(node=nodes.Name(name="now"), attr=part) if part in NOW_PARTS:
            return NUMBER
        case nodes.Getitem(node=inner):
            return TEXT if _types(inner, known) == TEXT else None
        case nodes.List() | nodes.Tuple():
            return LIST
        case nodes.Dict():
            return MAPPING
        case nodes.Compare() | nodes.Test() | nodes.Not():
            return BOOLEAN
        case nodes.Call(node=nodes.Name(name="is_open")):
            return BOOLEAN
        case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
            return _either(_types(left, known), _types(right, known))
        case nodes.CondExpr(expr1=first, expr2=nodes.Node() as second):
            return _either(_types(first, known), _types(second, known))
        case nodes.Neg() | nodes.Pos():
            return NUMBER
        case nodes.Add(left=left, right=right):
            return _sum(_types(left, known), _types(right, known))
        case nodes.Sub() | nodes.Div() | nodes.FloorDiv() | nodes.Pow() | nodes.Mod():
            return NUMBER
        case nodes.Mul(left=left, right=right):
            return NUMBER if (_types(left, known), _types(right, known)) == (NUMBER, NUMBER) else None
        case nodes.Filter():
            return _filtered(node, known)
        case _:
            return None


SPACES = ("call", "env", "secret", "error", "headers")
"""Names whose keys all hold texts."""


def of_value(value: Any) -> Types:
    """The type of plain data."""
    match value:
        case bool():
            return BOOLEAN
        case int() | float():
            return NUMBER
        case str():
            return TEXT
        case None:
            return NULL
        case dict():
            return MAPPING
        case list():
            return LIST
        case _:
            return None


def _filtered(node: nodes.Filter, known: Known) -> Types:
    given = _types(node.node, known)
    match node.name:
        case "default" | "d":
            other = _types(node.args[0], known) if node.args else TEXT
            return _either(given, other)
        case "first" | "last" | "min" | "max" | "reverse" | "safe" if given == TEXT:
            return TEXT
        case "int" | "float" if node.args or node.kwargs:
            return None  # what stands there instead may be anything
        case name:
            return FILTERS.get(name)


def _either(first: Types, second: Types) -> Types:
    return None if first is None or second is None else first | second


def _sum(first: Types, second: Types) -> Types:
    for one in (TEXT, NUMBER, LIST):
        if first in (one, NEVER) and second in (one, NEVER):
            return NEVER if first == NEVER == second else one
    return None


def _written(node: nodes.Node | None) -> str:
    match node:
        case nodes.Const(value=str(value)):
            return f"'{value}'"
        case nodes.Const(value=None):
            return "none"
        case nodes.Const(value=bool(value)):
            return "true" if value else "false"
        case nodes.Const(value=value):
            return str(value)
        case nodes.Name(name=name):
            return name
        case nodes.Getattr(node=inner, attr=attr):
            return f"{_written(inner)}.{attr}"
        case nodes.Getitem(node=inner, arg=arg):
            return f"{_written(inner)}[{_written(arg)}]"
        case nodes.Filter(node=inner, name=name):
            return f"{_written(inner)} | {name}"
        case nodes.Call(node=inner):
            return f"{_written(inner)}(…)"
        case nodes.List(items=items) | nodes.Tuple(items=items):
            return f"[{', '.join(map(_written, items))}]"
        case _:
            return "…"
