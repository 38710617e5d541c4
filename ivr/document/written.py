"""Plain data as YAML text, laid out as a person would: short things in a line, texts in quotes only if need be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ivr.document.scalar import plain

WIDTH = 110
"""Characters of a line within which a mapping or list is written in flow style."""
STEP = 2
"""Characters by which what is inside something else is indented."""

_INDICATORS = "-?:,[]{}#&*!|>'\"%@`"
"""What begins something else than a text (YAML 1.2.2, section 5.3)."""
_ENCLOSING = re.compile(r"[,\[\]{}]")
"""What would end a text in flow style."""
_TELLING = re.compile(r": |:$| #")
_OTHERWISE_ELSEWHERE = re.compile(r"[-+.0-9][-+.:_0-9a-fA-FTZxo#*]*|y|n|yes|no|on|off|=|<<", re.IGNORECASE)
"""Numbers, dates, times of day, keys; and what YAML 1.1, which other programs know, takes for something else."""
_UNWRITABLE = re.compile("[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_SHORT, _LONG = 0xFF, 0xFFFF


def text(value: str, *, flow: bool = False) -> str:
    """A text, plain or in quotes; `flow` where it stands in flow style."""
    if not _needs_quotes(value, flow=flow):
        return value
    if _UNWRITABLE.search(value) is None and '"' in value and "'" not in value:
        return f"'{value}'"
    return f'"{"".join(map(_escaped, value))}"'


def _needs_quotes(value: str, *, flow: bool) -> bool:
    return (
        value == ""
        or value != value.strip()
        or value[0] in _INDICATORS
        or not isinstance(plain(value), str)
        or _OTHERWISE_ELSEWHERE.fullmatch(value) is not None
        or _TELLING.search(value) is not None
        or _UNWRITABLE.search(value) is not None
        or (flow and _ENCLOSING.search(value) is not None)
    )


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if _UNWRITABLE.match(character) is None:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code <= _SHORT else f"\\u{code:04x}" if code <= _LONG else f"\\U{code:08x}"


def inline(value: Any) -> str:
    """Any plain data in a line, in flow style."""
    match value:
        case str():
            return text(value, flow=True)
        case dict():
            return "{" + ", ".join(f"{text(key, flow=True)}: {inline(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(inline, value)) + "]"
        case _:
            return _scalar(value)


def _scalar(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case float():
            return {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(repr(value), repr(value))
        case _:
            return str(value)


def entry(key: str, value: Any, indent: int = 0) -> list[str]:
    """The lines of an entry of a mapping; a list of mappings stands in block style, other things where they must."""
    pad = " " * indent
    start = f"{pad}{text(key)}:"
    if _is_block(value) or (isinstance(value, dict | list) and not _fits(f"{start} {inline(value)}")):
        return [start, *block(value, indent + STEP)]
    return [f"{start} {text(value) if isinstance(value, str) else inline(value)}"]


def _is_block(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)


def _fits(line: str) -> bool:
    return len(line) <= WIDTH


def block(value: Mapping[str, Any] | list[Any], indent: int) -> list[str]:
    """The lines of a mapping or a list, not empty, in block style."""
    if isinstance(value, list):
        return [line for each in value for line in item(each, indent)]
    return [line for key, inner in value.items() for line in entry(key, inner, indent)]


def item(value: Any, indent: int, *, tall: bool = False) -> list[str]:
    """The lines of an item of a list; a `tall` one is a mapping that stands in block style also where it is short."""
    start = " " * indent + "- "
    if isinstance(value, str):
        return [start + text(value)]
    short = start + inline(value)
    if not isinstance(value, dict | list) or not value or (_fits(short) and not tall):
        return [short]
    first, *others = block(value, indent + STEP)
    return [start + first.lstrip(" "), *others]
