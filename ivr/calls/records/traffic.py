"""What calls did at one node, in numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from ivr.calls.records.spread import LOOKUP_MS, Spread, share, spread
from ivr.calls.records.tally import OTHERWISE, Tally, What


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a node: the first, or another after a miss."""

    number: int
    """From 1."""
    began: int
    """Visits that came to it, also those whose last miss took them away at once."""
    missed: int
    """No-inputs and no-matches in it."""
    left: int
    """Callers who hung up in it."""

    @property
    def miss_rate(self) -> float | None:
        """Misses by visit that came to it."""
        return share(self.missed, self.began)


@dataclass(frozen=True, slots=True)
class LookupFigures:
    """The lookups of a node; one is a visit that had an answer or gave up, with all its tries."""

    found: int
    otherwise: int
    """Answered with a status for which the node has an exit of its own, such as 404."""
    failed: int
    milliseconds: int
    """In all of them together."""
    spread: Spread

    @property
    def number(self) -> int:
        """How many there were."""
        return self.found + self.otherwise + self.failed

    @property
    def failure_rate(self) -> float | None:
        """The share that failed."""
        return share(self.failed, self.number)

    @property
    def mean(self) -> float | None:
        """How long one took."""
        return share(self.milliseconds, self.number)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What calls did at one node."""

    node: str
    """As `flow/node` in a subflow."""
    reached: int
    """Calls that came to it."""
    visits: int
    milliseconds: int
    """Of all visits together."""
    no_inputs: int
    no_matches: int
    used_up: int
    """Visits that ended because the attempts were used up."""
    exits: tuple[tuple[str, int], ...]
    """By which visits left it, the most frequent first."""
    attempts: tuple[Attempt, ...]
    """From the first to the last one in which somebody missed or left; none where nobody did."""
    lookups: LookupFigures | None
    """None where there was none."""

    @property
    def mean(self) -> float | None:
        """How long a visit took."""
        return share(self.milliseconds, self.visits)

    @property
    def left(self) -> int:
        """Callers who hung up here."""
        return sum(each.left for each in self.attempts)

    @property
    def left_rate(self) -> float | None:
        """The share of the calls that came here and whose caller hung up here."""
        return share(self.left, self.reached)

    @property
    def missed(self) -> int:
        """No-inputs and no-matches."""
        return self.no_inputs + self.no_matches

    @property
    def tries(self) -> int:
        """Attempts in all visits: the first one of each, and one after each miss but the last of those allowed."""
        return self.visits + self.missed - self.used_up

    @property
    def no_input_rate(self) -> float | None:
        """The share of tries in which the caller said and pressed nothing."""
        return share(self.no_inputs, self.tries)

    @property
    def no_match_rate(self) -> float | None:
        """The share of tries in which the caller did something that is not offered."""
        return share(self.no_matches, self.tries)

    @property
    def no_inputs_a_visit(self) -> float | None:
        """No-inputs by visit: more than 1 where most callers are silent twice."""
        return share(self.no_inputs, self.visits)

    @property
    def no_matches_a_visit(self) -> float | None:
        """No-matches by visit."""
        return share(self.no_matches, self.visits)


Sums = dict[What, dict[str, list[int]]]
"""Count and milliseconds by what and detail."""


def no_sums() -> Sums:
    """Sums to add to; what was not counted is 0."""
    return defaultdict(lambda: defaultdict(lambda: [0, 0]))


def add(sums: Sums, tally: Tally) -> None:
    """Add one number."""
    sum_of = sums[tally.what][tally.detail]
    sum_of[0] += tally.count
    sum_of[1] += tally.milliseconds


def traffic(node: str, sums: Sums) -> Traffic:
    """What the sums of one node come to."""
    (reached, _), (visits, took) = sums["reached"][""], sums["visit"][""]
    no_inputs, no_matches = sums["no_input"][""][0], sums["no_match"][""][0]
    used_up, exits = sums["used_up"][""][0], frequent(sums["exit"])
    attempts, lookups = _attempts(visits, sums), _lookups(sums)
    return Traffic(node, reached, visits, took, no_inputs, no_matches, used_up, exits, attempts, lookups)


def frequent(counts: Mapping[str, list[int]]) -> tuple[tuple[str, int], ...]:
    """The most frequent first, of equal ones by name."""
    return tuple(sorted(((name, count) for name, (count, _) in counts.items()), key=lambda each: (-each[1], each[0])))


def _attempts(visits: int, sums: Sums) -> tuple[Attempt, ...]:
    missed, left = ({int(number): count for number, (count, _) in sums[what].items()} for what in ("missed", "left"))
    found: list[Attempt] = []
    began = visits
    for number in range(1, max((*missed, *left), default=0) + 1):
        found.append(Attempt(number, began, missed.get(number, 0), left.get(number, 0)))
        began = found[-1].missed
    return tuple(found)


def _lookups(sums: Sums) -> LookupFigures | None:
    answers = sums["lookup"]
    if not answers:
        return None
    found, otherwise, failed = (answers[name][0] for name in ("found", OTHERWISE, "failed"))
    took = sum(milliseconds for _, milliseconds in answers.values())
    counts = {name: count for name, (count, _) in sums["lookup_within"].items()}
    return LookupFigures(found, otherwise, failed, took, spread(LOOKUP_MS, counts))
