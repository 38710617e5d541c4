"""The one expression language of flows: Jinja2 expressions, sandboxed, over plain data."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.environment import Template as JinjaTemplate
from jinja2.exceptions import TemplateError
from jinja2.lexer import describe_token
from jinja2.parser import Parser

from ivr.core.budget import BUDGET, Budget
from ivr.core.sandbox import ENVIRONMENT, FUNCTIONS, Function, Secrets, plain
from ivr.core.values import Sensitive

SPACES = ("call", "env", "secret", "error", "language", "now")
"""Names that every expression may read."""
RESERVED = (*SPACES, "elapsed", *FUNCTIONS)
"""Names that no variable may have."""

FILTERS = tuple(sorted(ENVIRONMENT.filters))
TESTS = tuple(sorted(ENVIRONMENT.tests))

MOST_KEPT = 4096
"""Texts whose compiled form is kept: compiling is the slowest part of reading a flow, and flows repeat themselves."""
LONGEST = 16_384
"""Characters of an expression; compiling takes Jinja2 some 50 µs for each."""
MAX_REASON = 200
"""Characters of an error's own words that are passed on."""


MAX_EXPLANATION = 1_000
"""As above, of words that are ours or Jinja2's, and may list the names that there are."""


class ExpressionError(Exception):
    """An expression could not be evaluated; the message names no value of the call."""


class ExpressionSyntaxError(Exception):
    """A text is no expression or template of the language."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the names of an expression stand for, at one moment of one call."""

    variables: Mapping[str, Any]
    """Variables of the flow; a `Sensitive` one makes all that is computed from it sensitive."""
    language: str
    now: Callable[[], datetime]
    """Few expressions ask for the time, so it is worked out when they do; and so are the facts of the call."""
    is_open: Callable[[str], bool]
    call: Callable[[], Mapping[str, Any]] = dict
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
            elif name in RESERVED:
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
                return self.call()
            case "env":
                return self.env
            case "secret":
                return _SECRETS
            case "error":
                return _ABSENT if self.error is None else self.error
            case "now":
                return self.now()
            case "language":
                return self.language
            case "is_open":
                return Function(self.is_open)
            case _:
                return _ABSENT


_ABSENT = object()
_SECRETS = Secrets()


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

    @property
    def names(self) -> tuple[str, ...]:
        """All names that it mentions, reserved ones included, sorted."""
        return self._names

    def evaluate(self, scope: Scope) -> Any:
        """The value as plain data; `Sensitive` if anything sensitive was read.

        Raises:
            ExpressionError: something undefined, a wrong type, or a result out of bounds.
        """
        names, sensitive = scope.names(self._names)
        names[BUDGET] = Budget()
        try:
            context = self._code.new_context(names)
            for _ in self._code.root_render_func(context):
                pass
            value = plain(context.vars["result"])
        except Exception as error:
            raise ExpressionError(f"{self.source}: {_reason(error, sensitive=sensitive)}") from None
        return Sensitive(value) if sensitive else value


def _reason(error: Exception, *, sensitive: bool) -> str:
    match error:
        case RecursionError():
            return "too deeply nested"
        case _ if sensitive:
            # Messages quote values ("invalid literal for int(): '4711'") and keys that were looked up.
            return f"{type(error).__name__}, with a sensitive value"
        case TemplateError():
            return (error.message or type(error).__name__)[:MAX_EXPLANATION]
        case _:
            return str(error)[:MAX_REASON] or type(error).__name__


@lru_cache(maxsize=MOST_KEPT)
def expression(source: str) -> Expression:
    """Compile a bare expression; the same text gives the same one.

    Raises:
        ExpressionSyntaxError: why it is none, in one line.
    """
    if not source.strip():
        raise ExpressionSyntaxError("an expression is expected, nothing was found")
    if len(source) > LONGEST:
        raise ExpressionSyntaxError(f"an expression has at most {LONGEST:,} characters")
    if source.strip().startswith("{{"):
        raise ExpressionSyntaxError("an expression stands here without “{{” and “}}”")
    try:
        parser = Parser(ENVIRONMENT, source.strip(), state="variable")
        tree = parser.parse_expression()
        if not parser.stream.eos:
            shown = parser.stream.current.value or describe_token(parser.stream.current)
            raise ExpressionSyntaxError(f"one expression is expected, and “{shown}” goes on after its end")
    except (TemplateSyntaxError, RecursionError) as error:
        raise syntax_error(error) from None
    return compiled(source.strip(), tree)


