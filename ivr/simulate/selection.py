"""The words by which scenarios are picked: `-k "balance and not silence"`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ivr.document.finding import quoted

Picked = Callable[[Sequence[str]], bool]
"""Whether texts, of which each may hold a term, fit a selection."""

TOKEN = re.compile(r"[()]|[^\s()]+")
OPERATORS = ("and", "or", "not", "(", ")")


class SelectionError(Exception):
    """The text is no selection."""


def selection(text: str) -> Picked:
    """Read a selection: terms joined by `and`, `or`, `not` and parentheses; case does not matter.

    Words that follow each other are one term, which is found where they stand like this.

    Raises:
        SelectionError: the text can't be understood.
    """
    tokens = _Tokens(text)
    picked = _either(tokens)
    if tokens.next is not None:
        raise tokens.wrong()
    return picked


class _Tokens:
    """What is left of the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._left: list[str] = TOKEN.findall(text)

    @property
    def next(self) -> str | None:
        """The token that comes now; None at the end."""
        return self._left[0] if self._left else None

    def takes(self, token: str) -> bool:
        """Take this token, if it comes now."""
        if self.next == token:
            self._left.pop(0)
            return True
        return False

    def term(self) -> str:
        """Take words that follow each other."""
        words = []
        while self.next is not None and self.next not in OPERATORS:
            words.append(self._left.pop(0).casefold())
        if not words:
            raise self.wrong()
        return " ".join(words)

    def wrong(self) -> SelectionError:
        found = "its end" if self.next is None else quoted(self.next)
        expected = "expected words, joined by “and”, “or”, “not” and parentheses"
        return SelectionError(f"{quoted(self._text)} is no selection at {found}: {expected}")


def _either(tokens: _Tokens) -> Picked:
    parts = [_both(tokens)]
    while tokens.takes("or"):
        parts.append(_both(tokens))
    return lambda texts: any(part(texts) for part in parts)


def _both(tokens: _Tokens) -> Picked:
    parts = [_one(tokens)]
    while tokens.takes("and"):
        parts.append(_one(tokens))
    return lambda texts: all(part(texts) for part in parts)


def _one(tokens: _Tokens) -> Picked:
    if tokens.takes("not"):
        inner = _one(tokens)
        return lambda texts: not inner(texts)
    if tokens.takes("("):
        inner = _either(tokens)
        if not tokens.takes(")"):
            raise tokens.wrong()
        return inner
    term = tokens.term()
    return lambda texts: any(term in " ".join(text.casefold().split()) for text in texts)
