"""What trials say of a node: who is taken for whom, what passes that should not, and what better is not said."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from ivr.hear.asked import NOTHING, OTHER, Question

CONFUSED_ABOVE = 0.10
"""A phrase that more often than this gives another answer is one to avoid."""
HEARD_FROM = 0.70
"""A phrase that gives its answer less often than this is one to avoid."""
_STEPS = 100
"""A threshold is a whole number of hundredths."""


class Take(NamedTuple):
    """What a node could take from one guess of the recogniser."""

    label: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Trial:
    """Something that was said once to a node."""

    said: str
    """The label of a row, or what the node does not offer."""
    takes: tuple[Take, ...]
    """In the order in which they were heard."""

    def taken(self, confidence: float) -> str:
        """What the node takes it for, if it wants to be so sure."""
        return next((take.label for take in self.takes if take.label and take.confidence >= confidence), NOTHING)

    @property
    def sureness(self) -> float:
        """The highest confidence at which it is taken for anything; minus infinity if for nothing."""
        return max((take.confidence for take in self.takes if take.label), default=-math.inf)


@dataclass(frozen=True, slots=True)
class Row:
    """How one phrase fared; the counts add up to the trials."""

    label: str
    answer: str | None
    """The name of the answer that it gives; None for digits, which answer for themselves."""
    written: bool
    """Whether the flow's author chose it."""
    heard: tuple[int, ...]
    """How often it was taken for each of the columns."""
    trials: int
    right: int
    """How often it gave its answer."""
    wrong: int
    """How often it gave another one."""
    taken_for: str
    """What it was most often wrongly taken for; empty if for nothing."""

    @property
    def fault(self) -> Literal["confused", "unheard"] | None:
        """Why better not to offer it, if there is a reason."""
        if not self.written or not self.trials:
            return None
        if self.wrong > CONFUSED_ABOVE * self.trials:
            return "confused"
        return "unheard" if self.right < HEARD_FROM * self.trials else None


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a confidence would lead to; all three are shares, 0 to 1."""

    confidence: float
    false_accepts: float
    """Of what the node does not offer."""
    recognised: float
    """Of its phrases."""


@dataclass(frozen=True, slots=True)
class Figures:
    """All that was found of one question."""

    question: Question
    columns: tuple[str, ...]
    """The labels of the rows, `OTHER` where that can be, and `NOTHING`."""
    rows: tuple[Row, ...]
    foreign: int
    """How often something was said that the node does not offer."""
    own: Threshold
    """With the node's own confidence."""
    lowest: Threshold | None
    """The lowest confidence that keeps false accepts within the limit; None if none does, or nothing was tried."""

    @property
    def counted(self) -> Threshold:
        """With the confidence at which the rows are counted.

        Recognisers are less sure of synthesised speech than of people. So where a lower confidence than the node's
        keeps the limit for these voices, that is the one at which phrases can be compared.
        """
        return self.own if self.lowest is None else min(self.own, self.lowest, key=lambda each: each.confidence)

    @property
    def to_avoid(self) -> tuple[Row, ...]:
        """The phrases of the author that better are not offered."""
        return tuple(row for row in self.rows if row.fault)


def figures(
    question: Question, labels: Sequence[str], offered: Sequence[Trial], foreign: Sequence[Trial], limit: float
) -> Figures:
    """Work out what trials of a question say.

    Args:
        question: the question.
        labels: all that it offers and that was tried.
        offered: the trials of these.
        foreign: the trials of what it does not offer.
        limit: the share of these, 0 to 1, that may pass.
    """
    columns = (*labels, *((OTHER,) if question.digits or question.free else ()), NOTHING)

    def at(confidence: float) -> Threshold:
        return Threshold(
            confidence,
            _share(sum(trial.taken(confidence) != NOTHING for trial in foreign), len(foreign)),
            _share(sum(right(question, trial.said, trial.taken(confidence)) for trial in offered), len(offered)),
        )

    lowest = _lowest([trial.sureness for trial in foreign], limit)
    found = Figures(
        question, columns, (), len(foreign), at(question.confidence), None if lowest is None else at(lowest)
    )
    taken = [(trial.said, trial.taken(found.counted.confidence)) for trial in offered]
    return replace(found, rows=tuple(_row(question, label, columns, taken) for label in labels))


def right(question: Question, said: str, taken: str) -> bool:
    """Whether what was taken gives the answer of what was said."""
    answer = question.answer(said)
    return taken == said if answer is None or taken == NOTHING else question.answer(taken) == answer


def _row(question: Question, label: str, columns: Sequence[str], trials: Sequence[tuple[str, str]]) -> Row:
    taken = [each for said, each in trials if said == label]
    counts = Counter(each if each in columns else OTHER for each in taken)
    wrongly = Counter(each for each in taken if each != NOTHING and not right(question, label, each))
    answer = question.answer(label)
    return Row(
        label=label,
        answer=None if answer is None else answer.name,
        written=answer is not None and answer.written,
        heard=tuple(counts[column] for column in columns),
        trials=len(taken),
        right=sum(right(question, label, each) for each in taken),
        wrong=wrongly.total(),
        taken_for=wrongly.most_common(1)[0][0] if wrongly else NOTHING,
    )


def _lowest(sureness: Sequence[float], limit: float) -> float | None:
    """The lowest threshold, in hundredths from 0 to 1, that so few of these reach."""
    if not sureness:
        return None
    allowed = math.floor(limit * len(sureness))
    if allowed >= len(sureness):
        return 0.0
    first_out = sorted(sureness, reverse=True)[allowed]
    if first_out < 0:
        return 0.0
    step = math.floor(first_out * _STEPS) + 1
    return step / _STEPS if step <= _STEPS else None


def _share(count: int, of: int) -> float:
    return count / of if of else 0.0
