"""The journal of a call: what happened in it and what was decided, as lines of JSON that can be read again.

The first line tells of the call, the last one how it ended, and each one between of one step.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ivr.core.effects import Explain
from ivr.core.events import Event
from ivr.core.reading import Path
from ivr.core.session import Call

FLOWS = "flows"
"""The folder of the data directory in which an older version kept the flows of calls, each by its fingerprint."""
SUFFIX = ".jsonl"
"""The end of the name of a file that holds a journal."""
VERSION = 1
"""Grows with every change that an older engine could not read."""

Kind = Literal["digit", "other", "dropped", "digits", "foreign_digits", "phrase", "longer_phrase", "words", "nothing"]
"""What is told of a key or of words that may not be written.

Of keys: a digit of the field, another key, or one that meant nothing. Of words: so many digits that the field takes
or does not take, one of the phrases (that begins a longer one, or not), any words, or nothing that is asked for.
"""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is told of a part of an event that may not be written."""

    kind: Kind
    node: str = ""
    """The node that it was for."""
    count: int = 0
    """How many digits were said."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of a call."""

    event: Event
    """What happened; empty where something of it is `hidden`."""
    place: str
    """The node at which the call was then, as `flow/node` in a subflow."""
    playing: int
    """How many playbacks were queued then."""
    hidden: Hidden | None = None
    left: int | None = None
    """How many playbacks were queued behind the one that this is about."""
    kept: tuple[tuple[Path, ...], tuple[Path, ...]] | None = None
    """The parts of an answer's `body` and `headers` that were kept."""
    decisions: tuple[Explain, ...] = ()
    """All that was decided, without what became of keys."""
    said: tuple[str, ...] = field(default=(), repr=False)
    """The prompts that were queued, as people may read them."""
    line: int = 0
    """Its place in the file."""

    @property
    def at(self) -> int:
        """Milliseconds since the call began."""
        return self.event.at


