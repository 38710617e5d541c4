"""Text as a synthesiser can take it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech.text import pieces, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello.", "Hello."),
        ("  Hello \n", "Hello"),
        ("Hello <break time='2s'/> there", "Hello   there"),
        ("<speak>Hi</speak>", "Hi"),
        ("a < b and c > d", "a < b and c > d"),
        ("one\x00two", "one two"),
        ("\x01+50S fast", "+50S fast"),
        ("a\ud800b", "a b"),
        ("a\ufdd0NAME\ufdd1b", "a NAME b"),
        ("first\n\nsecond", "first\n\nsecond"),
        ("क्\u200dष", "क्\u200dष"),
        ("\x07\x1b", ""),
    ],
)
def test_what_cannot_be_spoken_is_taken_out(text: str, expected: str) -> None:
    assert plain(text) == expected


@given(st.text(alphabet=st.characters()))
def test_what_is_left_is_valid_text_without_controls(text: str) -> None:
    left = plain(text)
    left.encode()
    assert not any(ord(character) < 32 and character not in "\t\n" for character in left)


def test_pieces_end_at_sentences_else_at_words_else_anywhere() -> None:
    assert list(pieces("One. Two three. Four", 17)) == ["One. Two three. ", "Four"]
    assert list(pieces("one two three", 9)) == ["one two ", "three"]
    assert list(pieces("abcdefgh", 3)) == ["abc", "def", "gh"]
    assert list(pieces("short", 100)) == ["short"]


@given(st.text("ab. !\n।", max_size=200), st.integers(1, 20))
def test_pieces_are_the_whole_text_and_none_is_too_long(text: str, longest: int) -> None:
    cut = list(pieces(text, longest))
    assert "".join(cut) == text
    assert all(len(piece) <= longest for piece in cut)
