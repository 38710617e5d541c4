"""What is said to a node, and what is not because it would be right, or nearly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.digits import Digits, fits
from ivr.core.spoken import spoken_digits
from ivr.hear.asked import NOTHING, Answer, Question
from ivr.hear.said import ELSEWHERE, MOST_DIGITS, MOST_FOREIGN, foreign, offered
from ivr.hear.trials import Manner, rounds


def menu(*phrases: str, node: str = "top", language: str = "en-US") -> Question:
    return Question(node, "asks", language, tuple(Answer(phrase, (phrase,)) for phrase in phrases))


def field(digits: Digits, language: str = "en-US") -> Question:
    return Question("field", "asks", language, (), digits)


def test_phrases_are_said_as_written() -> None:
    assert offered(menu("Sales", "my account")) == {"Sales": "Sales", "my account": "my account"}


@given(st.integers(0, 12), st.integers(1, 20), st.sampled_from(["0123456789", "12", "7", "*#"]))
def test_numbers_fit_their_field_and_mean_themselves(least: int, more: int, keys: str) -> None:
    digits = Digits(least, least + more, keys=keys)
    for label, aloud in offered(field(digits)).items():
        assert fits(digits, label)
        assert spoken_digits(aloud, "en-US") == label


@pytest.mark.parametrize("language", sorted(ELSEWHERE))
def test_numbers_hold_every_digit_in_every_language(language: str) -> None:
    numbers = offered(field(Digits(6, 6), language))
    assert len(numbers) == 3
    assert set("".join(numbers)) == set("0123456789")
    assert all(spoken_digits(aloud, language) == label for label, aloud in numbers.items())


def test_fields_that_nobody_fills_by_voice_are_not_tried() -> None:
    assert offered(field(Digits(MOST_DIGITS + 1, 40))) == {}


def test_what_a_node_does_not_offer_comes_from_others_and_from_life() -> None:
    asked = [menu("sales", "my account", "excuse me"), menu("new sales", "account", "billing", node="other")]
    said = foreign(asked[0], asked)
    assert "billing" in said
    assert "hello" in said
    assert not {"new sales", "account", "excuse me", "sales"} & set(said)


def test_of_much_else_some_is_said() -> None:
    asked = [menu("sales"), menu(*(f"phrase {'x' * count}" for count in range(1, 60)), node="other")]
    said = foreign(asked[0], asked)
    assert len(said) == len(set(said)) == MOST_FOREIGN
    assert 10 < sum(each.startswith("phrase") for each in said) < 30


def test_other_languages_are_not_foreign_phrases() -> None:
    asked = [menu("sales"), menu("Verkauf", language="de")]
    assert "verkauf" not in foreign(asked[0], asked)
    assert "hallo" in foreign(asked[1], asked)


def test_digits_are_not_foreign_to_a_field_and_nothing_is_to_free_speech() -> None:
    others = [menu("line two", "billing")]
    said = foreign(field(Digits(4, 4)), others)
    assert "billing" in said
    assert "line two" not in said
    assert foreign(Question("story", "asks", "en-US", (), free=True), others) == ()


@pytest.mark.parametrize("language", sorted(ELSEWHERE))
def test_nothing_from_life_is_an_answer_to_digits(language: str) -> None:
    for text in foreign(field(Digits(1, 9), language), ()):
        assert field(Digits(1, 9), language).label([text]) == NOTHING


def test_phrases_are_said_in_every_manner_and_all_else_once_by_each_voice() -> None:
    manner = Manner(rates=(140, 200), noise=(30.0, None))
    planned = list(rounds([menu("sales", "support")], {"en-US": ["espeak+m3", "piper"]}, manner))
    assert [one.noise for one in planned] == [30.0, None]
    for one in planned:
        said = [(each.label, each.voice, each.speech.voice.rate) for each in one.offered]
        assert len(set(said)) == len(said) == 2 * 2 * 2
    voices = [(each.label, each.voice) for one in planned for each in one.foreign]
    assert len(set(voices)) == len(voices) == 2 * len(ELSEWHERE["en"])


def test_all_else_is_said_at_every_rate_over_every_line() -> None:
    manner = Manner(rates=(140, 200), noise=(30.0, None))
    planned = rounds([menu("sales")], {"en-US": ["espeak+m3", "espeak+f2"]}, manner)
    ways = {(each.voice, each.speech.voice.rate, one.noise) for one in planned for each in one.foreign}
    assert len(ways) == 2 * 2 * 2
