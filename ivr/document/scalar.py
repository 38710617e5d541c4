"""The values of plain YAML scalars: the core schema of YAML 1.2, with numbers as a telephone means them."""

from __future__ import annotations

import math
import re

Scalar = str | int | float | bool | None

TAG = "tag:yaml.org,2002:"
"""What `!!` stands for, as in `!!str`."""
SCALAR_TAGS = ("str", "int", "float", "bool", "null")

LONGEST_NUMBER = 100
"""More characters than this are text: no caller counts so far, and Python refuses to print such numbers."""

NULLS = ("", "~", "null", "Null", "NULL")
BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
SPECIAL_FLOATS = {
    **{sign + name: float(sign + "inf") for sign in ("", "-") for name in (".inf", ".Inf", ".INF")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)")
OCTAL = re.compile(r"0o[0-7]+")
HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
FLOAT = re.compile(r"-?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
NUMBER_BEGINS = frozenset("-.0123456789")


def plain(text: str) -> Scalar:
    """Return what an unquoted scalar means.

    YAML 1.2.2 section 10.3.2, but a number with a leading zero or a plus sign is text, because it is a
    telephone number, a code or an account: `012`, `-012`, `00`, `+911234567890`. Numbers are `0`, `-0`,
    `0.50`, `.5`, `5.`, `1e+3`, `0o17` and `0x1F`.
    """
    if text in NULLS:
        return None
    if text in BOOLS:
        return BOOLS[text]
    if text[0] in NUMBER_BEGINS:
        number = _number(text)
        if number is not None:
            return number
    return text


def tagged(text: str, tag: str) -> Scalar:
    """Return what a scalar with an explicit tag of the core schema means, quoted or not.

    `tag` is one of SCALAR_TAGS. Raises ValueError where the text is no such value.
    """
    if tag == "str":
        return text
    value = plain(text)
    match tag, value:
        case ("null", None) | ("bool", bool()):
            return value
        case ("int" | "float", bool()):
            pass
        case ("int", int()) | ("float", float()):
            return value
        case "float", int():
            return float(value)
    raise ValueError(f"not a value of !!{tag}")


def _number(text: str) -> int | float | None:
    if len(text) > LONGEST_NUMBER:
        return None
    if DECIMAL.fullmatch(text):
        return int(text)
    if FLOAT.fullmatch(text):
        return float(text)
    if OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if HEXADECIMAL.fullmatch(text):
        return int(text[2:], 16)
    return SPECIAL_FLOATS.get(text)
