"""What may not be written of a call: sensitive values and secrets, wherever they occur in what is kept of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ivr.core.echoes import SHORTEST, pattern, sensitive_texts
from ivr.core.reading import Path
from ivr.core.session import Session
from ivr.core.values import MASK, MAX_DEPTH, TooDeepError, clean, mask_references

MOST_KEYS = 12
"""Keys of a mapping that are kept where the one that was wanted is missing: as many as the reason for it names."""


class Masks:
    """The values of a call that may not be written."""

    def __init__(self, secrets: Iterable[str] = (), learnt: Iterable[str] = ()) -> None:
        """Begin with the secrets that its lookups may use, and with what was learnt before."""
        self.learnt = set(learnt)
        """The sensitive values that the call has or had."""
        self._secrets = {secret for secret in secrets if len(secret) >= SHORTEST}
        self._pattern = self._compiled()

    def learn(self, session: Session) -> None:
        """Take up the sensitive values that a session has."""
        found = sensitive_texts(session.stack)
        if not found <= self.learnt:
            self.learnt |= found
            self._pattern = self._compiled()

    def _compiled(self) -> re.Pattern[str] | None:
        return pattern(self._secrets | self.learnt)

    def text(self, text: str) -> str:
        """A text as it may be written."""
        told = mask_references(str(clean(text)))
        return self._pattern.sub(MASK, told) if self._pattern is not None else told

    def data(self, value: Any) -> Any:
        """Plain data as it may be written."""
        match value:
            case str():
                return self.text(value)
            case dict():
                return {self.text(str(key)): self.data(inner) for key, inner in value.items()}
            case list():
                return [self.data(inner) for inner in value]
            case int() | float() if not isinstance(value, bool):
                shown = str(value)
                return MASK if self.text(shown) != shown else value
            case _:
                return value


def has_mask(value: Any) -> bool:
    """Whether something in plain data was masked."""
    match value:
        case str():
            return MASK in value
        case dict():
            return any(has_mask(key) or has_mask(inner) for key, inner in value.items())
        case list():
            return any(map(has_mask, value))
        case _:
            return False


TOO_DEEP: list[Any] = []
"""Data that is nested as deeply as no answer may be."""
for _ in range(MAX_DEPTH + 1):
    TOO_DEEP = [TOO_DEEP]


def parts(value: Any, paths: Iterable[Path]) -> Any:
    """Of data from outside only what the paths lead to; the rest is empty, and still of its own kind."""
    try:
        return _parts(clean(value), tuple(paths))
    except TooDeepError:
        return TOO_DEEP


def _parts(value: Any, paths: tuple[Path, ...]) -> Any:
    if () in paths:
        return value
    below: dict[str | int, list[Path]] = {}
    for first, *rest in paths:
        below.setdefault(first, []).append(tuple(rest))
    match value:
        case dict():
            return _of_mapping(value, below)
        case list():
            return _of_list(value, below)
        case str():
            return value if any(isinstance(key, int) for key in below) else ""
        case None:
            return None
        case _:
            return type(value)()


def _of_mapping(value: Mapping[str, Any], below: Mapping[str | int, list[Path]]) -> dict[str, Any]:
    missing = any(key not in value for key in below)
    names = list(value)[:MOST_KEYS] if missing else []
    kept: dict[str, Any] = dict.fromkeys(names)
    for key, paths in below.items():
        if key in value:
            kept[str(key)] = _parts(value[str(key)], tuple(paths))
    return kept


def _of_list(value: list[Any], below: Mapping[str | int, list[Path]]) -> list[Any]:
    kept: list[Any] = [None] * len(value) if any(isinstance(key, int) for key in below) else []
    for key, paths in below.items():
        if isinstance(key, int) and -len(value) <= key < len(value):
            kept[key] = _parts(value[key], tuple(paths))
    return kept
