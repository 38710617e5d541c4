"""What the values of settings look like, and how they are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHORTEST_KEY = 16
"""Characters of a key that signs: with fewer, strangers might guess it."""
SHORTEST_PASSWORD = 8
"""Characters of a password, of which one is tried in a second."""

_FIRST_CODE = 1000
_NEVER_SENT = (1004, 1005, 1006, 1015)
"""Codes that no endpoint may send (RFC 6455, 7.4.1)."""
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, None: 1000}


class SettingError(Exception):
    """A setting can't be used; the text says where it came from, what was expected and what came."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the values of a setting look like, and how they are read."""

    expected: str
    """In words, for messages and help."""
    read: Callable[[Any], Any]
    """Takes text (of a flag, a variable or the file) or what TOML made of it; ValueError if it is not as expected."""


def matching(expected: str, pattern: str) -> Shape:
    """Text of a form, of which the pattern's first group counts."""

    def read(raw: Any) -> str:
        match = re.fullmatch(pattern, raw.strip()) if isinstance(raw, str) else None
        if match is None or not match[0].isprintable():
            raise ValueError
        return match[1]

    return Shape(expected, read)


def whole(low: int, high: int) -> Shape:
    """Whole numbers of a range, both ends included."""

    def read(raw: Any) -> int:
        number = int(raw) if isinstance(raw, str) and re.fullmatch("[0-9]{1,9}", raw.strip()) else raw
        if type(number) is not int or not low <= number <= high:
            raise ValueError
        return number

    return Shape(str(low) if low == high else f"a whole number from {low} to {high}", read)


def close_code() -> Shape:
    """Codes with which an endpoint may close a WebSocket (RFC 6455, 7.4), or 0."""
    numbers = whole(0, 4999)

    def read(raw: Any) -> int:
        code: int = numbers.read(raw)
        if 0 < code < _FIRST_CODE or code in _NEVER_SENT:
            raise ValueError
        return code

    return Shape("0 or a code from 1000 to 4999", read)


def one_of(*words: str) -> Shape:
    """One word of several, in upper or lower case."""
    spelled = {word.lower(): word for word in words}

    def read(raw: Any) -> str:
        word = spelled.get(str(raw).strip().lower())
        if word is None:
            raise ValueError
        return word

    return Shape(" or ".join(words), read)


def duration(shortest: str, longest: str) -> Shape:
    """Durations as in flows (`500ms`, `5s`, `2m` or a number of seconds), besides `h` and `d`; read as milliseconds."""

    def milliseconds(raw: Any) -> int:
        match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?", str(raw).strip())
        if match is None:
            raise ValueError
        return round(float(match[1]) * _UNITS[match[2]])

    def read(raw: Any) -> int:
        length = milliseconds(raw)
        if not milliseconds(shortest) <= length <= milliseconds(longest):
            raise ValueError
        return length

    return Shape(f"a duration from {shortest} to {longest}, such as 500ms, 10s or 2m", read)


def _switch(raw: Any) -> bool:
    words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    word = str(raw).strip().lower()
    if word not in words:
        raise ValueError
    return words[word]


def _names(raw: Any) -> tuple[str, ...]:
    parts = [raw] if isinstance(raw, str) else raw
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise ValueError
    names = [name for part in parts for name in re.split(r"[\s,]+", part) if name]
    if not all(name.isidentifier() for name in names):
        raise ValueError
    return tuple(dict.fromkeys(names))


def _path(raw: Any) -> Path:
    if not isinstance(raw, str) or not raw or "\0" in raw:
        raise ValueError
    try:
        return Path(raw).expanduser()
    except RuntimeError:  # `~` without a home
        raise ValueError from None


TEXT = matching("text without spaces", r"(\S+)")
URL = matching("a URL that begins with http:// or https://", r"(https?://[^\s/?#]+\S*)")
STORE_URL = matching(
    "a URL such as postgresql://ivr@db.example.com/ivr or sqlite:////srv/ivr/ivr.db",
    r"((?:postgresql|sqlite)(?:\+[a-z0-9]+)?://\S.*)",
)
PUBLIC_URL = matching(
    "a URL such as https://ivr.example.com, without user, query or fragment",
    r"(https?://[^\s/?#@]+(?:/+[^\s/?#@]+)*)/*",
)
PATH_WORD = matching("letters, digits and - . _ ~, as they go into a URL", r"([A-Za-z0-9_~-][A-Za-z0-9._~-]*)")
PASSWORD = matching(f"text of {SHORTEST_PASSWORD} characters or more", rf"(.{{{SHORTEST_PASSWORD},}})")
KEY = matching(f"text of {SHORTEST_KEY} characters or more", rf"(.{{{SHORTEST_KEY},}})")
SWITCH = Shape("true or false", _switch)
NAMES = Shape("names of letters, digits and _, between them spaces or commas", _names)
PATH = Shape("a path", _path)