FAULTS: tuple[tuple[str, str], ...] = (
    (r"unexpected end of template, expected ','", "a bracket is never closed"),
    (r"unexpected end of template, expected '([^' ])'", "“{0}” is missing"),
    (r"unexpected end of template, expected '(?:name|integer)'", "something is missing at the end"),
    (r"expected name or number", "a name is expected after the dot"),
    (r"unexpected end of template|tag name expected", "a “{{” is never closed by “}}”"),
    (r"[Ee]xpected an expression, got '(?:end of|$)", "an expression is expected, nothing was found"),
    (r"unexpected '(?:end of[^']*)'$", "something is missing at the end"),
    (r"expected token 'end of [^']*', got '(.+)'", "“{0}” is not expected here"),
    (r"expected token ',', got '(?:end of[^']*|\})'", "a bracket is never closed"),
    (r"expected token '(.+)', got '(?:end of[^']*|\})'", "“{0}” is missing"),
    (r"expected token '(.+)', got '(.+)'", "“{0}” is expected, found “{1}”"),
    (r"unexpected '\}', expected '(.+)'", "“{0}” is missing"),
    (r"unexpected '(.+)', expected '(.+)'", "“{1}” is expected, found “{0}”"),
    (r"unexpected char (?:'\\''|\"'\"|'\"') at", "a quotation mark is never closed"),
    (r"unexpected char '(.+)' at", "“{0}” is not expected here"),
    (r"unexpected '(.+)'", "“{0}” is not expected here"),
)
"""What Jinja2 says of faulty syntax, and what an author is told."""


def syntax_error(error: TemplateSyntaxError | RecursionError) -> ExpressionSyntaxError:
    """What Jinja2 found faulty, in plain words."""
    if isinstance(error, RecursionError):
        return ExpressionSyntaxError("too deeply nested")
    said = error.message or "this is no expression"
    for pattern, words in FAULTS:
        if found := re.match(pattern, said):
            return ExpressionSyntaxError(words.format(*found.groups()) if found.groups() else words)
    return ExpressionSyntaxError(said)


def compiled(source: str, node: nodes.Expr) -> Expression:
    """Compile a parsed expression; ExpressionSyntaxError if it can't be."""
    assignment = nodes.Assign(nodes.Name("result", "store", lineno=1), node, lineno=1)
    tree = nodes.Template([assignment], lineno=1)
    tree.set_environment(ENVIRONMENT)
    try:
        _check_names(tree)
        # Jinja2 has a function for this, which would compute constant parts on the way, without any bound.
        read = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "load"}
        names = tuple(sorted(read - ENVIRONMENT.globals.keys()))
        code = ENVIRONMENT.from_string(tree)
        # Jinja2 makes a chain of mappings of them, which every evaluation would walk through.
        code.globals = dict(code.globals)
        mentions = _mentions(tree)
    except TemplateSyntaxError as error:
        raise syntax_error(error) from None
    except (RecursionError, SyntaxError, MemoryError):
        # Python's own compiler refuses what is nested too deeply, in three ways.
        raise ExpressionSyntaxError("too deeply nested") from None
    reads = tuple(name for name in names if name not in SPACES and name not in FUNCTIONS)
    return Expression(source, reads, *mentions, names, code)


def _check_names(tree: nodes.Template) -> None:
    """Refuse filters and tests that do not exist; Jinja2 itself puts that off inside conditions."""
    for node in tree.find_all((nodes.Filter, nodes.Test)):
        known = FILTERS if isinstance(node, nodes.Filter) else TESTS
        if node.name not in known:
            kind = type(node).__name__.lower()
            close = difflib.get_close_matches(node.name, known, n=1)
            hint = f" (did you mean “{close[0]}”?)" if close else ""
            raise ExpressionSyntaxError(f"there is no {kind} “{node.name}”{hint}")


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
