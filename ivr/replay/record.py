"""What a journal says of the decisions that hang on what may not be written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ivr.core.effects import Explain
from ivr.core.node import Node
from ivr.core.reading import Path
from ivr.core.session import place
from ivr.core.turn import Turn
from ivr.document.journal import Entry, Journal

NOT_VALID = "the value is not valid"
TO_CONFIRM = "the value needs a confirmation"
"""What collects say of a value that they have looked at."""


class NotRecordedError(Exception):
    """The record does not say what is to be known here."""


@dataclass(frozen=True, slots=True)
class Visit:
    """All that was decided between two exits of nodes, the second one included."""

    decisions: tuple[Explain, ...]

    @property
    def way(self) -> Explain | None:
        """The exit that ends it; None where the call ended before."""
        last = self.decisions[-1] if self.decisions else None
        return last if last is not None and last.exit else None


def visits(decisions: Iterable[Explain]) -> tuple[Visit, ...]:
    """Take the decisions of a call apart at the exits; the last visit has none."""
    found: list[Visit] = []
    current: list[Explain] = []
    for each in decisions:
        current.append(each)
        if each.exit:
            found.append(Visit(tuple(current)))
            current = []
    return (*found, Visit(tuple(current)))


Known = Callable[[Node, str], bool]
"""Whether the record can tell what a node (of this place) decided: of a condition that is new it can't."""
Kept = Callable[[str, tuple[Path, ...]], None]
"""Is told what is read of `body` or `headers` of an answer; it raises `NotRecordedError` where that was not kept."""


def all_known(_node: Node, _place: str) -> bool:
    """Take all conditions as they were, as on the flow that the call was on."""
    return True


def all_kept(_name: str, _paths: tuple[Path, ...]) -> None:
    """Take it that all was kept that is read."""


@dataclass(slots=True)
class Record:
    """The recorded decisions of a call, asked while the call is made again.

    Both sides are counted by their exits: as long as a call goes the same way, the n-th exit of the one is that of
    the other, whatever else differs.
    """

    recorded: tuple[Visit, ...] = ()
    env: frozenset[str] = frozenset()
    """The names of `env` of which the record knows."""
    known: Known = all_known
    kept: Kept = all_kept
    told: list[Explain] = field(default_factory=list)
    """What the steps before this one decided, made again."""
    entry: Entry | None = None
    """The recorded step that is made again."""
    taken: list[str] = field(default_factory=list)
    """What was taken from the record in this step, in words."""
    turn: Turn | None = None
    """The step that is being made."""

    def open(self, journal: Journal, known: Known = all_known, kept: Kept = all_kept) -> None:
        """Be the record of this call from now on."""
        decisions = (each for entry in journal.entries for each in entry.decisions)
        self.recorded = visits(decisions)
        self.env = frozenset(journal.head.env)
        self.known, self.kept = known, kept
        self.told = []
        self.begin(None)

    def begin(self, entry: Entry | None) -> None:
        """A step begins."""
        self.entry = entry
        self.taken.clear()
        self.turn = None

    def _so_far(self) -> list[Explain]:
        """What was decided, made again, up to this very moment."""
        now = [] if self.turn is None else [each for each in self.turn.effects if isinstance(each, Explain)]
        return [*self.told, *now]

    def _visit(self) -> tuple[Visit, tuple[Explain, ...]]:
        """The recorded visit of the node at work, and what this visit decided up to now."""
        mine = visits(self._so_far())
        number = len(mine) - 1
        if number >= len(self.recorded):
            raise NotRecordedError("the recorded call had ended")
        return self.recorded[number], mine[-1].decisions

    def holds(self, case: int) -> bool:
        """Whether a case of the branch at work held.

        Raises:
            NotRecordedError: the recorded call did not come to this decision.
        """
        way, here = self._visit()[0].way, self._here()
        if way is None or way.node != here:
            raise NotRecordedError(f"the recorded call did not decide at {here}")
        self.taken.append(f"{here}: {way.exit}")
        return way.exit == f"cases.{case}"

    def valid(self, *, confirmed: bool) -> bool:
        """Whether the value that the collect at work looks at was valid.

        Args:
            confirmed: whether a valid value is asked about before it is taken.

        Raises:
            NotRecordedError: the recorded call did not come to this decision.
        """
        here = self._here()
        recorded, mine = self._visit()
        number = len(_judged(mine, here, confirmed=confirmed))
        judged = _judged(recorded.decisions, here, confirmed=confirmed)
        if number >= len(judged):
            raise NotRecordedError(f"the recorded call did not judge so many values at {here}")
        self.taken.append(f"{here}: the value was {'valid' if judged[number] else 'not valid'}")
        return judged[number]

    def failure(self, source: str) -> str | None:
        """Why an expression failed in the recorded step; None if it did not."""
        decisions = () if self.entry is None else self.entry.decisions
        for each in decisions:
            _, found, reason = each.why.partition(f": {source}: ")
            if found and each.why.startswith("error "):
                return reason
        return None

    def heard(self, text: str) -> bool:
        """Whether this was part of something that was said in the recorded step."""
        return self.entry is not None and any(text in said for said in self.entry.said)

    def look_up(self, names: Iterable[str]) -> None:
        """Some names of `env` are read.

        Raises:
            NotRecordedError: of one of them nothing is known.
        """
        for name in names:
            if name not in self.env:
                raise NotRecordedError(f"the record does not have env.{name}")

    def note(self, what: str) -> None:
        """Something was taken from the record."""
        self.taken.append(what)

    def _here(self) -> str:
        if self.turn is None:
            raise NotRecordedError("no node is at work")
        return place(self.turn.stack)


def _judged(decisions: Iterable[Explain], here: str, *, confirmed: bool) -> list[bool]:
    """Which values a collect found valid, in order."""
    found: list[bool] = []
    for each in decisions:
        if each.node != here:
            continue
        if NOT_VALID in each.why:
            found.append(False)
        elif each.why == TO_CONFIRM or (not confirmed and each.cause == "answer"):
            found.append(True)
    return found