@dataclass(frozen=True, slots=True)
class Head:
    """What is known when a call begins."""

    flow: str
    fingerprint: str
    call: Call
    env: Mapping[str, str | None] = field(repr=False)
    """The environment values that the flow mentions; None where there was none."""
    language: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended."""

    at: int | None
    reason: str | None
    by: str | None
    """The node that ended it (`flow/node` in a subflow), or `caller`, or `operator`."""
    goals: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Journal:
    """All that was kept of one call."""

    file: str
    head: Head
    entries: tuple[Entry, ...]
    ending: Ending | None
    """None where the journal was cut: what came after is not known."""


class JournalError(Exception):
    """A file is no journal of this version; the message begins with the file and the line."""

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")


KINDS: Mapping[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}


def head_line(head: Head) -> str:
    """The first line."""
    return _line({"journal": VERSION, **_fields(head)})


def entry_line(entry: Entry) -> str:
    """The line of a step."""
    event = {"is": type(entry.event).__name__, **_fields(entry.event)}
    return _line({"at": event.pop("at"), "event": event, **_fields(entry)})


def ending_line(ending: Ending) -> str:
    """The last line."""
    return _line({"end": _fields(ending)})


_APART = ((Entry, "event"), (Entry, "line"))
"""What is no field in a line."""
_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _line(data: Mapping[str, Any]) -> str:
    return _encoder.encode(data) + "\n"


def _fields(value: Any) -> dict[str, Any]:
    """The fields of a dataclass that differ from their defaults."""
    found: dict[str, Any] = {}
    kind: Any = type(value)
    for name, usual in _defaults(kind):
        inner = getattr(value, name)
        if inner != usual:
            found[name] = inner if type(inner) in _SIMPLE else _plain(inner)
    return found


_SIMPLE = (str, int)


@cache
def _defaults(kind: Any) -> tuple[tuple[str, Any], ...]:
    """The fields of a dataclass, each with its default or with a value that it never has."""
    return tuple(
        (each.name, each.default if each.default_factory is MISSING else each.default_factory())
        for each in fields(kind)
        if (kind, each.name) not in _APART
    )


def _plain(value: Any) -> Any:
    match value:
        case str() | int() | float() | None:
            return value
        case tuple():
            return [_plain(inner) for inner in value]
        case Call() | Hidden() | Explain():
            return _fields(value)
        case _:
            return dict(value) if isinstance(value, Mapping) else value


# Reading


def read(data: bytes, file: str) -> Journal:
    """Read a journal; what was cut off at its end, as by a crash, is missing in it.

    Raises:
        JournalError: it is none.
    """
    *whole, _cut = data.split(b"\n")
    if not whole:
        raise JournalError(file, 1, "this is no journal: it ends before its first line does")
    found: list[Any] = []
    for number, text in enumerate(whole, 1):
        try:
            found.append(_read_line(json.loads(text), number))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise JournalError(file, number, f"this is no line of a journal: {_why(error)}") from None
    head, *rest = found
    ending = rest.pop() if rest and isinstance(rest[-1], Ending) else None
    if not isinstance(head, Head):
        raise JournalError(file, 1, "the first line of a journal tells of the call, and this one does not")
    for number, each in enumerate(rest, 2):
        if not isinstance(each, Entry):
            raise JournalError(file, number, "a step is expected here")
    return Journal(file, head, tuple(rest), ending)


def _why(error: Exception) -> str:
    match error:
        case json.JSONDecodeError():
            return f"{error.msg} at column {error.colno}"
        case KeyError():
            return f"{error} is missing"
        case _:
            return str(error)[:200]


def entry_of(line: str) -> Entry:
    """The step of a line that `entry_line` wrote.

    Raises:
        ValueError, TypeError: it is none.
    """
    entry = _read_line(json.loads(line), 0)
    if not isinstance(entry, Entry):
        raise ValueError("a step is expected here")
    return entry


def _read_line(data: Any, number: int) -> Any:
    """The head, the step or the ending that a line holds."""
    rest = dict(data) if isinstance(data, dict) else {}
    if (version := rest.pop("journal", None)) is not None:
        if version != VERSION:
            raise ValueError(f"version {VERSION} is expected, found version {version}")
        return _made(Head, rest)
    if isinstance(ending := rest.get("end"), dict):
        return _made(Ending, {"at": None, "reason": None, "by": None, **ending})
    at, event = rest.pop("at", None), rest.pop("event", None)
    if not isinstance(event, dict):
        raise ValueError("a call, a step or an end is expected")
    kind = event.pop("is", None)
    if kind not in KINDS:
        raise ValueError(f"there is no event “{kind}”; there are: {', '.join(KINDS)}")
    return Entry(event=_made(KINDS[kind], {"at": at, **event}), line=number, **_values(Entry, rest))


def _made(kind: Any, data: Mapping[str, Any]) -> Any:
    return kind(**_values(kind, data))


def _values(kind: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    known = _types(kind)
    for name in data:
        if name not in known:
            raise ValueError(f"there is no “{name}” here; there are: {', '.join(known)}")
    return {name: _value(value, known[name], name) for name, value in data.items()}


@cache
def _types(kind: Any) -> Mapping[str, Any]:
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}


def _value(value: Any, kind: Any, name: str) -> Any:
    """Plain JSON as a value of a declared type."""
    origin, inner = get_origin(kind), get_args(kind)
    match origin:
        case None if kind is Any:
            return value
        case None if kind in (Call, Hidden, Explain) and isinstance(value, dict):
            return _made(kind, value)
        case None if type(value) is kind or (kind is float and type(value) is int):
            return value
        case _ if origin is Literal and value in inner:
            return value
        case _ if origin in (Union, UnionType):
            return _optional(value, inner, name)
        case _ if origin is Mapping and isinstance(value, dict):
            return {key: _value(each, inner[1], name) for key, each in value.items()}
        case _ if origin is tuple and isinstance(value, list):
            each_kind: Iterable[Any] = (inner[0],) * len(value) if inner[1:] == (...,) else inner
            return tuple(_value(each, one, name) for each, one in zip(value, each_kind, strict=True))
        case _:
            expected = getattr(kind, "__name__", str(kind))
            raise ValueError(f"“{name}” is expected to be {expected}, found a {type(value).__name__}")


def _optional(value: Any, kinds: tuple[Any, ...], name: str) -> Any:
    """A value of one of several types, of which one may be that of nothing."""
    if value is None and NoneType in kinds:
        return None
    simple = [each for each in kinds if each is not NoneType]
    if len(simple) == 1:
        return _value(value, simple[0], name)
    if type(value) in simple:
        return value
    raise ValueError(f"“{name}” is something else than expected: a {type(value).__name__}")
