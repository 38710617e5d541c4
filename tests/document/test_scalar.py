"""What unquoted and tagged scalars mean."""

from __future__ import annotations

import math

import pytest

from ivr.document.scalar import LONGEST_NUMBER, Scalar, plain, tagged


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("false", False),
        ("False", False),
        ("FALSE", False),
        ("0", 0),
        ("-0", 0),
        ("1", 1),
        ("-1", -1),
        ("9876543210", 9876543210),
        ("0o17", 15),
        ("0o017", 15),
        ("0x1F", 31),
        ("0x0a", 10),
        ("0.5", 0.5),
        ("0.50", 0.5),
        ("-0.5", -0.5),
        (".5", 0.5),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1E3", 1000.0),
        ("1e+3", 1000.0),
        ("1.5e-3", 0.0015),
        ("0e0", 0.0),
        (".inf", math.inf),
        (".Inf", math.inf),
        ("-.INF", -math.inf),
        ("9" * LONGEST_NUMBER, int("9" * LONGEST_NUMBER)),
    ],
)
def test_plain_values(text: str, value: Scalar) -> None:
    assert plain(text) == value
    assert type(plain(text)) is type(value)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_not_a_number(text: str) -> None:
    value = plain(text)
    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize(
    "text",
    [
        *("yes", "no", "on", "off", "Yes", "NO", "y", "n", "nULL", "tRUE", "none", "None"),
        *("12:30", "09:00-13:00", "2026-12-25", "2026-12-25T10:00:00Z", "1_000", "1,000", "1.2.3", "5s", "500ms"),
        *("012", "-012", "00", "-00", "00.5", "0123456789", "01e3"),
        *("+911234567890", "+1", "+.5", "+0", "+.inf", "+0x1F"),
        *("0b1", "0o8", "0xG", "-0x1F", "-0o17", "0O17", "0X1F", ".", "-", "-.", "e3", ".e3", "1e", "1e+", "--1"),
        *("inf", "nan", "-inf", "-.nan", ".iNF", "1 ", " 1", "1\n", "१२", "٣", "=", "<<", "*", "#"),
        "9" * (LONGEST_NUMBER + 1),
        "0x" + "f" * LONGEST_NUMBER,
    ],
)
def test_plain_text(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("tag", "text", "value"),
    [
        ("str", "5", "5"),
        ("str", "", ""),
        ("str", "null", "null"),
        ("int", "5", 5),
        ("int", "0x1F", 31),
        ("float", "5", 5.0),
        ("float", "5.5", 5.5),
        ("float", "-.inf", -math.inf),
        ("bool", "true", True),
        ("null", "~", None),
        ("null", "", None),
    ],
)
def test_tagged_values(tag: str, text: str, value: Scalar) -> None:
    assert tagged(text, tag) == value
    assert type(tagged(text, tag)) is type(value)


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("int", "x"),
        ("int", "5.0"),
        ("int", "012"),
        ("int", "true"),
        ("int", ""),
        ("float", "true"),
        ("float", "x"),
        ("bool", "yes"),
        ("bool", "1"),
        ("null", "0"),
    ],
)
def test_tagged_nonsense(tag: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"not a value of !!{tag}"):
        tagged(text, tag)
