"""Phrases become words of a model, and its words become phrases again; everything else is heard as nothing."""

from __future__ import annotations

import pytest

from ivr.core.effects import Listen
from ivr.core.spoken import digit_words, normal
from ivr.speech.grammar import FILLERS, Grammar, grammar, spelling, unknown

LATIN_CAPITALS = frozenset({"YES", "NO", "MAIN", "MENU", "CREDIT", "CARD", "ONE", "DOUBLE", "THE", "<UNK>", "예약"})


def everything(word: str) -> bool:
    return word == word.lower()


def of(*phrases: str, digits: int = 0, language: str = "en-US") -> Grammar:
    return grammar(Listen(language, phrases, digits), everything)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("yes", ("YES",)),
        ("Main Menu", ("MAIN", "MENU")),
        ("Main-menu!", ("MAIN", "MENU")),
        ("예약", ("예약",)),
        ("yes, transfer", ()),
        ("?!", ()),
    ],
)
def test_words_are_spelt_as_the_model_spells_them(text: str, words: tuple[str, ...]) -> None:
    assert spelling(text, LATIN_CAPITALS.__contains__) == words


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("McDonald", "McDonald"),
        ("paris", "Paris"),
        ("Don't!", "don't"),
        ("don't", "dont"),
        ("U.S.", "us"),
        ("e\u0301te\u0301", "été"),
        ("e\u0301te\u0301", "e\u0301te\u0301"),
        ("ÉTÉ", "été"),
        ("हाँ", "हाँ"),
    ],
)
def test_a_word_is_found_in_other_spellings(written: str, known: str) -> None:
    assert spelling(written, {known}.__contains__) == (known,)


def test_words_that_a_model_lacks_are_named() -> None:
    asked = ("yes", "sales", "main menu", "main sales")
    assert unknown(asked, LATIN_CAPITALS.__contains__) == {"sales", "main sales"}


def test_phrases_that_cannot_be_heard_are_left_out() -> None:
    made = grammar(Listen("en-US", ("sales", "main menu")), LATIN_CAPITALS.__contains__)
    assert made.phrases == {("MAIN", "MENU"): "main menu"}
    assert made.unwanted == ("THE", "<UNK>")
    assert grammar(Listen("en-US", ("sales",)), LATIN_CAPITALS.__contains__).empty


def test_of_two_spellings_of_a_phrase_the_first_is_reported() -> None:
    assert of("Main menu", "main menu").read(["main", "menu"]) == "Main menu"


@pytest.mark.parametrize(
    ("heard", "text"),
    [
        ("main menu", "Main menu!"),
        ("the main menu please", "Main menu!"),
        ("main menu main menu", "Main menu!"),
        ("main", ""),
        ("menu main", ""),
        ("main menu billing", ""),
        ("billing main menu", ""),
        ("main the menu", "Main menu!"),
        ("the please", ""),
        ("", ""),
    ],
)
def test_one_phrase_among_fillers_is_heard(heard: str, text: str) -> None:
    assert of("Main menu!", "billing").read(heard.split()) == text


@pytest.mark.parametrize(
    ("heard", "text"),
    [
        ("one oh double four", "one oh double four"),
        ("the one four", "one four"),
        ("operator", "operator"),
        ("one operator", ""),
    ],
)
def test_digits_are_given_as_words(heard: str, text: str) -> None:
    assert of("operator", digits=6).read(heard.split()) == text


def test_digits_are_heard_only_where_they_are_wanted() -> None:
    assert of("operator").digits == ()
    assert of("operator").read(["one"]) == ""


@pytest.mark.parametrize("language", FILLERS)
def test_fillers_are_neither_offered_nor_digits(language: str) -> None:
    words = FILLERS[language]
    assert len(words) > 100
    assert len({normal(word) for word in words}) == len(words)
    assert not set(map(normal, words)) & set(map(normal, digit_words(language)))
    offered = of(words[0], words[1], language=language)
    assert not {*words[:2]} & {*offered.fillers}


def test_fillers_that_are_forms_of_a_phrase_are_left_out() -> None:
    assert "look" not in of("looks").fillers
    assert "there" not in of("there").fillers
    assert "her" in of("hers").fillers


def test_a_language_without_fillers_has_the_unknown_token() -> None:
    made = grammar(Listen("fi", ("kyllä",)), {"kyllä", "[unk]"}.__contains__)
    assert made.unwanted == ("[unk]",)
    assert made.read(["[unk]", "kyllä"]) == "kyllä"
    assert made.read(["[unk]"]) == ""
