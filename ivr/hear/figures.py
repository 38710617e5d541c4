"""What trials say of a node: who is taken for whom, what passes that should not, and what better is not said."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from ivr.hear.asked import BEGUN, NOTHING, OTHER, Question

CONFUSED_ABOVE = 0.10
"""A phrase that more often than this gives another answer is one to avoid."""
HEARD_FROM = 0.70
"""A phrase that gives its answer less often than this is one to avoid."""
UNDECIDED = (NOTHING, BEGUN)
"""Labels of what gives no answer yet."""
_STEPS = 100
"""A threshold is a whole number of hundredths."""


class Take(NamedTuple):
    """One guess of the recogniser."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Trial:
    """Something that was said once to a node."""

    said: str
    """The label of a row, or what the node does not offer."""
    voice: str
    """The name of the voice that said it."""
    takes: tuple[Take, ...]
    """In the order in which they were heard."""

    def taken(self, question: Question, confidence: float) -> str:
        """What a node takes it for, if it wants to be so sure."""
        return question.label(take.text for take in self.takes if take.confidence >= confidence)

    def sureness(self, question: Question) -> float:
        """The highest confidence at which it is taken for anything; minus infinity if for nothing."""
        levels = (take.confidence for take in self.takes)
        return max((each for each in levels if self.taken(question, each) != NOTHING), default=-math.inf)


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
    by_voice: Mapping[str, int]
    """How often each voice gave its answer; all of them said it equally often."""

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
    """The labels of the rows, `OTHER` and `BEGUN` where these can be, and `NOTHING`."""
    rows: tuple[Row, ...]
    foreign: int
    """How often something was said that the node does not offer."""
    passed: Mapping[str, int]
    """How much of that was taken for what, with the confidence at which the rows are counted."""
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
    others = (OTHER, BEGUN) if question.digits else (OTHER,) if question.free else ()
    columns = (*labels, *others, NOTHING)

    def at(confidence: float) -> Threshold:
        return Threshold(
            confidence,
            _share(sum(trial.taken(question, confidence) != NOTHING for trial in foreign), len(foreign)),
            _share(sum(_is_right(question, trial, confidence) for trial in offered), len(offered)),
        )

    lowest = _lowest([trial.sureness(question) for trial in foreign], limit)
    found = Figures(
        question, columns, (), len(foreign), {}, at(question.confidence), None if lowest is None else at(lowest)
    )
    confidence = found.counted.confidence
    taken = Counter(trial.taken(question, confidence) for trial in foreign)
    return replace(
        found,
        rows=tuple(_row(question, label, columns, offered, confidence) for label in labels),
        passed={label: count for label, count in taken.most_common() if label != NOTHING},
    )


def right(question: Question, said: str, taken: str) -> bool:
    """Whether what was taken gives the answer of what was said."""
    answer = question.answer(said)
    return taken == said if answer is None or taken in UNDECIDED else question.answer(taken) == answer


def _is_right(question: Question, trial: Trial, confidence: float) -> bool:
    return right(question, trial.said, trial.taken(question, confidence))


def _row(question: Question, label: str, columns: Sequence[str], trials: Sequence[Trial], confidence: float) -> Row:
    own = [trial for trial in trials if trial.said == label]
    taken = [trial.taken(question, confidence) for trial in own]
    counts = Counter(each if each in columns else OTHER for each in taken)
    wrongly = Counter(each for each in taken if each not in UNDECIDED and not right(question, label, each))
    by_voice = dict.fromkeys((trial.voice for trial in own), 0)
    for trial in own:
        by_voice[trial.voice] += _is_right(question, trial, confidence)
    answer = question.answer(label)
    return Row(
        label=label,
        answer=None if answer is None else answer.name,
        written=answer is not None and answer.written,
        heard=tuple(counts[column] for column in columns),
        trials=len(taken),
        right=sum(by_voice.values()),
        wrong=wrongly.total(),
        taken_for=wrongly.most_common(1)[0][0] if wrongly else NOTHING,
        by_voice=by_voice,
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
