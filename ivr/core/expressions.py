"""The one expression language of flows: Jinja2 expressions, sandboxed, over plain data."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, nodes
from jinja2.environment import Template as JinjaTemplate
from jinja2.exceptions import TemplateError
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ivr.core import spoken
from ivr.core.values import MASK, Sensitive, mask_references, reference

RESERVED = ("call", "env", "secret", "error", "language", "now", "elapsed")
"""Names that every expression may read and that no variable may have."""

FUNCTIONS = ("is_open", "range", "dict")
LOCALS = ("status", "headers", "body", "result")
"""Names that exist only in a `save`, where they hide variables."""

MAX_TEXT = 65_536
"""Characters of a text, or items of a list, that one expression may make."""
MAX_BITS = 4_096
"""Bits of a whole number that one expression may make."""

NOW_PARTS = ("year", "month", "day", "hour", "minute", "second")


class ExpressionError(Exception):
    """An expression could not be evaluated; the message names no value of the call."""


class ExpressionSyntaxError(Exception):
    """A text is no expression or template of the language."""


class Secrets(Mapping[str, str]):
    """What `secret` means in an expression: a reference for every name, never a value."""

    def __getitem__(self, name: str) -> str:
        return reference(name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Scope:
    """What the names of an expression stand for, at one moment of one call."""

    variables: Mapping[str, Any]
    """Variables of the flow; a `Sensitive` one makes all that is computed from it sensitive."""
    language: str
    now: datetime
    is_open: Callable[[str], bool]
    call: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    error: Mapping[str, str] | None = None
    local: Mapping[str, Any] = field(default_factory=dict)
    """Names that hide variables: `body` in a `save`, the new value in `validate`."""

    def names(self, wanted: tuple[str, ...]) -> tuple[dict[str, Any], bool]:
        """The values of those wanted names that exist, and whether one of them is sensitive."""
        found: dict[str, Any] = {"language": self.language}
        sensitive = False
        for name in wanted:
            if name in self.local:
                value = self.local[name]
            elif name in RESERVED or name in FUNCTIONS:
                value = self._reserved(name)
            else:
                value = self.variables.get(name, _ABSENT)
            if value is _ABSENT:
                continue
            if isinstance(value, Sensitive):
                sensitive = True
                value = value.value
            found[name] = value
        return found, sensitive

    def _reserved(self, name: str) -> Any:
        match name:
            case "call":
                return self.call
            case "env":
                return self.env
            case "secret":
                return _SECRETS
            case "error":
                return _ABSENT if self.error is None else self.error
            case "now":
                return self.now
            case "language":
                return self.language
            case "is_open":
                return self.is_open
            case _:
                return _ABSENT


_ABSENT = object()
_SECRETS = Secrets()


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja2 cut down to data: `a.b` is the key `b` of `a`, nothing else has attributes."""

    intercepted_binops = frozenset(["*", "**", "%"])

    def getattr(self, obj: Any, attribute: str) -> Any:
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
                return self.undefined(f"there is no item {argument!r} in a {_kind(obj)} of {len(obj)}")
        return self.undefined(f"a {_kind(obj)} has no items")

    def is_safe_callable(self, obj: Any) -> bool:
        return obj is dict or getattr(obj, "__name__", "") in ("is_open", "safe_range")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        _check_growth(operator, left, right)
        return super().call_binop(context, operator, left, right)


def _check_growth(operator: str, left: Any, right: Any) -> None:
    """Refuse products and powers that would fill memory (`"x" * 10 ** 9`)."""
    if operator == "%" and isinstance(left, str):
        raise ExpressionError("% formats no text here; put the value into {{ … }}")
    if operator == "*":
        for text, times in ((left, right), (right, left)):
            if isinstance(text, str | list | tuple) and isinstance(times, int) and len(text) * times > MAX_TEXT:
                raise ExpressionError(f"a product makes more than {MAX_TEXT} characters or items")
    if isinstance(left, int) and isinstance(right, int):
        factor = right if operator == "**" else 1
        bits = left.bit_length() * factor + (right.bit_length() if operator == "*" else 0)
        if bits > MAX_BITS:
            raise ExpressionError(f"a whole number has more than {MAX_BITS} bits")


def _kind(value: Any) -> str:
    names = {str: "text", bool: "boolean", int: "number", float: "number", list: "list", type(None): "null"}
    return names.get(type(value), "value")


