"""What is wrong with a text that is not YAML, in plain words and at its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from yaml.error import MarkedYAMLError

from ivr.document.finding import Position, quoted


class MalformedError(Exception):
    """The text is not YAML."""

    def __init__(self, message: str, position: Position) -> None:
        """State what is wrong in plain words, and where."""
        super().__init__(message)
        self.message = message
        self.position = position


class Place(Protocol):
    """A mark of PyYAML or of libyaml; both count from 0."""

    line: int
    column: int


WHERE_IT_BEGINS, WHERE_IT_SHOWS = True, False

FAULTS: tuple[tuple[str, bool, str], ...] = (
    (
        "directive|incompatible YAML",
        WHERE_IT_BEGINS,
        "a line can't begin with “%” here: put the text in quotes",
    ),
    (
        "flow (sequence|mapping).*at the end",
        WHERE_IT_BEGINS,
        "the “{opener}” that stands here is never closed",
    ),
    (
        "node content.*at the end",
        WHERE_IT_SHOWS,
        "the file ends inside of […] or {{…}}: the closing bracket is missing",
    ),
    (
        "mapping values are not allowed",
        WHERE_IT_SHOWS,
        "a “:” can't stand here: put the text in quotes if the colon belongs to it; if this is a key, "
        "check its indentation and the line above",
    ),
    (
        "sequence entries are not allowed",
        WHERE_IT_SHOWS,
        "a list can't begin here: put its first “- ” on a line of its own, or check the indentation",
    ),
    (
        "mapping keys are not allowed",
        WHERE_IT_SHOWS,
        "a “?” can't begin a key here: put the text in quotes",
    ),
    (
        "could not find expected ':'",
        WHERE_IT_BEGINS,
        "expected “key: value” or a list entry “- value”: a colon with a space after it is missing, "
        "or the indentation is wrong",
    ),
    (
        "found unexpected ':'",
        WHERE_IT_SHOWS,
        "a “:” inside […] or {{…}} needs a space after it, or quotes around its text",
    ),
    (
        "found unexpected end of stream",
        WHERE_IT_BEGINS,
        "the quoted text that begins here is never closed",
    ),
    (
        "unexpected document (indicator|separator)",
        WHERE_IT_SHOWS,
        "a line that begins with “---” or “...” can't stand inside the quoted text begun on line {line}",
    ),
    (
        "unknown escape character",
        WHERE_IT_BEGINS,
        "the text quoted here holds an unknown escape: write “\\\\” for a backslash, or use single quotes",
    ),
    (
        "escape sequence of|hexdecimal number",
        WHERE_IT_BEGINS,
        "the text quoted here holds a broken escape: “\\x”, “\\u”, “\\U” take 2, 4 and 8 hexadecimal digits",
    ),
    (
        "invalid Unicode character escape",
        WHERE_IT_BEGINS,
        "the text quoted here holds an escape that is no character: write the character itself",
    ),
    (
        "(alias|anchor).*alphabetic or numeric character",
        WHERE_IT_BEGINS,
        "text that begins with “{opener}” must be in quotes",
    ),
    (
        "(scanning|parsing) a tag|tag handle",
        WHERE_IT_BEGINS,
        "text that begins with “!” must be in quotes",
    ),
    (
        "tab character|cannot start any token.*at a tab",
        WHERE_IT_SHOWS,
        "a tab can't indent: use spaces",
    ),
    (
        "cannot start any token",
        WHERE_IT_SHOWS,
        "text can't begin with {character}: put it in quotes",
    ),
    (
        "flow sequence.*expected ','",
        WHERE_IT_SHOWS,
        "expected “,” or “]” in the list that is opened with “[” on line {line}: "
        "text in it that holds “: ” or any of “{{}}[],” must be in quotes",
    ),
    (
        "flow mapping.*expected ','",
        WHERE_IT_SHOWS,
        "expected “,” or “}}” in the mapping that is opened with “{{” on line {line}: "
        "text in it that holds “: ” or any of “{{}}[],” must be in quotes",
    ),
    (
        "block collection.*(expected '-'|block end)",
        WHERE_IT_SHOWS,
        "expected “- ” or the end of the list that begins on line {line} in column {column}: "
        "check the indentation, and the quotes of the entry before",
    ),
    (
        "expected key|block end",
        WHERE_IT_SHOWS,
        "expected a key of the mapping that begins on line {line} in column {column}: "
        "check the indentation, and the quotes of the value before",
    ),
    (
        "node content",
        WHERE_IT_SHOWS,
        "expected a value: put it in quotes if it is text",
    ),
    (
        "scanning a block scalar",
        WHERE_IT_BEGINS,
        "only “+”, “-”, a digit from 1 to 9 or a comment can follow “|” or “>” on its line",
    ),
    (
        "<document start>",
        WHERE_IT_SHOWS,
        "the document has ended before this: check the indentation, here and in the first line",
    ),
)
"""What libyaml or PyYAML says (a pattern), whether the beginning of the broken thing or the place where it
shows is told, and what is said; `line` and `column` are those of the beginning."""


def position(mark: Place, lines: Sequence[str]) -> Position:
    """Return the place of a mark; one past the end of the text, as libyaml has them, becomes the end."""
    if mark.line < len(lines):
        return Position(mark.line + 1, mark.column + 1)
    return Position(len(lines), len(lines[-1]) + 1)


def malformed(error: MarkedYAMLError, lines: Sequence[str]) -> MalformedError:
    """Return what a parser said of the text with these lines as a fault in plain words."""
    shows = position(error.problem_mark, lines) if error.problem_mark else Position(1, 1)
    begins = position(error.context_mark, lines) if error.context_mark else shows
    said = f"{error.context}: {error.problem}"
    if not _rest(lines, shows):
        said += " at the end"
    if lines[shows.line - 1][shows.column - 1 :].startswith("\t"):
        said += " at a tab"
    for pattern, at_beginning, words in FAULTS:
        if re.search(pattern, said):
            message = words.format(
                line=begins.line,
                column=begins.column,
                opener=_rest(lines, begins)[:1],
                character=quoted(_rest(lines, shows)[:1]),
            )
            return MalformedError(message, begins if at_beginning else shows)
    return MalformedError(f"this is not YAML: {said}", shows)


def _rest(lines: Sequence[str], place: Position) -> str:
    """Return the text of the line from the place on, or of the lines below if nothing follows in it."""
    rest = lines[place.line - 1][place.column - 1 :].strip()
    return rest or "".join(lines[place.line :]).strip()
