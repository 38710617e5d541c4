"""Jinja2 cut down to plain data: nothing has methods, nothing grows without bound, nothing is left to chance."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame, operators
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment, safe_range

from ivr.core import spoken
from ivr.core.budget import MAX_BITS, bounded, budget_of
from ivr.core.values import MAX_DEPTH, reference

MAX_TEXT = 65_536
"""Characters of a text, or items of a list, that one product may make."""
MAX_SIZE = 1_000_000
"""Characters and items of all that one expression gives."""

MAX_NAME = 60
"""Characters of a name that an error repeats: what names there are may come from outside."""

NOW_PARTS = ("year", "month", "day", "hour", "minute", "second")

FUNCTIONS = ("is_open", "range", "dict")
"""What `f(…)` may call."""
LEFT_TO_CHANCE = ("random",)
"""Filters of Jinja2 that would make a call go another way when it is replayed."""


class Function:
    """What an expression may call; nothing else can be."""

    __slots__ = ("_run",)

    def __init__(self, run: Callable[..., Any]) -> None:
        self._run = run

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it."""
        return self._run(*args, **kwargs)

    def __repr__(self) -> str:
        """Show it without its place in memory, which would differ when a call is replayed."""
        return "<function>"


class Secrets(Mapping[str, str]):
    """What `secret` means in an expression: a reference for every name, never a value."""

    def __getitem__(self, name: str) -> str:
        return reference(name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Generator(CodeGenerator):
    """Jinja2's compiler, which lets the environment see what is joined, compared and searched."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802  the name is Jinja2's
        """Write `a ~ b`."""
        self.write("environment.joined(context, (")
        for each in node.nodes:
            self.visit(each, frame)
            self.write(", ")
        self.write("))")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802  the name is Jinja2's
        """Write `a[b]`; of parts, `a[b:c]`, the environment would not be asked."""
        if not isinstance(node.arg, nodes.Slice):
            super().visit_Getitem(node, frame)
            return
        self.write("environment.getitem(")
        self.visit(node.node, frame)
        self.write(", slice(")
        for part in (node.arg.start, node.arg.stop, node.arg.step):
            self.visit(nodes.Const(None) if part is None else part, frame)
            self.write(", ")
        self.write("))")

    def visit_Operand(self, node: nodes.Operand, frame: Frame) -> None:  # noqa: N802  the name is Jinja2's
        """Write the second half of a comparison; comparing with what is written there costs nothing worth counting."""
        if isinstance(node.expr, nodes.Const):
            super().visit_Operand(node, frame)
            return
        self.write(f" {operators[node.op]} environment.looked_at(context, ")
        self.visit(node.expr, frame)
        self.write(")")


class Environment(ImmutableSandboxedEnvironment):
    """Jinja2 in which `a.b` is the key `b` of `a`, and nothing else has attributes."""

    code_generator_class = Generator
    intercepted_binops = frozenset(["*", "**", "%", "+"])

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Read `a.b`."""
        if isinstance(obj, Undefined):
            return obj._fail_with_undefined_error()
        if isinstance(obj, Mapping):
            if attribute in obj:
                return obj[attribute]
            return self.undefined(_missing_key(obj, attribute))
        if isinstance(obj, datetime) and attribute in NOW_PARTS:
            return getattr(obj, attribute)
        return self.undefined(f"there is no “{attribute}” in a {_kind(obj)}")

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Read `a[b]`."""
        if isinstance(obj, Undefined):
            return obj._fail_with_undefined_error()
        if isinstance(obj, Mapping):
            if isinstance(argument, str | int | float | bool | None) and argument in obj:
                return obj[argument]
            return self.undefined(_missing_key(obj, str(argument)))
        if isinstance(obj, str | list | tuple):
            try:
                return obj[argument]
            except (IndexError, TypeError, ValueError):
                return self.undefined(f"there is no item {_named(argument)} in a {_kind(obj)} of {len(obj)}")
        return self.undefined(f"a {_kind(obj)} has no items")

    def is_safe_callable(self, obj: Any) -> bool:
        """Tell whether an expression may call this."""
        return isinstance(obj, Function)

    def call(self, context: Context, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call `f(…)`."""
        if not self.is_safe_callable(called):
            known = ", ".join(FUNCTIONS)
            raise SecurityError(
                f"only functions can be called ({known}); for the rest there are filters, as in x | upper"
            )
        budget = budget_of(context)
        for each in (*args, *kwargs.values()):
            budget.look_at(each)
        return super().call(context, called, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute sums, products, powers and remainders, if they stay small."""
        if operator == "+":
            return budget_of(context).made(left + right)
        _check_growth(operator, left, right)
        return budget_of(context).look_at(super().call_binop(context, operator, left, right))

    def joined(self, context: Context, parts: tuple[Any, ...]) -> str:
        """Compute `a ~ b`."""
        return "".join(map(str, map(budget_of(context).look_at, parts)))

    def looked_at(self, context: Context, value: Any) -> Any:
        """The value, which is about to be compared or searched."""
        return budget_of(context).look_at(value)


def _check_growth(operator: str, left: Any, right: Any) -> None:
    """Refuse products and powers that would fill memory (`"x" * 10 ** 9`)."""
    if operator == "%" and isinstance(left, str):
        raise SecurityError("% formats no text here; put the value into {{ … }}")
    if operator == "*":
        for text, times in ((left, right), (right, left)):
            if isinstance(text, str | list | tuple) and isinstance(times, int) and len(text) * times > MAX_TEXT:
                raise SecurityError(f"a product makes more than {MAX_TEXT} characters or items")
    if isinstance(left, int) and isinstance(right, int):
        factor = right if operator == "**" else 1
        bits = left.bit_length() * factor + (right.bit_length() if operator == "*" else 0)
        if bits > MAX_BITS:
            raise SecurityError(f"a whole number has more than {MAX_BITS} bits")


def _kind(value: Any) -> str:
    names = {str: "text", bool: "boolean", int: "number", float: "number", list: "list", type(None): "null"}
    return names.get(type(value), "value")


def _named(argument: Any) -> str:
    match argument:
        case str():
            return repr(argument[:MAX_NAME])
        case int() | float() | None:
            return repr(argument)[:MAX_NAME]
        case _:
            return f"of a {_kind(argument)}"


def _missing_key(data: Mapping[Any, Any], key: str) -> str:
    known = ", ".join(sorted(str(name)[:MAX_NAME] for name in itertools.islice(data, 12)))
    key = key[:MAX_NAME]
    return f"there is no “{key}” here" + (f"; there are: {known}" if known else "")


def _environment() -> Environment:
    # The optimiser would evaluate constant filters while compiling, outside any bound.
    environment = Environment(undefined=StrictUndefined, autoescape=False, optimized=False, keep_trailing_newline=True)
    environment.globals = {"range": Function(safe_range), "dict": Function(dict)}
    for name in LEFT_TO_CHANCE:
        del environment.filters[name]
    environment.filters.update(spoken.FILTERS)
    named: tuple[dict[str, Any], ...] = (environment.filters, environment.tests)
    for each in named:
        each.update({name: bounded(name, run) for name, run in each.items()})
    return environment


ENVIRONMENT = _environment()


def plain(value: Any) -> Any:
    """The value as JSON-like data: dates become ISO 8601 text, iterators become lists.

    Raises:
        SecurityError: it is too large or too deep, or no data.
        UndefinedError: it is undefined.
    """
    return _Plain().made(value, MAX_DEPTH)


class _Plain:
    """Makes one value plain, and counts how large it is."""

    def __init__(self) -> None:
        self._left = MAX_SIZE

    def made(self, value: Any, depth: int) -> Any:
        self._count(1)
        match value:
            case None | bool():
                return value
            case int() if value.bit_length() > MAX_BITS:
                raise SecurityError(f"a whole number has more than {MAX_BITS} bits")
            case float() if not math.isfinite(value):
                raise SecurityError("a number is not finite")
            case int() | float():
                return value
            case str():
                self._count(len(value))
                return _encodable(str(value))
            case datetime():
                return value.isoformat()
            case Undefined():
                return value._fail_with_undefined_error()
            case Secrets():
                raise SecurityError("secret is not a value; name one, as in secret.TOKEN")
            case _ if depth == 0:
                raise SecurityError(f"lists and mappings are nested deeper than {MAX_DEPTH} levels")
            case Mapping():
                return {_encodable(str(key)): self.made(item, depth - 1) for key, item in value.items()}
            case _ if hasattr(value, "__iter__"):
                return [self.made(item, depth - 1) for item in value]
            case _:
                raise SecurityError(f"a {type(value).__name__} is no value")

    def _count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise SecurityError(f"a value has more than {MAX_SIZE} characters and items")


def _encodable(text: str) -> str:
    """The text without lone surrogates, which an escape in an expression can make and no encoding can write."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
