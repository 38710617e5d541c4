"""The comments of a YAML file, which its parser passes over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from yaml.error import YAMLError
from yaml.tokens import ScalarToken, Token

from ivr.document.finding import Position
from ivr.document.syntax import PARSERS, NewParser

HASH = re.compile(r"(?:^|(?<=[ \t]))#")
"""What begins a comment, outside of quotes and blocks (YAML 1.2.2 section 6.6)."""
BLOCK_STYLES = ("|", ">")


@dataclass(frozen=True, slots=True)
class Comment:
    """What follows a `#`, to the end of the line."""

    position: Position
    """Of the `#`."""
    text: str
    """From the `#` on, without blanks at its end."""
    alone: bool
    """Whether nothing else stands on the line."""


class _Tokens(Protocol):
    """The scanner of one text, which every parser of PyYAML has."""

    def check_token(self) -> bool:
        """Tell whether there is another token."""

    def get_token(self) -> Token:
        """Return the next token."""


def comments(lines: Sequence[str], parser: NewParser = PARSERS[0]) -> tuple[Comment, ...]:
    """Find all comments of a file that was read without a fault; one that has a fault may seem to have none."""
    texts = _texts(lines, parser)
    found = []
    for number, line in enumerate(lines, 1):
        spans = texts.get(number, ())
        for hash_ in HASH.finditer(line):
            column = hash_.start()
            if not any(begin <= column < end for begin, end in spans):
                found.append(Comment(Position(number, column + 1), line[column:].rstrip(), not line[:column].strip()))
                break
    return tuple(found)


def _texts(lines: Sequence[str], parser: NewParser) -> dict[int, list[tuple[int, int]]]:
    """The columns, from 0, that hold quoted or block text, by line: there a `#` is one of its characters."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for token in _scalars("\n".join(lines), parser):
        begin, end = cast(Any, token.start_mark), cast(Any, token.end_mark)
        # The line of a block's `|` or `>` may end in a comment, and its text begins below.
        first = begin.line + 1 if token.style in BLOCK_STYLES else begin.line
        for line in range(first, end.line + 1):
            start = begin.column if line == begin.line else 0
            stop = end.column if line == end.line else len(lines[line])
            spans.setdefault(line + 1, []).append((start, stop))
    return spans


def _scalars(text: str, parser: NewParser) -> Iterator[ScalarToken]:
    """The quoted and block texts; unquoted text ends where a comment begins."""
    try:
        stream = cast(_Tokens, parser(text))
        while stream.check_token():
            token = stream.get_token()
            if isinstance(token, ScalarToken) and not token.plain:
                yield token
    except YAMLError:
        return
