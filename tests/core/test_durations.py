"""How long segments last; how near that is to real speech is seen in tests/speech."""

from __future__ import annotations

import pytest

from ivr.core.durations import BEEP_MS, duration
from ivr.core.segments import Beep, Recording, Segment, Silence, Speech, Voice


def speech(text: str, language: str = "en-US", rate: int = 165, *, static: bool = True) -> Speech:
    return Speech(text, text, language, Voice(rate=rate), static)


@pytest.mark.parametrize(
    ("segment", "expected"), [(Silence(1234), 1234), (Recording("a.wav", 2345), 2345), (Beep(), BEEP_MS)]
)
def test_what_is_no_speech_lasts_exactly_so_long(segment: Segment, expected: int) -> None:
    assert duration(segment) == expected


@pytest.mark.parametrize("text", ["", "  \n ", "...", "—", "( )"])
def test_nothing_to_pronounce_takes_no_time(text: str) -> None:
    assert duration(speech(text)) == 0


def test_twice_the_rate_takes_half_the_time_but_for_the_pause_at_the_end() -> None:
    slow, fast = (duration(speech("Please hold the line.", rate=rate)) - 150 for rate in (100, 200))
    assert slow == pytest.approx(2 * fast, abs=2)


def test_a_value_of_a_call_takes_as_long_as_the_same_text_of_a_flow() -> None:
    text = "Your balance is $1,250.00."
    assert duration(speech(text, static=False)) == duration(speech(text))


@pytest.mark.parametrize(
    ("shorter", "longer"),
    [
        ("You have 2 messages", "You have 24 messages"),
        ("You have 14 messages", "You have 24 messages"),
        ("It costs 1,250", "It costs 1,250.75"),
        ("Sales billing", "Sales, billing"),
        ("Thank you and goodbye", "Thank you. And goodbye"),
        ("It is 50", "It is 50%"),
    ],
)
def test_what_takes_longer_to_say_is_longer(shorter: str, longer: str) -> None:
    assert duration(speech(shorter)) < duration(speech(longer))


@pytest.mark.parametrize("language", ["en", "EN-us", "hi-IN", "zh-CN", "xx", ""])
def test_any_language_has_a_length(language: str) -> None:
    assert duration(speech("नमस्ते 你好 hello", language)) > 500
