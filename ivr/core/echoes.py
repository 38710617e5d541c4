"""Sensitive values that come back in what others tell: a lookup may repeat what it was asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ivr.core.session import Activation
from ivr.core.templates import printed
from ivr.core.values import Sensitive

SHORTEST = 3
"""Characters of a value that is looked for; what is shorter is in every other text by chance."""

_APART = r"[\s.,-]?"
"""What may stand between the digits of a number that is read out."""


def sensitive_texts(stack: Iterable[Activation]) -> set[str]:
    """The texts in the sensitive values of a call."""
    return {
        text
        for activation in stack
        for value in activation.variables.values()
        if isinstance(value, Sensitive)
        for text in texts(value.value)
        if len(text) >= SHORTEST
    }


def pattern(wanted: Iterable[str]) -> re.Pattern[str] | None:
    """What finds these texts as they may be written; None if there are none."""
    ways = [_spelled(text) for text in sorted(wanted, key=len, reverse=True)]
    return re.compile("|".join(ways), re.IGNORECASE) if ways else None


def _spelled(text: str) -> str:
    """A pattern of a value as it may be written."""
    return _APART.join(text) if text.isdigit() else rf"(?<!\w){re.escape(text)}(?!\w)"


def texts(value: Any) -> Iterator[str]:
    """All texts in a value, but for names in it."""
    match value:
        case Sensitive():
            yield from texts(value.value)
        case dict():
            for inner in value.values():
                yield from texts(inner)
        case list() | tuple():
            for inner in value:
                yield from texts(inner)
        case None | bool():
            pass
        case _:
            yield printed(value)


def marked(values: Mapping[str, Any], stack: Iterable[Activation]) -> Mapping[str, Any]:
    """The values, those sensitive in which a sensitive value of the call occurs."""
    found = pattern(sensitive_texts(stack))
    if found is None:
        return values
    return {name: Sensitive(value) if found.search(_whole(value)) else value for name, value in values.items()}


def tells(text: str, stack: Iterable[Activation]) -> bool:
    """Whether a sensitive value of the call occurs in a text."""
    found = pattern(sensitive_texts(stack))
    return found is not None and found.search(text) is not None


def _whole(value: Any) -> str:
    match value:
        case dict():
            return "\n".join(f"{key}\n{_whole(inner)}" for key, inner in value.items())
        case list() | tuple():
            return "\n".join(map(_whole, value))
        case Sensitive():
            return ""  # It is what it should be.
        case _:
            return printed(value)
