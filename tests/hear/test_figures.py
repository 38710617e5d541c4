"""Confusions, shares and thresholds from trials."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.digits import Digits
from ivr.hear.asked import BEGUN, NOTHING, OTHER, Answer, Question
from ivr.hear.figures import Figures, Take, Trial, figures

MENU = Question("top", "asks", "en-US", (Answer("1", ("sales",)), Answer("2", ("help", "support"))))


def trial(said: str, *takes: tuple[str, float], voice: str = "piper") -> Trial:
    return Trial(said, voice, tuple(Take(*each) for each in takes))


def of_menu(*trials: Trial, foreign: tuple[Trial, ...] = (), limit: float = 0.02) -> Figures:
    return figures(MENU, MENU.phrases, trials, foreign, limit)


def test_rows_are_what_was_said_and_columns_what_was_taken() -> None:
    found = of_menu(
        trial("sales", ("sales", 0.9)),
        trial("sales", ("help", 0.9)),
        trial("help", ("support", 0.9)),
        trial("help"),
        trial("support", (NOTHING, 0.0), ("support", 0.5)),
    )
    assert found.columns == ("sales", "help", "support", NOTHING)
    assert [row.heard for row in found.rows] == [(1, 1, 0, 0), (0, 0, 1, 1), (0, 0, 1, 0)]
    assert [(row.right, row.wrong, row.taken_for) for row in found.rows] == [(1, 1, "help"), (1, 0, ""), (1, 0, "")]
    assert found.own.recognised == pytest.approx(3 / 5)


def test_the_first_guess_that_is_sure_enough_is_taken() -> None:
    said = trial("sales", ("help", 0.4), ("sales", 0.8), ("support", 0.9))
    assert [said.taken(MENU, each) for each in (0.3, 0.5, 0.85, 0.95)] == ["help", "sales", "support", NOTHING]


@pytest.mark.parametrize(
    ("right", "wrong", "nothing", "fault"),
    [(10, 0, 0, None), (9, 1, 0, None), (8, 2, 0, "confused"), (7, 0, 3, None), (6, 0, 4, "unheard")],
)
def test_phrases_to_avoid(right: int, wrong: int, nothing: int, fault: str | None) -> None:
    trials = [trial("sales", ("sales", 1.0))] * right + [trial("sales", ("help", 1.0))] * wrong
    [row, *_] = of_menu(*trials, *[trial("sales")] * nothing).rows
    assert row.fault == fault


def test_nobody_is_told_to_avoid_yes() -> None:
    question = Question("top", "confirms", "en-US", (Answer("yes", ("yes",), written=False),))
    assert figures(question, ["yes"], [trial("yes")] * 5, (), 0.02).to_avoid == ()


def test_other_digits_are_counted_together() -> None:
    question = Question("pin", "asks", "en-US", (), Digits(4, 4))
    found = figures(
        question,
        ["1234", "5678"],
        [trial("1234", ("nine nine nine nine", 1.0)), trial("5678", ("five six seven eight", 1.0))],
        (),
        0.02,
    )
    assert found.columns == ("1234", "5678", OTHER, BEGUN, NOTHING)
    assert [row.heard for row in found.rows] == [(0, 0, 1, 0, 0), (0, 1, 0, 0, 0)]
    assert [(row.answer, row.right, row.wrong) for row in found.rows] == [(None, 0, 1), (None, 1, 0)]


@pytest.mark.parametrize(
    ("limit", "confidence"),
    [(0.0, 0.81), (0.25, 0.61), (0.5, 0.31), (0.75, 0.0), (1.0, 0.0)],
)
def test_the_threshold_is_the_lowest_that_keeps_the_limit(limit: float, confidence: float) -> None:
    foreign = (
        trial("a", ("help", 0.8)),
        trial("b", ("sales", 0.6), ("help", 0.2)),
        trial("c", ("help", 0.3)),
        trial("d"),
    )
    lowest = of_menu(foreign=foreign, limit=limit).lowest
    assert lowest is not None
    assert lowest.confidence == confidence
    assert lowest.false_accepts <= limit


def test_there_may_be_no_threshold() -> None:
    assert of_menu(foreign=(trial("a", ("help", 1.0)),)).lowest is None
    assert of_menu().lowest is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.floats(0, 1))
def test_a_lower_threshold_would_let_too_many_pass(sureness: list[float], limit: float) -> None:
    foreign = tuple(trial("x", ("help", each)) for each in sureness)
    lowest = of_menu(foreign=foreign, limit=limit).lowest

    def passed(confidence: float) -> float:
        return sum(each.taken(MENU, confidence) != NOTHING for each in foreign)

    allowed = int(limit * len(sureness))
    if lowest is None:
        assert passed(1.0) > allowed
    else:
        assert passed(lowest.confidence) <= allowed
        assert lowest.confidence == 0 or passed(lowest.confidence - 0.0101) > allowed


def test_phrases_are_compared_at_a_confidence_that_keeps_the_limit_if_that_is_lower() -> None:
    offered = [trial("sales", ("sales", 0.3)), trial("sales", ("help", 0.1))]
    unsure = of_menu(*offered, foreign=(trial("a", ("help", 0.15)),))
    assert (unsure.counted.confidence, unsure.rows[0].heard) == (0.16, (1, 0, 0, 1))
    assert (unsure.own.recognised, unsure.counted.recognised) == (0.0, 0.5)
    sure = of_menu(*offered, foreign=(trial("a", ("help", 0.9)),))
    assert (sure.counted.confidence, sure.rows[0].heard) == (0.5, (0, 0, 0, 2))


def test_digits_that_are_too_few_are_a_beginning() -> None:
    question = Question("pin", "asks", "en-US", (), Digits(4, 4))
    said = [trial("1234", ("one two", 0.9), ("three four", 0.6)), trial("1234", ("one two", 0.9))]
    found = figures(question, ["1234"], said, [trial("tea", ("three", 0.7)), trial("a")], 0.02)
    assert found.rows[0].heard == (1, 0, 1, 0)
    assert (found.rows[0].right, found.rows[0].wrong) == (1, 0)
    assert (dict(found.passed), found.own.false_accepts) == ({BEGUN: 1}, 0.5)
    assert said[0].taken(question, 0.7) == BEGUN


def test_voices_are_told_apart() -> None:
    voices = [("piper", "sales"), ("piper", "help"), ("piper+low", "help")]
    [row, *_] = of_menu(*(trial("sales", (taken, 0.9), voice=voice) for voice, taken in voices)).rows
    assert dict(row.by_voice) == {"piper": 1, "piper+low": 0}


def test_what_passes_is_told_by_what_it_is_taken_for() -> None:
    found = of_menu(
        foreign=(trial("a", ("help", 0.9)), trial("b", ("help", 0.8)), trial("c", ("sales", 0.8)), trial("d"))
    )
    assert dict(found.passed) == {"help": 2, "sales": 1}
