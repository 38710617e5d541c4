"""Odd input is read as far as it goes, and quoted without telling keys."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.carriers.facts import KEYS
from ivr.carriers.lenient import (
    LONGEST_EXCERPT,
    LONGEST_MESSAGE,
    LONGEST_TEXT,
    UnreadableError,
    base64_of,
    excerpt,
    number,
    object_of,
    phone_number,
    redact,
    text,
)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("5", "5"),
        (" 5 ", "5"),
        (5, "5"),
        (5.0, "5"),
        (0.5, "0.5"),
        (-1, "-1"),
        ("", ""),
        (None, ""),
        (True, ""),
        (["5"], ""),
        ({"digit": 5}, ""),
        (float("nan"), ""),
        (float("inf"), ""),
        pytest.param(10**5000, "", id="too many digits"),
        ("x" * LONGEST_TEXT, "x" * LONGEST_TEXT),
        ("x" * (LONGEST_TEXT + 1), ""),
        ("a\nb\ud800", "a\ufffdb\ufffd"),
        ("Zürich", "Zürich"),
    ],
)
def test_text(value: object, read: str) -> None:
    assert text(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (300, 300),
        ("300", 300),
        ("0.5", 0.5),
        (0, 0),
        (-1, None),
        ("nan", None),
        ("5 min", None),
        (None, None),
    ],
)
def test_number(value: object, read: float | None) -> None:
    assert number(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("+918000000001", "+918000000001"),
        (" 918000000001", "+918000000001"),
        (918000000001, "918000000001"),
        (None, ""),
    ],
)
def test_phone_number(value: object, read: str) -> None:
    assert phone_number(value) == read


@pytest.mark.parametrize(
    "message",
    [
        "",
        b"",
        "{",
        b"\xff\xfe",
        "[1]",
        "5",
        "null",
        '"x"',
        '{"a":' + "1" * 5000 + "}",
        "[" * 100_000,
        '{"a":' * 40_000,
        " " * LONGEST_MESSAGE + "{}",
        b"x" * 10_000_000,
    ],
    ids=lambda message: repr(message[:12]),
)
def test_what_is_no_object_is_unreadable(message: str | bytes) -> None:
    with pytest.raises(UnreadableError, match=r"^a message"):
        object_of(message)


def test_an_object_is_read_from_text_and_bytes() -> None:
    assert object_of('{"a": NaN}').keys() == {"a"}
    assert object_of('{"a": "ü"}'.encode()) == {"a": "ü"}


@given(st.binary())
def test_base64_is_read_with_and_without_its_padding(audio: bytes) -> None:
    padded = base64.b64encode(audio).decode()
    assert base64_of(padded) == base64_of(padded.rstrip("=")) == audio


@pytest.mark.parametrize("value", ["A", "AA A", "AA!A", "üüüü", "AA=A", "\ud800"])
def test_what_is_not_base64_is_unreadable(value: str) -> None:
    with pytest.raises(UnreadableError, match="not base64"):
        base64_of(value)


def test_redaction_keeps_the_shape_and_hides_the_keys() -> None:
    message = '{"event":"dtmf","streamId":"SFV_STRM_BI_01J","dtmf":{"digit":"5","d": "A","n":42,"digits":"1*B#"}}'
    assert redact(message) == (
        '{"event":"dtmf","streamId":"SFV_STRM_BI_xxJ","dtmf":{"digit":"x","d": "x","n":xx,"digits":"xxxx"}}'
    )


@pytest.mark.parametrize(("message", "shown"), [("digit=5", "digit=x"), ('{"key":"A', '{"key":"x'), ('"A\\', '"x\\')])
def test_redaction_of_what_is_not_json(message: str, shown: str) -> None:
    assert redact(message) == shown


@settings(deadline=None)
@given(st.text(alphabet=sorted(KEYS | {"a", "b", "c", "d", " ", "\n", '"', "\\"}), min_size=1), st.booleans())
def test_redaction_hides_any_run_of_keys(keys: str, escaped: bool) -> None:
    written = "".join(f"\\u{ord(key):04x}" for key in keys) if escaped else json.dumps(keys)[1:-1]
    shown = redact(f'{{"event":"dtmf","dtmf":{{"digits":"{written}"}}}}')
    assert shown.startswith('{"event":"dtmf","dtmf":{"digits":"')
    value = shown.removeprefix('{"event":"dtmf","dtmf":{"digits":"').removesuffix('"}}')
    assert not KEYS & set(value.upper().replace("\\UXXXX", ""))


@given(st.one_of(st.text(), st.binary(), st.text(min_size=300)))
def test_an_excerpt_is_one_short_printable_line_without_digits(message: str | bytes) -> None:
    shown = excerpt(message)
    assert shown.isprintable()
    assert len(shown) <= LONGEST_EXCERPT + 1
    assert not any(character.isdigit() and character.isascii() for character in shown)
    shown.encode()
