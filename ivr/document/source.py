"""YAML text as plain values, with the place of every key and every value, or the findings why not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ivr.document.compose import Composition, Node, UnreadableError, is_reserved, reserved_character
from ivr.document.faults import MalformedError
from ivr.document.finding import Finding, Position
from ivr.document.syntax import PARSERS, NewParser, events

MAX_BYTES = 1024 * 1024

LINE_BREAK = re.compile(r"\r\n|\r|\n")
BYTE_ORDER_MARK = "\ufeff"
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
ALLOWED = (
    *(("\t", "\t"), ("\n", "\n"), ("\r", "\r"), ("\x20", "\x7e"), ("\xa0", "\u2027"), ("\u202a", "\ud7ff")),
    *(("\ue000", "\ufdcf"), ("\ufdf0", "\ufefe"), ("\uff00", "\ufffd"), ("\U00010000", "\U0010ffff")),
)
"""The first and the last character of each range that a file may hold: those of YAML 1.2.2 section 5.1, less what the
engine keeps for itself and what only seems to be a line break."""

Path = tuple[str | int, ...]
"""The keys (text) and list indexes (from 0) that lead from the top to a value."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file that was read: its value, its places and its findings."""

    file: str
    lines: tuple[str, ...] = field(repr=False)
    """Without line breaks and byte order mark; none where the file is too big to be read."""
    value: dict[str, Any] | None
    """What the file says, or None, always with a finding, where it can't be known.

    Keys are text. Aliases share objects, so nothing in it may be changed.
    """
    findings: tuple[Finding, ...]
    root: Node | None = field(repr=False, compare=False)

    def at(self, path: Path) -> Position:
        """Return where the value at the path begins, or the nearest value around it that exists.

        What came through an alias or a merge key is where it was written.
        """
        return self._nearest(path)[1]

    def key_at(self, path: Path) -> Position:
        """Return where the key of the mapping entry at the path begins.

        For an item of a list it is the item, and for what does not exist the nearest entry around it.
        """
        return self._nearest(path)[0]

    def _nearest(self, path: Path) -> tuple[Position, Position]:
        node = self.root
        if node is None:
            return Position(1, 1), Position(1, 1)
        key = node.position
        for part in path:
            child = node.children.get(part)
            if child is None:
                break
            key, node = child
        return key, node.position


def read(text: str | bytes, file: str, parser: NewParser = PARSERS[0]) -> Source:
    """Read the text of a file, which is one YAML mapping; `file` is its name in findings.

    Whatever the text is, the answer is a Source. Scalars mean what `scalar.plain` says.
    """
    size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        message = f"the file has {size:,} bytes, but at most {MAX_BYTES:,} are read"
        return Source(file, (), None, (Finding("yaml-size", "error", message, file, 1, 1),), None)
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    shown = shown.removeprefix(BYTE_ORDER_MARK)
    lines = tuple(LINE_BREAK.split(shown))
    composition = Composition(file, lines)
    root: Node | None = None
    try:
        if isinstance(text, bytes):
            _check_encoding(text)
        _check_characters(shown)
        for event in events(shown, lines, parser):
            composition.take(event)
        root = composition.whole()
    except MalformedError as error:
        composition.find("yaml-syntax", error.message, error.position)
    except UnreadableError as error:
        composition.find(error.check, error.message, error.position)
    value = root.value if root else None
    return Source(file, lines, value, tuple(sorted(composition.findings)), root)


def _check_encoding(text: bytes) -> None:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        if text.startswith(UTF_16_MARKS):
            message = "the file is UTF-16: save it as UTF-8"
        else:
            message = f"the byte 0x{text[error.start]:02X} is not UTF-8: save the file as UTF-8"
        before = text[: error.start].decode("utf-8")
        raise UnreadableError("yaml-character", message, _end(before)) from None


def is_allowed(character: str) -> bool:
    """Whether a file may hold a character."""
    return any(first <= character <= last for first, last in ALLOWED)


def _check_characters(text: str) -> None:
    # A regular expression of so many characters would take longer to be compiled than a file to be read.
    forbidden = {each for each in set(text) if not is_allowed(each)}
    if not forbidden:
        return
    start = min(map(text.index, forbidden))
    character = text[start]
    code = f"U+{ord(character):04X}"
    if is_reserved(character):
        message = reserved_character(character)
    elif character in "\u2028\u2029\x85":
        message = f"{code} is an invisible line separator: replace it by a line break or a space"
    elif character == BYTE_ORDER_MARK:
        message = f"{code} is an invisible mark, which can stand only at the very start of a file: delete it"
    else:
        message = f"{code} is not printable: delete it, or write it as an escape in double quotes"
    raise UnreadableError("yaml-character", message, _end(text[:start]))


def _end(text: str) -> Position:
    lines = LINE_BREAK.split(text.removeprefix(BYTE_ORDER_MARK))
    return Position(len(lines), len(lines[-1]) + 1)
