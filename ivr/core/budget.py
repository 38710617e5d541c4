"""How much one expression may compute: counted, not timed, so that a call goes the same way when it is made again."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jinja2 import pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.utils import _PassArg

BUDGET = " budget"
"""Where the context of an expression keeps its budget: a name that no expression can write."""
MAX_WORK = 20_000_000
"""What one expression may do: at most half a second, and a few times as many bytes."""
MAX_BITS = 4_096
"""Bits of a whole number that one expression may make."""

CALL, ITEM = 400, 10
"""What a call of a filter and an item that is looked at cost, where a character of a text costs 1: some 10 ns."""

_SQUARE = 2_000
"""Characters of a text whose square costs as much as the text again, where a filter takes quadratic time."""
_PART = 100
"""What it costs to read one part of a name such as `a.b.c`."""
_LONGEST_INDENT = 16
_MOST_DECIMALS = 1_000
_SLOW = 30
"""How many times as long as others `pprint` takes."""
_LONG_NUMBER = re.compile(r"\d{5,}|\*")
_DIRECTIVE = re.compile(r"%[-#0 +]*(\d*)\.?(\d*)")


class Budget:
    """What is left of the work that one expression may do."""

    __slots__ = ("left",)

    def __init__(self, work: int = MAX_WORK) -> None:
        self.left = work

    def spend(self, work: int) -> None:
        """Do some work; SecurityError if it is more than is left."""
        self.left -= work
        if self.left < 0:
            raise SecurityError("an expression computes too much")

    def look_at(self, value: Any) -> Any:
        """Pay for a value with all that is in it, each time that it is in it; one that comes by and by is paid so."""
        match value:
            case str():
                self.spend(len(value))
            case list() | tuple():
                self.spend(ITEM * (1 + len(value)))
                for item in value:
                    if not isinstance(item, int | float | None):
                        self.look_at(item)
            case Mapping():
                self.spend(ITEM * (1 + len(value)))
                for key, item in value.items():
                    self.look_at(key)
                    self.look_at(item)
            case range():
                self.spend(ITEM * len(value))
            case Iterator():
                return self._one_by_one(value)
            case _:
                pass
        return value

    def made(self, value: Any) -> Any:
        """Pay for a value that was computed, but not for what was there before in it."""
        match value:
            case str():
                self.spend(len(value))
            case list() | tuple() | Mapping():
                self.spend(ITEM * len(value))
            case int() if value.bit_length() > MAX_BITS:
                raise SecurityError(f"a whole number has more than {MAX_BITS} bits")
            case _:
                pass
        return value

    def _one_by_one(self, items: Iterator[Any]) -> Iterator[Any]:
        for item in items:
            self.spend(ITEM)
            yield self.look_at(item)


def budget_of(context: Context) -> Budget:
    """The budget of the expression that is being evaluated."""
    budget = context.get(BUDGET)
    return budget if isinstance(budget, Budget) else Budget()


def bounded(name: str, run: Callable[..., Any]) -> Callable[..., Any]:
    """A filter or test of Jinja2 whose work is paid for: before it is done, as far as that can be known."""
    passed = _PassArg.from_obj(run)
    growth = GROWTH.get(name)
    whole = name in _WHOLE

    @pass_context
    @functools.wraps(run)
    def paid(context: Context, /, *args: Any, **kwargs: Any) -> Any:
        budget = budget_of(context)
        budget.spend(CALL)
        looked = [budget.look_at(each) for each in args]
        if whole and isinstance(looked[0], Iterator):
            looked[0] = list(looked[0])
        named = {key: budget.look_at(each) for key, each in kwargs.items()}
        if growth is not None:
            budget.spend(growth(*looked, **named))
        match passed:
            case _PassArg.context:
                looked.insert(0, context)
            case _PassArg.eval_context:
                looked.insert(0, context.eval_ctx)
            case _PassArg.environment:
                looked.insert(0, context.environment)
            case None:
                pass
        return budget.made(run(*looked, **named))

    # What Jinja2 noted on a filter that takes something else would come with the rest of what `wraps` copies.
    paid.jinja_pass_arg = _PassArg.context  # type: ignore[attr-defined]
    return paid


# What some filters make beyond what they are given: upper bounds of their work, by their own arguments.


def _number(value: Any) -> int:
    """A number of characters or items; no filter takes more than fit into memory, and less than none is none."""
    return max(0, value) if isinstance(value, int) else 0


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str | list | tuple | Mapping | range) else 0


def _quadratic(value: Any, *_args: Any, **_named: Any) -> int:
    return _length(value) ** 2 // _SQUARE


def _center(_value: Any, width: Any = 80) -> int:
    return _number(width)


def _indent(s: Any, width: Any = 4, *_args: Any, **_named: Any) -> int:
    return (_length(s) + 1) * max(_number(width), _length(width))


def _wordwrap(s: Any, width: Any = 79, _break: Any = True, wrapstring: Any = None, *_args: Any, **_named: Any) -> int:
    return _length(s) * (1 + _length(wrapstring)) + _length(s) ** 2 // max(1, _number(width)) // (_SQUARE // 8)


def _format(value: Any, *args: Any, **named: Any) -> int:
    text = str(value)
    if named and _LONG_NUMBER.search(text):
        raise SecurityError("a format asks for too much")
    widths = [int(digits) for found in _DIRECTIVE.finditer(text) for digits in found.groups() if digits]
    if "*" in text and args:
        widths += [_number(abs(each)) for each in args if isinstance(each, int)]
    return sum(widths)


def _replace(s: Any, old: Any, new: Any, *_args: Any, **_named: Any) -> int:
    text, wanted = str(s), str(old)
    return (text.count(wanted) if wanted else len(text) + 1) * len(str(new))


def _batch(_value: Any, linecount: Any, *_args: Any, **_named: Any) -> int:
    return ITEM * _number(linecount)


def _round(_value: Any, precision: Any = 0, *_args: Any, **_named: Any) -> int:
    if isinstance(precision, int) and abs(precision) > _MOST_DECIMALS:
        raise SecurityError(f"a number is rounded to at most {_MOST_DECIMALS} decimals")
    return 0


def _tojson(value: Any, indent: Any = None) -> int:
    if indent is None:
        return 0
    if not isinstance(indent, int) or indent > _LONGEST_INDENT:
        raise SecurityError(f"JSON is indented by at most {_LONGEST_INDENT}")
    return _paid(value) * _LONGEST_INDENT


def _pprint(value: Any) -> int:
    return _paid(value) * _SLOW


def _paid(value: Any) -> int:
    """What it cost to look at a value."""
    budget = Budget()
    budget.look_at(value)
    return MAX_WORK - budget.left


def _urlize(value: Any, *args: Any, **named: Any) -> int:
    schemes = named.get("extra_schemes") or ()
    every = sum(map(_length, args)) + sum(map(_length, named.values())) + 50 * _length(schemes)
    words = len(str(value).split())
    return words * (100 + every) + _quadratic(value)


def _each(value: Any, *args: Any, **named: Any) -> int:
    texts = [each for each in (*args, *named.values()) if isinstance(each, str)]
    return _length(value) * sum(len(text) + _PART * text.count(".") for text in texts)


def _join(value: Any, d: Any = "", *args: Any, **named: Any) -> int:
    return _length(value) * len(str(d)) + _each(value, *args, **named)


def _sum(iterable: Any, attribute: Any = None, start: Any = 0) -> int:
    squared = 0 if isinstance(start, int | float) else _length(iterable) * _paid(iterable) // 2
    return squared + _each(iterable, attribute)


_BY_ATTRIBUTE = ("groupby", "map", "max", "min", "rejectattr", "selectattr", "sort", "unique")
_WHOLE = ("join", "sum", *_BY_ATTRIBUTE)
"""Filters whose growth depends on how many items come."""

GROWTH: Mapping[str, Callable[..., int]] = {
    "batch": _batch,
    "center": _center,
    "format": _format,
    "indent": _indent,
    "join": _join,
    "pprint": _pprint,
    "replace": _replace,
    "round": _round,
    "slice": _batch,
    "striptags": _quadratic,
    "sum": _sum,
    "tojson": _tojson,
    "urlize": _urlize,
    "wordwrap": _wordwrap,
    **dict.fromkeys(_BY_ATTRIBUTE, _each),
}
