"""A session as plain JSON, and back: what is stored of a call between two steps."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ivr.core.session import Session
from ivr.core.values import Sensitive

VERSION = 1
"""Grows with every change of Session that an older engine could not read."""

MAP, SENSITIVE = "map", "sensitive"
"""The one key of the object that a mapping, or something sensitive, is written as.

Since every mapping in a caller's data is wrapped so, none of them can be taken for something sensitive.
"""


class SnapshotError(ValueError):
    """A text is no session of this version."""


def to_json(session: Session) -> str:
    """Write a session, sensitive values included: the text is to be kept as secret as they are.

    Raises:
        ValueError: it holds a number that JSON has not.
    """
    return json.dumps(to_plain(session))


def to_plain(session: Session) -> Mapping[str, Any]:
    """The same as plain data, which may share parts with the session: a dict that is to be written and not changed.

    What is as usual in a new session is left out.

    Raises:
        ValueError: it holds a number that JSON has not.
    """
    return {"version": VERSION, "session": _writer(Session)(session)}


def from_json(text: str) -> Session:
    """Read a session that `to_json` wrote.

    Raises:
        SnapshotError: the text is something else, or of another version.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _broken(error) from None
    return from_plain(document)


def from_plain(document: Any) -> Session:
    """Read a session that `to_plain` gave, after it has been JSON.

    Raises:
        SnapshotError: this is something else, or of another version.
    """
    try:
        version = document["version"]
        if version != VERSION:
            raise SnapshotError(f"a session of version {VERSION} is expected, found version {version!r}")
        session = _read(document["session"], Session)
    except SnapshotError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _broken(error) from None
    if not isinstance(session, Session):
        raise SnapshotError("this is no stored session")
    return session


def _broken(error: Exception) -> SnapshotError:
    return SnapshotError(f"this is no stored session: {error!r}"[:200])


@cache
def _types(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


Writer = Callable[[Any], Any]


def _as_it_is(value: Any) -> Any:
    return value


@cache
def _writer(kind: Any) -> Writer:
    """What makes JSON of values of a declared type."""
    match get_origin(kind):
        case None if kind is Any:
            return _free
        case None if isinstance(kind, type) and is_dataclass(kind):
            return _writer_of_fields(kind)
        case origin if origin in (Union, UnionType):
            inner = _writer(_member(kind))
            return lambda value: None if value is None else inner(value)
        case origin if origin is tuple:
            return _writer_of_items(kind)
        case origin if origin is Mapping:
            one = _writer(get_args(kind)[1])
            return dict if one is _as_it_is else lambda value: {key: one(each) for key, each in value.items()}
        case _:
            return _as_it_is


def _writer_of_fields(kind: Any) -> Writer:
    types = _types(kind)
    told = tuple((each.name, _usual(each), _writer(types[each.name])) for each in fields(kind))

    def write(value: Any) -> dict[str, Any]:
        found = {}
        for name, usual, one in told:
            inner = getattr(value, name)
            if inner != usual:
                found[name] = inner if one is _as_it_is else one(inner)
        return found

    return write


def _usual(field: Any) -> Any:
    """What a field has that is not given; what no value equals where it has to be given."""
    return field.default if field.default_factory is MISSING else field.default_factory()


def _writer_of_items(kind: Any) -> Writer:
    inner = get_args(kind)
    if inner[1:] == (...,):
        one = _writer(inner[0])
        return list if one is _as_it_is else lambda value: [one(each) for each in value]
    each_one = tuple(map(_writer, inner))
    return lambda value: [write(each) for write, each in zip(each_one, value, strict=True)]


def _free(value: Any) -> Any:
    """Data of the flow or the caller as JSON."""
    if type(value) is str:  # as nearly all are
        return value
    match value:
        case Sensitive(value=inner):
            return {SENSITIVE: _free(inner)}
        case dict():
            return {MAP: {key: _free(inner) for key, inner in value.items()}}
        case list() | tuple():
            return [_free(inner) for inner in value]
        case float() if not math.isfinite(value):
            raise ValueError(f"{value} is not JSON")
        case _:
            return value


def _read(value: Any, kind: Any) -> Any:
    """JSON as a value of a declared type."""
    match get_origin(kind):
        case None if kind is Any:
            return _freed(value)
        case None if isinstance(kind, type) and is_dataclass(kind):
            return kind(**{name: _read(inner, _types(kind)[name]) for name, inner in value.items()})
        case None if type(value) is kind:
            return value
        case origin if origin in (Union, UnionType):
            return None if value is None else _read(value, _member(kind))
        case origin if origin is tuple and isinstance(value, list):
            return tuple(_read(each, inner) for each, inner in zip(value, _items(kind, len(value)), strict=True))
        case origin if origin is Mapping:
            return {key: _read(inner, get_args(kind)[1]) for key, inner in value.items()}
        case origin if origin is Literal and value in get_args(kind):
            return value
        case _:
            raise SnapshotError(f"{kind} is expected in a stored session, found a {type(value).__name__}")


def _freed(value: Any) -> Any:
    match value:
        case {"map": dict() as inner} if len(value) == 1:
            return {key: _freed(each) for key, each in inner.items()}
        case {"sensitive": inner} if len(value) == 1:
            return Sensitive(_freed(inner))
        case dict():
            raise SnapshotError("a mapping in a stored session is not marked as one")
        case list():
            return [_freed(each) for each in value]
        case _:
            return value


def _member(kind: Any) -> Any:
    """The type of an optional value that is there."""
    return next(each for each in get_args(kind) if each is not NoneType)


def _items(kind: Any, length: int) -> tuple[Any, ...]:
    """The types of a tuple's items: all the same, or one each."""
    inner = get_args(kind)
    return (inner[0],) * length if inner[1:] == (...,) else inner
