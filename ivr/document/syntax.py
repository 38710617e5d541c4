"""YAML text as parser events, the same from both of PyYAML's parsers, with faults in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from yaml.error import Mark, MarkedYAMLError, YAMLError
from yaml.events import Event
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError
from yaml.tokens import ScalarToken

from ivr.document.finding import Position, quoted

LINE_BREAK = re.compile(r"\r\n|\r|\n")
BLOCK_WORD = re.compile(r"(?:[^\0 \t\r\n:]|:(?![\0 \t\r\n]))++")
FLOW_WORD = re.compile(r"(?:[^\0 \t\r\n:,\[\]{}]|:(?![\0 \t\r\n,?\[\]{}]))++")
"""A word of unquoted text, outside and inside of […] and {…}."""
SURROGATE = re.compile("[\ud800-\udfff]")


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


class EventStream(Protocol):
    """A parser of one text, which gives one event after the other."""

    def get_event(self) -> Event | None:
        """Return the next event, or None after the last one."""


class PurePython(Reader, Scanner, Parser):
    """PyYAML's parser in Python, made to judge as libyaml does.

    PyYAML refuses every tab outside of quotes, and a question mark in unquoted text inside […] or {…}. YAML
    1.2.2 sections 6.2 and 7.3.3 allow both, and so does libyaml; only a tab that would count as indentation
    is an error. Escapes that are no character and directives that it does not know it takes without a word.
    """

    def __init__(self, text: str) -> None:
        """Take the text to parse."""
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def scan_to_next_token(self) -> None:
        """Skip blanks, comments and line breaks."""
        while True:
            blanks = " \t" if self.flow_level or not self.allow_simple_key else " "
            while self.peek() in blanks:
                self.forward()
            if self.peek() == "#":
                while self.peek() not in "\0\r\n":
                    self.forward()
            if not self._skip_line_break():
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def scan_directive_name(self, start_mark: Mark) -> str:
        """Scan what follows a “%” at the start of a line, and refuse what is no directive of YAML."""
        name = str(super().scan_directive_name(start_mark))  # type: ignore[no-untyped-call]  # so in the stubs
        if name not in ("YAML", "TAG"):
            raise ScannerError("in a directive", start_mark, "unknown name", self.get_mark())
        return name

    def scan_plain(self) -> ScalarToken:
        """Scan an unquoted scalar, which may go on over several lines."""
        word = FLOW_WORD if self.flow_level else BLOCK_WORD
        start, end = self.get_mark(), self.get_mark()
        text, spaces = "", [""]
        while spaces and (found := word.match(self.buffer, self.pointer)) and self.peek() != "#":
            self.allow_simple_key = False
            text += "".join(spaces) + found.group()
            self.forward(len(found.group()))
            end = self.get_mark()
            if self.flow_level and self.peek() == ":" and self.peek(1) in ",?[]{}":
                raise ScannerError(None, start, "found unexpected ':'", end)
            spaces = self.scan_plain_spaces(self.indent + 1, start)
            if not self.flow_level and self.column <= self.indent:
                break
        return ScalarToken(text, True, start, end)

    def scan_plain_spaces(self, indent: int, start_mark: Mark) -> list[str]:
        """Skip the blanks inside or after a plain scalar, and return what they mean if it goes on."""
        blanks = ""
        while self.peek() in " \t":
            blanks += self.peek()
            self.forward()
        if self.peek() not in "\r\n":
            return [blanks] if blanks else []
        breaks = 0
        while self.peek() in " \t\r\n":
            if self.peek() == "\t" and self.column < indent:
                raise ScannerError(None, start_mark, "found a tab character that violates", self.get_mark())
            if not self._skip_line_break():
                self.forward()
                continue
            breaks += 1
            self.allow_simple_key = True
            if self._at_document_mark():
                return []
        return ["\n" * (breaks - 1) or " "]

    def scan_flow_scalar_non_spaces(self, double: bool, start_mark: Mark) -> list[Any]:
        """Scan a piece of quoted text, and refuse escapes that are no characters."""
        try:
            chunks = super().scan_flow_scalar_non_spaces(double, start_mark)
        except (ValueError, OverflowError):
            chunks = ["\ud800"]
        if SURROGATE.search("".join(chunks)):
            raise ScannerError(None, start_mark, "invalid Unicode character escape", self.get_mark())
        return chunks

    def _skip_line_break(self) -> bool:
        return bool(self.scan_line_break())  # type: ignore[no-untyped-call]  # so in the stubs

    def _at_document_mark(self) -> bool:
        return self.column == 0 and re.match(r"(---|\.\.\.)[\0 \t\r\n]", self.prefix(4)) is not None


NewParser = Callable[[str], EventStream]

try:
    from yaml.cyaml import CSafeLoader
except ImportError:  # PyYAML was built without libyaml.
    PARSERS: tuple[NewParser, ...] = (PurePython,)
else:
    PARSERS = (CSafeLoader, PurePython)
"""The parsers of this machine, the fastest first."""

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
        "text in it that holds any of “{{}}[],” must be in quotes",
    ),
    (
        "flow mapping.*expected ','",
        WHERE_IT_SHOWS,
        "expected “,” or “}}” in the mapping that is opened with “{{” on line {line}: "
        "text in it that holds any of “{{}}[],” must be in quotes",
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


def events(text: str, lines: Sequence[str], parser: NewParser) -> Iterator[Event]:
    """Parse the text, whose lines are given too, one event at a time.

    The text must hold no control characters. Raises MalformedError at its first fault, and nothing else.
    """
    try:
        stream = parser(text)
        while (event := stream.get_event()) is not None:
            yield event
    except MarkedYAMLError as error:
        raise _malformed(error, lines) from None
    except YAMLError as error:
        raise MalformedError(f"this is not YAML: {error}", Position(1, 1)) from None


def position(mark: Place, lines: Sequence[str]) -> Position:
    """Return the place of a mark; one past the end of the text, as libyaml has them, becomes the end."""
    if mark.line < len(lines):
        return Position(mark.line + 1, mark.column + 1)
    return Position(len(lines), len(lines[-1]) + 1)


def _malformed(error: MarkedYAMLError, lines: Sequence[str]) -> MalformedError:
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
