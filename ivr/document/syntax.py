"""YAML text as parser events, the same from libyaml and from PyYAML's parser in Python."""

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

from ivr.document.faults import MalformedError, malformed
from ivr.document.finding import Position

BLOCK_WORD = re.compile(r"(?:[^\0 \t\r\n:]|:(?![\0 \t\r\n]))++")
FLOW_WORD = re.compile(r"(?:[^\0 \t\r\n:,\[\]{}]|:(?![\0 \t\r\n,?\[\]{}]))++")
"""A word of unquoted text, outside and inside of […] and {…}."""
SURROGATE = re.compile("[\ud800-\udfff]")


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


def events(text: str, lines: Sequence[str], parser: NewParser) -> Iterator[Event]:
    """Parse the text, whose lines are given too, one event at a time.

    The text must hold no control characters. Raises MalformedError at its first fault, and nothing else.
    """
    try:
        stream = parser(text)
        while (event := stream.get_event()) is not None:
            yield event
    except MarkedYAMLError as error:
        raise malformed(error, lines) from None
    except YAMLError as error:
        raise MalformedError(f"this is not YAML: {error}", Position(1, 1)) from None
