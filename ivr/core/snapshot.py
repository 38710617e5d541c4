"""A session as plain JSON, and back: what is stored of a call between two steps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
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
    """Write a session, sensitive values included: the text is to be kept as secret as they are."""
    return json.dumps({"version": VERSION, "session": _written(session, Session)}, allow_nan=False)


def from_json(text: str) -> Session:
    """Read a session that `to_json` wrote.

    Raises:
        SnapshotError: the text is something else, or of another version.
    """
    try:
        document = json.loads(text)
        version = document["version"]
        if version != VERSION:
            raise SnapshotError(f"a session of version {VERSION} is expected, found version {version!r}")
        session = _read(document["session"], Session)
    except SnapshotError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise SnapshotError(f"this is no stored session: {error!r}"[:200]) from None
    if not isinstance(session, Session):
        raise SnapshotError("this is no stored session")
    return session


@cache
def _types(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _written(value: Any, kind: Any) -> Any:
    """A value of a declared type as JSON."""
    match get_origin(kind):
        case None if kind is Any:
            return _free(value)
        case None if isinstance(kind, type) and is_dataclass(kind):
            return {name: _written(getattr(value, name), inner) for name, inner in _types(kind).items()}
        case origin if origin in (Union, UnionType):
            return None if value is None else _written(value, _member(kind))
        case origin if origin is tuple:
            return [_written(each, inner) for each, inner in zip(value, _items(kind, len(value)), strict=True)]
        case origin if origin is Mapping:
            return {key: _written(inner, get_args(kind)[1]) for key, inner in value.items()}
        case _:
            return value


def _free(value: Any) -> Any:
    """Data of the flow or the caller as JSON."""
    match value:
        case Sensitive(value=inner):
            return {SENSITIVE: _free(inner)}
        case dict():
            return {MAP: {key: _free(inner) for key, inner in value.items()}}
        case list() | tuple():
            return [_free(inner) for inner in value]
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