def _missing_key(data: Mapping[Any, Any], key: str) -> str:
    known = ", ".join(sorted(str(name) for name in itertools.islice(data, 12)))
    return f"there is no “{key}” here" + (f"; there are: {known}" if known else "")


def _environment() -> _Environment:
    # The optimiser would evaluate constant filters while compiling, outside any bound.
    environment = _Environment(undefined=StrictUndefined, autoescape=False, optimized=False, keep_trailing_newline=True)
    environment.globals = {"range": environment.globals["range"], "dict": dict}
    environment.filters.update(spoken.FILTERS)
    return environment


_ENVIRONMENT = _environment()
FILTERS = tuple(sorted(_ENVIRONMENT.filters))


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression, with what it reads."""

    source: str
    reads: tuple[str, ...]
    """Variables and `save` names it mentions, sorted."""
    env: tuple[str, ...]
    """The names in `env.NAME`."""
    secrets: tuple[str, ...]
    hours: tuple[str, ...]
    """The texts in `is_open('…')`."""
    _names: tuple[str, ...] = field(repr=False)
    _code: JinjaTemplate = field(repr=False, compare=False)

    def evaluate(self, scope: Scope) -> Any:
        """The value as plain data; `Sensitive` if anything sensitive was read.

        Raises:
            ExpressionError: something undefined, a wrong type, or a result out of bounds.
        """
        names, sensitive = scope.names(self._names)
        try:
            context = self._code.new_context(names)
            for _ in self._code.root_render_func(context):
                pass
            value = plain(context.vars["result"])
        except ExpressionError:
            raise
        except TemplateError as error:
            raise ExpressionError(f"{self.source}: {error.message}") from None
        except RecursionError:
            raise ExpressionError(f"{self.source}: too deeply nested") from None
        except Exception as error:
            raise ExpressionError(f"{self.source}: {_reason(error, sensitive=sensitive)}") from None
        return Sensitive(value) if sensitive else value


def _reason(error: Exception, *, sensitive: bool) -> str:
    # Python puts values into some messages ("invalid literal for int(): '4711'").
    return type(error).__name__ if sensitive else f"{error}"[:200]


def plain(value: Any) -> Any:
    """The value as JSON-like data: dates become ISO 8601 text, iterators become lists.

    Raises:
        ExpressionError: the value is undefined, too large, or no data.
    """
    match value:
        case None | bool():
            return value
        case int():
            if value.bit_length() > MAX_BITS:
                raise ExpressionError(f"a whole number has more than {MAX_BITS} bits")
            return value
        case float():
            if not math.isfinite(value):
                raise ExpressionError("a number is not finite")
            return value
        case str():
            if len(value) > MAX_TEXT:
                raise ExpressionError(f"a text has more than {MAX_TEXT} characters")
            return str(value)
        case datetime():
            return value.isoformat()
        case Undefined():
            value._fail_with_undefined_error()
        case Secrets():
            raise ExpressionError("secret is not a value; name one, as in secret.TOKEN")
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case _ if hasattr(value, "__iter__"):
            items = [plain(item) for item in itertools.islice(value, MAX_TEXT + 1)]
            if len(items) > MAX_TEXT:
                raise ExpressionError(f"a list has more than {MAX_TEXT} items")
            return items
        case _:
            raise ExpressionError(f"a {type(value).__name__} is no value")


def expression(source: str) -> Expression:
    """Compile a bare expression.

    Raises:
        ExpressionSyntaxError: with Jinja2's reason, in one line.
    """
    body = _parse("{{ " + source + "\n}}")
    match body:
        case [nodes.Output(nodes=[nodes.TemplateData(data="")]) | nodes.Output(nodes=[])] | []:
            raise ExpressionSyntaxError("an expression is expected, nothing was found")
        case [nodes.Output(nodes=[single])] if not isinstance(single, nodes.TemplateData):
            return _compile(source.strip(), single)
        case _:
            raise ExpressionSyntaxError(f"one expression without braces is expected, found: {source.strip()}")


@dataclass(frozen=True, slots=True)
class Text:
    """A rendered template: the text itself, and the text that people may read."""

    value: str = field(repr=False)
    shown: str
    sensitive: bool


@dataclass(frozen=True, slots=True)
class Template:
    """A text with `{{ … }}` in it, taken apart."""

    source: str
    parts: tuple[str | Expression, ...]

    @property
    def static(self) -> bool:
        """Whether it says the same in every call."""
        return all(isinstance(part, str) for part in self.parts)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The expressions inside, in order."""
        return tuple(part for part in self.parts if isinstance(part, Expression))

    def text(self, scope: Scope, encode: Callable[[str], str] | None = None) -> Text:
        """Fill it in; `encode` is applied to every inserted text but one at the very start.

        Raises:
            ExpressionError: from an expression inside.
        """
        said: list[str] = []
        shown: list[str] = []
        tainted = False
        for place, part in enumerate(self.parts):
            if isinstance(part, str):
                said.append(part)
                shown.append(part)
                continue
            value = part.evaluate(scope)
            sensitive = isinstance(value, Sensitive)
            tainted = tainted or sensitive
            inserted = printed(value.value if isinstance(value, Sensitive) else value)
            if encode is not None and place > 0:
                inserted = encode(inserted)
            said.append(inserted)
            shown.append(MASK if sensitive else mask_references(inserted))
        return Text("".join(said), "".join(shown), tainted)

    def value(self, scope: Scope) -> Any:
        """The filled-in text; for a template that is one expression alone, its value with its type.

        Raises:
            ExpressionError: from an expression inside.
        """
        match self.parts:
            case (Expression() as alone,):
                return alone.evaluate(scope)
            case _:
                text = self.text(scope)
                return Sensitive(text.value) if text.sensitive else text.value


