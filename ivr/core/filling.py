"""Plain data with templates inside, as in `set`, `with` and the JSON body of a lookup, and how it is filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ivr.core.expressions import Expression, Scope
from ivr.core.templates import Template
from ivr.core.values import Sensitive, reveal

Pattern = Any
"""Plain data in which every text is a `Template`."""


def filled(pattern: Pattern, scope: Scope) -> Any:
    """The data with every template filled in; what was made from something sensitive is `Sensitive`.

    Raises:
        ExpressionError: a value can't be had.
    """
    match pattern:
        case Template():
            return pattern.value(scope)
        case dict():
            return {key: filled(inner, scope) for key, inner in pattern.items()}
        case list():
            return [filled(inner, scope) for inner in pattern]
        case _:
            return pattern


def assigned(patterns: Mapping[str, Pattern], scope: Scope) -> dict[str, Any]:
    """The values of variables: each is sensitive as a whole if any part of it is.

    Raises:
        ExpressionError: a value can't be had.
    """
    return {name: whole(filled(pattern, scope)) for name, pattern in patterns.items()}


def whole(value: Any) -> Any:
    """The value; if any part of it is sensitive, it is so as a whole."""
    return Sensitive(reveal(value)) if _is_sensitive(value) else value


def _is_sensitive(value: Any) -> bool:
    match value:
        case Sensitive():
            return True
        case dict():
            return any(_is_sensitive(inner) for inner in value.values())
        case list():
            return any(_is_sensitive(inner) for inner in value)
        case _:
            return False


def expressions(pattern: Pattern) -> Iterator[Expression]:
    """Every expression in the data."""
    match pattern:
        case Template():
            yield from pattern.expressions
        case dict():
            for inner in pattern.values():
                yield from expressions(inner)
        case list():
            for inner in pattern:
                yield from expressions(inner)
        case _:
            pass
