"""Reading what others wrote without failing at it, and quoting it safely."""

from __future__ import annotations

import binascii
import json
import math
import re

LONGEST_MESSAGE = 256 * 1024
"""Characters or bytes: a message of 20 ms has some 350, the longest that a carrier documents 64 Ki."""
LONGEST_TEXT = 256
"""No id, name, number or run of keys is longer."""
LONGEST_EXCERPT = 200

_LARGEST_NUMBER = 10**18
"""Larger than any time in nanoseconds; keeps a number from becoming a text of thousands of digits."""

_PLUS_LOST = re.compile(r" \d")
_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}")
_DIGIT_OR_SIGN = re.compile(r"[\d*#]")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|\\?\Z)(\s*:)?', re.DOTALL)
"""A string with or without its end: to give up on one without would take quadratic time."""
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_WORD = re.compile("[e-wyzE-Z]")
"""A letter that is no key's, nor the `x` in place of one."""
_LETTER_KEY = re.compile("[A-Da-d]")


class UnreadableError(ValueError):
    """A message, or a part of one, is not what it should be; the text is fit to be logged."""


def object_of(message: str | bytes) -> dict[str, object]:
    """Read a message that should be one JSON object in UTF-8; `UnreadableError` where it is anything else."""
    if len(message) > LONGEST_MESSAGE:
        raise UnreadableError(f"a message longer than {LONGEST_MESSAGE} bytes")
    try:
        value = json.loads(message.decode() if isinstance(message, bytes) else message)
    except (ValueError, RecursionError):
        # Not JSON, not UTF-8, an integer of thousands of digits, or nested too deep for the parser.
        raise UnreadableError("a message that is not JSON: expected an object with an event") from None
    if not isinstance(value, dict):
        raise UnreadableError("a message that is JSON but no object: expected an object with an event")
    return value


def text(value: object, longest: int = LONGEST_TEXT) -> str:
    """Return a text or a number as text fit for logs and files; empty for all else, and for what is too long.

    A whole number has no point, so that 5, 5.0 and " 5" are the same. What can't be printed, such as a line
    break or a lone surrogate, becomes U+FFFD.
    """
    match value:
        case bool():
            return ""
        case int() | float() if abs(value) <= _LARGEST_NUMBER:
            return str(int(value)) if value == int(value) else str(value)
        case str() if len(value) <= longest:
            return "".join(map(_printable, value.strip()))
        case _:
            return ""


def number(value: object) -> float | None:
    """Return a number, or a text that is one, if it is finite and not negative; else None."""
    try:
        found = float(text(value))
    except ValueError:
        return None
    return found if math.isfinite(found) and found >= 0 else None


def phone_number(value: object) -> str:
    """Return a number as text; a `+` that a query did not escape has become a space, and is put back."""
    plus = "+" if isinstance(value, str) and _PLUS_LOST.match(value) else ""
    return plus + text(value)


def base64_of(value: str) -> bytes:
    """Decode base64, padded or not; `UnreadableError` where it is something else."""
    bare = value.rstrip("=")
    try:
        return binascii.a2b_base64(bare + "=" * (-len(bare) % 4), strict_mode=True)
    except ValueError:
        raise UnreadableError("audio that is not base64") from None


def redact(message: str) -> str:
    """Return a message with each character in it that may be a pressed key as `x`.

    These are all digits, `*` and `#`, and the letters A to D in a value that holds no others. Names, words
    and types are kept: the shape of a message can be logged, and not which keys it tells of.
    """
    message = _DIGIT_OR_SIGN.sub("x", _ESCAPE.sub(r"\\uxxxx", message))
    return _STRING.sub(_without_letter_keys, message)


def excerpt(message: str | bytes) -> str:
    """Quote the beginning of a message on one line, redacted."""
    # Twice as much is read as is shown, so that a value which the end would cut is still redacted whole.
    start = message[: 2 * LONGEST_EXCERPT]
    shown = start.decode(errors="replace") if isinstance(start, bytes) else start
    quoted = redact("".join(map(_printable, shown)))
    return quoted if len(quoted) <= LONGEST_EXCERPT else quoted[:LONGEST_EXCERPT] + "…"


def _without_letter_keys(string: re.Match[str]) -> str:
    """Mask the letters of a JSON string, unless it is a name or has words in it."""
    if string[2] or _WORD.search(_ESCAPED.sub("", string[1])):
        return string[0]
    return _LETTER_KEY.sub("x", string[0])


def _printable(character: str) -> str:
    return character if character.isprintable() else "\ufffd"
