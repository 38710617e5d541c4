"""Which parts of a value an expression reads."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import nodes
from jinja2.parser import Parser

from ivr.core.expressions import MOST_KEPT
from ivr.core.reading import Path
from ivr.core.sandbox import ENVIRONMENT


@lru_cache(maxsize=MOST_KEPT)
def read_paths(source: str, name: str) -> frozenset[Path]:
    """The paths below a name that a bare expression reads: `body.a[0] ~ body.b` reads `("a", 0)` and `("b",)`.

    A part that is chosen by a value (`body[key]`) counts as the whole around it, which `()` is for the name itself.
    """
    found: set[Path] = set()
    _read(Parser(ENVIRONMENT, source.strip(), state="variable").parse_expression(), name, (), found)
    return frozenset(path for path in found if not any(path[:end] in found for end in range(len(path))))


def _read(tree: nodes.Node, name: str, below: Path, found: set[Path]) -> None:
    """Note what is read of the name in a tree of which the part `below` is looked at."""
    match tree:
        case nodes.Name(name=named):
            if named == name:
                found.add(below)
        case nodes.Getattr(node=inner, attr=str(key)):
            _read(inner, name, (key, *below), found)
        case nodes.Getitem(node=inner, arg=nodes.Const(value=str() | int() as key)) if not isinstance(key, bool):
            _read(inner, name, (key, *below), found)
        case _:
            for child in tree.iter_child_nodes():
                _read(child, name, (), found)
