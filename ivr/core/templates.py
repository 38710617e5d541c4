"""Texts with `{{ … }}` in them: taken apart once, filled in per call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from jinja2 import TemplateSyntaxError, nodes

from ivr.core.expressions import LONGEST, MOST_KEPT, Expression, ExpressionSyntaxError, Scope, compiled, syntax_error
from ivr.core.sandbox import ENVIRONMENT
from ivr.core.values import MASK, Sensitive, mask_references


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
        match self.parts:
            case (str(text),):
                return Text(text, text, False)
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


@lru_cache(maxsize=MOST_KEPT)
def template(source: str) -> Template:
    """Compile a text with `{{ … }}` in it; the same text gives the same one.

    Raises:
        ExpressionSyntaxError: with Jinja2's reason; also for `{% … %}`, which flows do not have.
    """
    if "{{" not in source and "{%" not in source and "{#" not in source:
        return Template(source, (source,) if source else ())
    if len(source) > LONGEST:
        raise ExpressionSyntaxError(f"a text with {{{{ … }}}} in it has at most {LONGEST:,} characters")
    parts: list[str | Expression] = []
    try:
        if any(kind in ("block_begin", "raw_begin") for _, kind, _ in ENVIRONMENT.lex(source)):
            raise ExpressionSyntaxError("{% … %} is not part of the flow language; use {{ … }}, branch or set")
        body = ENVIRONMENT.parse(source).body
    except (TemplateSyntaxError, RecursionError) as error:
        raise syntax_error(error) from None
    for node in body:
        for part in node.nodes if isinstance(node, nodes.Output) else ():
            if isinstance(part, nodes.TemplateData):
                parts.append(part.data)
            else:
                parts.append(compiled(source.strip(), part))
    return Template(source, tuple(part for part in parts if part != ""))
