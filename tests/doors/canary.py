"""Digits that must be found nowhere, and the search for them in all forms that they may have."""

from __future__ import annotations

import re
import sqlite3
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SEPARATOR = r"[^0-9a-z]{0,6}"
"""What may stand between two digits or two words of a canary."""
KEY = re.compile(r'(?:key|keys|digit|digits|press|pressed)[\\"\']*\s*[=:]\s*[\\"\']*([0-9*#])(?![0-9.])')


class Canary:
    """A number that some caller enters in confidence."""

    def __init__(self, digits: str) -> None:
        self.digits = digits
        text = digits.encode()
        spelt = [WORDS[int(digit)] for digit in digits]
        self._patterns = {
            "digits": SEPARATOR.join(digits),
            "backwards": SEPARATOR.join(reversed(digits)),
            "words": SEPARATOR.join(spelt),
            "hexadecimal": text.hex(),
            "bytes in hexadecimal": r"(?:\\x|%|\\u00)".join(["", *(f"{byte:02x}" for byte in text)]),
            "code points": r"[, ]+".join(str(byte) for byte in text),
            **{f"base64 {shift}": re.escape(_middle(text, shift)) for shift in range(3)},
            "base64 of spaced digits": re.escape(_middle(" ".join(digits).encode(), 0)),
            "a number in hexadecimal": rf"\b(?:0x)?{int(digits):x}\b",
        }

    def found_in(self, content: bytes) -> list[str]:
        """The forms in which it is there."""
        text = content.decode("latin-1")
        lower = text.lower()
        forms = [
            name
            for name, pattern in self._patterns.items()
            if re.search(pattern, text if name.startswith("base64") else lower)
        ]
        # One key a line is as good as all in one.
        if self.digits in "".join(KEY.findall(lower)):
            forms.append("key by key")
        return forms


def _middle(text: bytes, shift: int) -> str:
    """What base64 makes of a text that begins so many bytes after a multiple of three, but for its ends."""
    coded = b64encode(bytes(shift) + text).decode().rstrip("=")
    return coded[4 if shift else 0 : -1]


def everything(data: Path) -> Iterator[tuple[str, bytes]]:
    """All that a data directory holds but audio, by name: the bytes of files, and the rows of databases."""
    for path in sorted(data.rglob("*")):
        if not path.is_file() or path.is_relative_to(data / "prompts"):
            continue
        yield str(path), path.name.encode() + b"\n" + path.read_bytes()
        if path.suffix == ".db":
            yield f"{path} as a database", b"\n".join(_rows(path))


def _rows(path: Path) -> Iterator[bytes]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608  the names are the database's own
                yield b"|".join(each if isinstance(each, bytes) else str(each).encode() for each in row)
    database.close()
