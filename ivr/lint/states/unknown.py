"""Values that nobody knows before the call, and what expressions make of them.

What a flow sets itself stays exact. What a caller enters, a lookup answers, the clock or the environment says is
`Unknown`, and so is all that is computed from it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ivr.core.expressions import Expression, ExpressionError, Scope
from ivr.core.reading import Path
from ivr.core.templates import Template, printed
from ivr.core.values import reveal

WORLD = frozenset({"call", "env", "secret", "error", "now", "is_open", "status", "headers", "body"})
"""Names whose values no flow decides."""
NOMINAL = "something"
"""What an unknown value sounds like, where nothing better is known."""
BY_COUNTRY = {"currency": "1250 Indian rupees", "date": "November 23, 2026", "time": "10:30 AM"}
"""What unknown values sound like after filters whose tables take long to load."""
COUNTRY_FILTER = re.compile(rf"\|\s*({'|'.join(BY_COUNTRY)})\b")
KEY_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
UNDEFINED = re.compile(r"“?'?(\w+)'? is undefined")


class Unknown(str):
    """A value that is not known; as text it is something of about the right length."""

    __slots__ = ()


def is_unknown(value: Any) -> bool:
    """Whether any part of a value is unknown."""
    match value:
        case Unknown():
            return True
        case dict():
            return any(map(is_unknown, value.values()))
        case list() | tuple():
            return any(map(is_unknown, value))
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Case:
    """One condition of one branch."""

    flow: str
    node: str
    place: int


@dataclass
class Watch:
    """What is noticed while expressions are evaluated."""

    decided: dict[Case, set[bool | None]] = field(default_factory=dict)
    """What each condition was found to be; None where it hangs on the world."""
    unset: set[tuple[str, Path, str]] = field(default_factory=set)
    """Variables that were read without a value: the flow, the place of the expression, the name."""
    failed: set[tuple[str, Path, str]] = field(default_factory=set)
    """Expressions that could not be evaluated: the flow, the place, and why."""
    worked: set[tuple[str, Path]] = field(default_factory=set)
    """The places of those that could, at least once."""


@dataclass(frozen=True, slots=True)
class Open:
    """An expression that may read what is unknown."""

    exact: Expression
    flow: str
    path: Path
    watch: Watch
    holds: bool = False
    """Whether it is a condition of an answer, which a caller who answers rightly fulfils."""

    def evaluate(self, scope: Scope) -> Any:
        """The value, which may be `Unknown`.

        Raises:
            ExpressionError: it is exact, and can't be had.
        """
        try:
            value = _value(self.exact, scope)
        except ExpressionError as error:
            self._notice(error)
            raise
        self.watch.worked.add((self.flow, self.path))
        return True if self.holds else value

    def truth(self, scope: Scope, part: Expression) -> bool | None:
        """Whether a part of it holds; None if that hangs on the world, or can't be had."""
        try:
            value = _value(part, scope)
        except ExpressionError as error:
            self._notice(error)
            return None
        self.watch.worked.add((self.flow, self.path))
        return None if is_unknown(value) else bool(reveal(value))

    def _notice(self, error: ExpressionError) -> None:
        if found := UNDEFINED.search(str(error)):
            self.watch.unset.add((self.flow, self.path, found[1]))
        else:
            reason = str(error).removeprefix(f"{self.exact.source}: ")
            self.watch.failed.add((self.flow, self.path, reason))


def bare(expression: Expression) -> str:
    """The text of an expression, without the braces of a template that is this expression alone."""
    return expression.source.strip().removeprefix("{{").removesuffix("}}").strip()


def _value(expression: Expression, scope: Scope) -> Any:
    """The value; `Unknown` if it was made from anything that is."""
    source = bare(expression)
    if KEY_PATH.fullmatch(source) and (known := _walked(source.split("."), scope)):
        return known[0]
    read = (scope.local.get(name, scope.variables.get(name)) for name in expression.names if name not in WORLD)
    if WORLD.isdisjoint(expression.names) and not any(map(is_unknown, read)):
        return expression.evaluate(scope)
    if by_country := COUNTRY_FILTER.search(source):
        return Unknown(BY_COUNTRY[by_country[1]])
    try:
        return Unknown(printed(reveal(expression.evaluate(scope))) or NOMINAL)
    except ExpressionError as error:
        found = UNDEFINED.search(str(error))
        if found and found[1] in expression.reads and found[1] not in {**scope.variables, **scope.local}:
            raise
        return Unknown(NOMINAL)


def _walked(names: list[str], scope: Scope) -> tuple[Any] | None:
    """The value of `a.b.c` if it leads to something unknown or through mappings that are partly so."""
    first, *rest = names
    value = scope.local.get(first, scope.variables.get(first))
    if not is_unknown(value):
        return None
    for name in rest:
        if isinstance(value, Unknown) or not isinstance(value, dict) or name not in value:
            return (Unknown(NOMINAL),)
        value = value[name]
    return (value,)


@dataclass(frozen=True, slots=True)
class OpenTemplate(Template):
    """A text with values, of which some may be unknown."""

    instead: str | None = None
    """What to take where the whole is unknown and something exact is needed."""

    def value(self, scope: Scope) -> Any:
        """The filled-in text, or the one value with its type; `Unknown` if any part is."""
        values = [part if isinstance(part, str) else part.evaluate(scope) for part in self.parts]
        whole = values[0] if len(values) == 1 else "".join(printed(reveal(value)) for value in values)
        if not any(map(is_unknown, values)):
            return whole
        if self.instead is not None:
            return self.instead
        return whole if len(values) == 1 else Unknown(whole)
