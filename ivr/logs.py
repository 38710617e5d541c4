"""Log lines: an event and its fields, as JSON for programs or in a row for people."""

from __future__ import annotations

import json
import logging
import math
import re
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import Any, Literal, NamedTuple, TextIO

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

_WORD = re.compile(r"[^\s\"'=\\{}\[\]]+")
_PLAIN_WORD = re.compile(rf"[!#$%&(-<>-Z^-z|~]{{1,{LONGEST}}}")
"""Such a word of visible ASCII."""
_quoted = json.encoder.encode_basestring
_COMPACT = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
_LARGEST_NUMBER = 1024
"""Bits of a whole number that a line shows; Python refuses to write more than about 14,000."""


def log(logger: logging.Logger, level: int, event: str, /, **fields: object) -> None:
    """Log `event`, a few fixed words, with the values that belong to it; it never raises."""
    if not logger.isEnabledFor(level):
        return
    own = _only_handler(logger)
    if own is None or not own.tell(level, logger.name, event, fields):
        # Not by way of `logger.log`, which looks for the calling line on the stack: no line of ours tells it.
        record = logging.LogRecord(logger.name, level, "", 0, event, (), None)
        record.fields = fields
        logger.handle(record)


def _only_handler(logger: logging.Logger) -> LineHandler | None:
    """The handler that `set_up` made, if it is all that takes lines of a logger."""
    root = logging.root
    if logger.parent is not root or logger.handlers or logger.filters or not logger.propagate:
        return None
    only = root.handlers[0] if len(root.handlers) == 1 else None
    return only if isinstance(only, LineHandler) else None


def set_up(log_format: LogFormat, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send all lines of the process to `stream`, by default standard error, and to no earlier one."""
    root = logging.getLogger()
    for earlier in [handler for handler in root.handlers if isinstance(handler, LineHandler)]:
        root.removeHandler(earlier)
    root.addHandler(LineHandler(LineFormatter(as_json if log_format == "json" else as_text), stream or sys.stderr))
    root.setLevel(level)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


class Line(NamedTuple):
    """One line of the log."""

    time: str
    """ISO 8601 in UTC, to the millisecond."""
    level: str
    logger: str
    event: str
    fields: Mapping[str, object]
    """Of any kind and size."""
    traceback: str
    """Empty where no exception was logged."""


def as_json(line: Line) -> str:
    """Return a JSON object in pure ASCII: time, level, event and logger, then the fields."""
    first = {"time": line.time, "level": line.level, "event": _plain(line.event, 0), "logger": line.logger}
    fields = {_name(name): _plain(value, DEEPEST - 1) for name, value in islice(line.fields.items(), WIDEST)}
    last = {"traceback": line.traceback} if line.traceback else {}
    return json.dumps({**first, **fields, **first, **last})


def as_text(line: Line) -> str:
    """Return `time LEVEL event key=value …`; the lines of a traceback follow, each set apart by a bar."""
    row = f"{line.time} {line.level.upper():7} {_visible(_plain(line.event, 0))}"
    for name, value in islice(line.fields.items(), WIDEST):
        row += f" {_visible(_name(name))}={_shown(value)}"
    if not line.logger.startswith("ivr"):
        row += f" logger={_shown(line.logger)}"
    for part in line.traceback.splitlines():
        row += f"\n    | {_visible(part)}"
    return row


class LineFormatter(logging.Formatter):
    """Makes a record one line of the log, or at least says that it could not: it never raises."""

    def __init__(self, write: Callable[[Line], str]) -> None:
        """Write lines as `write` does."""
        super().__init__()
        self._write = write

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        try:
            found = getattr(record, "fields", None)
            fields = found if isinstance(found, Mapping) else {}
            traceback = self.formatException(record.exc_info) if record.exc_info else ""
            return self.line(record.created, record.levelname, record.name, _message(record), fields, traceback)
        except Exception as error:  # no line of the log is worth a call
            fields = {"error": type(error).__name__}
            return self.line(record.created, "ERROR", record.name, "unwritable_line", fields)

    def line(
        self, created: float, level: str, logger: str, event: str, fields: Mapping[str, object], traceback: str = ""
    ) -> str:
        """Return what happened, at so many seconds since 1970, as text; it raises where that can't be done."""
        told = mask_references(traceback) if traceback else ""
        return self._write(Line(_time(created), level.lower(), logger, event, fields, told))


class LineHandler(logging.StreamHandler[TextIO]):
    """Writes each line at once."""

    def __init__(self, formatter: LineFormatter, stream: TextIO) -> None:
        """Write to a stream."""
        super().__init__(stream)
        self.setFormatter(formatter)
        self._line = formatter.line
        self._buffers = not getattr(stream, "line_buffering", False)

    def tell(self, level: int, logger: str, event: str, fields: Mapping[str, object]) -> bool:
        """Write a line without the detour of a record; False if that can't be done."""
        try:
            text = self._line(time.time(), logging.getLevelName(level), logger, event, fields) + self.terminator
            self.acquire()
            try:
                self.stream.write(text)
                if self._buffers:
                    self.stream.flush()
            finally:
                self.release()
        except Exception:  # The detour tells what is wrong.
            return False
        return True


def _time(created: float) -> str:
    seconds, milliseconds = divmod(int(created * 1000), 1000)
    return f"{_second(seconds)}.{milliseconds:03}Z"


@lru_cache(maxsize=1)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().removesuffix("+00:00")


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a library's format and its arguments may disagree
        return str(record.msg)


def _plain(value: Any, depth: int) -> Any:
    """Return `value` as bounded plain data that JSON can write."""
    kind = type(value)
    if kind is str:  # as nearly all values are
        return value if len(value) <= LONGEST and value.isprintable() else _masked(value)
    if kind is list and depth > 0:
        return [_plain(inner, depth - 1) for inner in value[:WIDEST]]
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
            return _masked(_text(value))


@lru_cache
def _name(name: object) -> str:
    return str(_plain(str(name), 0))


def _masked(text: str) -> str:
    return mask_references(text[:LONGEST])


def _first(items: Any) -> list[Any]:
    return list(items)[:WIDEST]


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:  # a value that can't be shown is shown as one
        return f"<{type(value).__name__}>"


def _shown(value: object) -> str:
    """Return `value` as a line for people has it: a word as it is, all else as JSON."""
    if type(value) is str and _PLAIN_WORD.fullmatch(value):
        return value
    if type(value) is list and {*map(type, value)} <= {str} and len(value) <= WIDEST:
        texts = f"[{','.join(map(_quoted, value))}]"
        if texts.isprintable() and len(texts) <= LONGEST:
            return texts
    plain = _plain(value, DEEPEST - 1)
    return _visible(plain if isinstance(plain, str) and _WORD.fullmatch(plain) else _COMPACT.encode(plain))


def _visible(text: str) -> str:
    """Return `text` with every line break, control and formatting character escaped."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