def printed(value: Any) -> str:
    """A value as text inside a text: null is nothing, booleans are written as in YAML."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def template(source: str) -> Template:
    """Compile a text with `{{ … }}` in it.

    Raises:
        ExpressionSyntaxError: with Jinja2's reason; also for `{% … %}`, which flows do not have.
    """
    if "{{" not in source and "{%" not in source and "{#" not in source:
        return Template(source, (source,) if source else ())
    parts: list[str | Expression] = []
    for node in _parse(source):
        if not isinstance(node, nodes.Output):
            raise ExpressionSyntaxError("{% … %} is not part of the flow language; use {{ … }}, branch or set")
        for part in node.nodes:
            if isinstance(part, nodes.TemplateData):
                parts.append(part.data)
            else:
                parts.append(_compile(source.strip(), part))
    return Template(source, tuple(part for part in parts if part != ""))


def _parse(source: str) -> list[nodes.Node]:
    try:
        return _ENVIRONMENT.parse(source).body
    except TemplateSyntaxError as error:
        raise ExpressionSyntaxError(error.message or "not an expression") from None
    except RecursionError:
        raise ExpressionSyntaxError("too deeply nested") from None


def _compile(source: str, node: nodes.Expr) -> Expression:
    assignment = nodes.Assign(nodes.Name("result", "store", lineno=1), node, lineno=1)
    tree = nodes.Template([assignment], lineno=1)
    tree.set_environment(_ENVIRONMENT)
    names = tuple(sorted(find_undeclared_variables(tree)))
    reads = tuple(name for name in names if name not in RESERVED and name not in FUNCTIONS)
    env, secrets, hours = _mentions(tree)
    try:
        code = _ENVIRONMENT.from_string(tree)
    except TemplateSyntaxError as error:
        raise ExpressionSyntaxError(error.message or "not an expression") from None
    except (RecursionError, SyntaxError):
        raise ExpressionSyntaxError("too deeply nested") from None
    return Expression(source, reads, env, secrets, hours, names, code)


def _mentions(tree: nodes.Template) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The names in `env.X`, in `secret.X` and in `is_open('X')`, each sorted."""
    env: set[str] = set()
    secrets: set[str] = set()
    hours: set[str] = set()
    for access in tree.find_all((nodes.Getattr, nodes.Getitem)):
        match access:
            case nodes.Getattr(node=nodes.Name(name=space), attr=str(key)):
                pass
            case nodes.Getitem(node=nodes.Name(name=space), arg=nodes.Const(value=str(key))):
                pass
            case _:
                continue
        if space == "env":
            env.add(key)
        elif space == "secret":
            secrets.add(key)
    for call in tree.find_all(nodes.Call):
        match call:
            case nodes.Call(node=nodes.Name(name="is_open"), args=[nodes.Const(value=str(key)), *_]):
                hours.add(key)
    return tuple(sorted(env)), tuple(sorted(secrets)), tuple(sorted(hours))
