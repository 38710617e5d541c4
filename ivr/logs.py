"""Log lines: an event and its fields, as JSON for programs or in a row for people."""

from __future__ import annotations

import json
import logging
import math
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

from ivr.core.values import mask_references

LogFormat = Literal["text", "json"]

LONGEST = 2000
"""Characters of one text that a line shows."""

WIDEST = 100
"""Items of one list or mapping that a line shows."""

DEEPEST = 6
"""Levels of lists and mappings that a line shows."""

CHATTY = ("httpcore", "httpx", "hpack", "hypercorn")
"""Loggers whose lines quote URLs and headers, which may hold what a caller entered, or say what is said better
elsewhere; only warnings pass."""

_PLAIN_WORD = re.compile(r"[^\s\"'=\\{}\[\]]+")
_LARGEST_NUMBER = 1024
"""Bits of a whole number that a line shows; Python refuses to write more than about 14,000."""


def log(logger: logging.Logger, level: int, event: str, /, **fields: object) -> None:
    """Log `event`, a few fixed words, with the values that belong to it; it never raises."""
    logger.log(level, "%s", event, extra={"fields": fields})


def set_up(log_format: LogFormat, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send all lines of the process to `stream`, by default standard error, and to no earlier one."""
    root = logging.getLogger()
    for earlier in [handler for handler in root.handlers if isinstance(handler.formatter, LineFormatter)]:
        root.removeHandler(earlier)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(LineFormatter(as_json if log_format == "json" else as_text))
    root.addHandler(handler)
    root.setLevel(level)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log, its values made plain."""

    time: str
    """ISO 8601 in UTC, to the millisecond."""
    level: str
    logger: str
    event: str
    fields: Mapping[str, Any]
    traceback: str
    """Empty where no exception was logged."""


def as_json(line: Line) -> str:
    """Return a JSON object in pure ASCII: time, level, event and logger, then the fields."""
    first = {"time": line.time, "level": line.level, "event": line.event, "logger": line.logger}
    last = {"traceback": line.traceback} if line.traceback else {}
    return json.dumps({**first, **line.fields, **first, **last})


def as_text(line: Line) -> str:
    """Return `time LEVEL event key=value …`; the lines of a traceback follow, each set apart by a bar."""
    fields = dict(line.fields)
    if not line.logger.startswith("ivr"):
        fields["logger"] = line.logger
    row = [line.time, f"{line.level.upper():7}", _visible(line.event)]
    row += [f"{_visible(name)}={_visible(_word(value))}" for name, value in fields.items()]
    traceback = [f"    | {_visible(part)}" for part in line.traceback.splitlines()]
    return "\n".join([" ".join(row), *traceback])


class LineFormatter(logging.Formatter):
    """Makes a record one line of the log, or at least says that it could not: it never raises."""

    def __init__(self, write: Callable[[Line], str]) -> None:
        """Write lines as `write` does."""
        super().__init__()
        self._write = write

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        try:
            return self._write(self._line(record))
        except Exception as error:  # no line of the log is worth a call
            return self._write(
                Line(
                    _time(record),
                    "error",
                    record.name,
                    "unwritable_line",
                    {"error": type(error).__name__},
                    "",
                )
            )

    def _line(self, record: logging.LogRecord) -> Line:
        fields = getattr(record, "fields", None)
        traceback = self.formatException(record.exc_info) if record.exc_info else ""
        return Line(
            time=_time(record),
            level=record.levelname.lower(),
            logger=record.name,
            event=_plain(_message(record), 0),
            fields=_plain(fields, DEEPEST) if isinstance(fields, Mapping) else {},
            traceback=mask_references(traceback),
        )


def _time(record: logging.LogRecord) -> str:
    time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    return time.removesuffix("+00:00") + "Z"


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a library's format and its arguments may disagree
        return str(record.msg)


def _plain(value: Any, depth: int) -> Any:
    """Return `value` as bounded plain data that JSON can write."""
    match value:
        case None | bool():
            return value
        case int():
            return value if value.bit_length() <= _LARGEST_NUMBER else f"<{value.bit_length()} bits>"
        case float():
            return value if math.isfinite(value) else str(value)
        case Mapping() if depth > 0:
            return {_plain(str(key), 0): _plain(inner, depth - 1) for key, inner in _first(value.items())}
        case list() | tuple() | set() | frozenset() if depth > 0:
            return [_plain(inner, depth - 1) for inner in _first(value)]
        case Mapping() | list() | tuple() | set() | frozenset():
            return "…"
        case _:
            return mask_references(_text(value)[:LONGEST])


def _first(items: Any) -> list[Any]:
    return list(items)[:WIDEST]


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:  # a value that can't be shown is shown as one
        return f"<{type(value).__name__}>"


def _word(value: Any) -> str:
    if isinstance(value, str) and _PLAIN_WORD.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _visible(text: str) -> str:
    """Return `text` with every line break, control and formatting character escaped."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
