"""Scenarios are picked by words, as `-k` says."""

from __future__ import annotations

import pytest

from ivr.simulate.selection import SelectionError, selection

TEXTS = ("main.test.yaml", "main", "The balance by  voice, heard twice")

PICKED = [
    ("balance", True),
    ("BALANCE", True),
    ("balance by voice", True),
    ("voice balance", False),
    ("main", True),
    ("main the balance", False),
    ("silence", False),
    ("not silence", True),
    ("not not silence", False),
    ("balance by voice and not silence", True),
    ("silence and voice or twice", True),
    ("silence and (voice or twice)", False),
    ("not (silence or night)", True),
    ("( main )", True),
    ("Not", False),
]


@pytest.mark.parametrize(("text", "picked"), PICKED, ids=[each[0] for each in PICKED])
def test_words_pick(text: str, picked: bool) -> None:
    assert selection(text)(TEXTS) == picked


@pytest.mark.parametrize(("text", "place"), [
    ("", "its end"), ("voice and", "its end"), ("or voice", "“or”"), ("(voice", "its end"), ("voice)", "“)”"),
    ("voice (twice)", "“(”"), ("not", "its end"), ("not and", "“and”"), ("()", "“)”"),
])  # fmt: skip
def test_what_is_no_selection_is_told(text: str, place: str) -> None:
    with pytest.raises(SelectionError, match="expected words, joined by") as raised:
        selection(text)
    assert f"is no selection at {place}:" in str(raised.value)
