"""A recorded call again, on the flow that it was on: every decision must be the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from ivr.core.effects import Effect, Explain
from ivr.core.events import DeadlinePassed, Event
from ivr.core.flow import Flow
from ivr.core.session import Session, begin
from ivr.core.step import give_up, missed, step
from ivr.core.values import MASK
from ivr.document.journal import Entry, Journal
from ivr.replay.asking import asking
from ivr.replay.events import adapted
from ivr.replay.record import NotRecordedError, Record


@dataclass(frozen=True, slots=True)
class Moment:
    """One step, made again."""

    entry: Entry
    decisions: tuple[Explain, ...]
    taken: tuple[str, ...]
    """What was taken from the record, because it hangs on what may not be written."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a call goes otherwise although nothing was changed."""

    at: int
    line: int
    """The line of the journal."""
    then: tuple[str, ...]
    """What was decided, in words."""
    now: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A call, made again."""

    journal: Journal
    moments: tuple[Moment, ...]
    difference: Difference | None = None

    @property
    def decisions(self) -> int:
        """How many decisions were made again."""
        return sum(len(moment.decisions) for moment in self.moments)

    @property
    def taken(self) -> int:
        """How often something was taken from the record."""
        return sum(len(moment.taken) for moment in self.moments)


@dataclass(slots=True)
class Remade:
    """A call that is being made again, event by event."""

    flow: Flow
    session: Session
    record: Record
    effects: list[Effect] = field(default_factory=list)
    """What the last event led to."""

    def tell(self, event: Event) -> None:
        """Let something happen; deadlines that pass before it are steps of their own, as in `step`.

        Raises:
            NotRecordedError: a decision hangs on something that is not in the record.
        """
        before, told = self.session, list(self.record.told)
        self.effects = []
        try:
            while (deadline := missed(self.session, event)) is not None:
                self._step(DeadlinePassed(deadline))
            self._step(event)
        except NotRecordedError:
            raise
        except Exception:
            # The live call went on from a bug of ours in the same way.
            self.record.told = told
            self.session, effects = give_up(self.flow, before, event.at)
            self._note(effects)

    def _step(self, event: Event) -> None:
        self.session, effects = step(self.flow, self.session, event)
        self._note(effects)

    def _note(self, effects: Iterable[Effect]) -> None:
        self.effects.extend(effects)
        self.record.told.extend(decided(effects))
        self.record.turn = None


def remade(journal: Journal, flow: Flow, record: Record) -> Remade:
    """The call of a journal, about to begin on a flow that asks the record."""
    env = {name: value for name, value in journal.head.env.items() if value is not None}
    return Remade(flow, begin(flow, journal.head.call, env), record)


def decided(effects: Iterable[Effect]) -> tuple[Explain, ...]:
    """The decisions among effects, without what became of keys."""
    told = (effect for effect in effects if isinstance(effect, Explain))
    return tuple(replace(each, key=None) for each in told if each.why or each.exit or each.cause)


def again(journal: Journal, flow: Flow) -> Replayed:
    """Make a call again, up to the first decision that is another one."""
    asked, record = asking(flow)
    record.open(journal)
    call = remade(journal, asked, record)
    moments: list[Moment] = []
    for entry in journal.entries:
        record.begin(entry)
        try:
            call.tell(adapted(entry, call.flow, call.session))
        except NotRecordedError as error:
            difference = Difference(entry.at, entry.line, _told(entry.decisions), (str(error),))
            return Replayed(journal, tuple(moments), difference)
        decisions = decided(call.effects)
        moments.append(Moment(entry, decisions, tuple(record.taken)))
        if not _alike(entry.decisions, decisions, wording=not record.taken):
            return Replayed(journal, tuple(moments), _difference(entry, decisions))
    return Replayed(journal, tuple(moments), _at_the_end(journal, call.session))


def _alike(then: tuple[Explain, ...], now: tuple[Explain, ...], *, wording: bool) -> bool:
    return len(then) == len(now) and all(
        (one.node, one.exit, one.cause) == (other.node, other.exit, other.cause)
        and (not wording or _same_words(one.why, other.why))
        for one, other in zip(then, now, strict=True)
    )


def _same_words(then: str, now: str) -> bool:
    """Whether two reasons are the same; where one of them is masked, anything may stand in the other."""
    return any(
        re.fullmatch(".*".join(map(re.escape, one.split(MASK))), other, re.DOTALL)
        for one, other in ((then, now), (now, then))
    )


def _difference(entry: Entry, now: tuple[Explain, ...]) -> Difference:
    return Difference(entry.at, entry.line, _told(entry.decisions), _told(now))


def _at_the_end(journal: Journal, session: Session) -> Difference | None:
    """Where a call ends otherwise."""
    ending = journal.ending
    if ending is None or ending.by is None or (ending.by, ending.reason) == (session.ended_by, session.reason):
        return None
    then = f"the call ends: {ending.reason}, by {ending.by}"
    now = f"the call ends: {session.reason}, by {session.ended_by}" if session.ended_by else "the call goes on"
    return Difference(ending.at or 0, len(journal.entries) + 2, (then,), (now,))


def _told(decisions: Iterable[Explain]) -> tuple[str, ...]:
    return tuple(map(in_words, decisions))


def in_words(decision: Explain) -> str:
    """A decision as people read it."""
    cause = f" [{decision.cause}]" if decision.cause else ""
    why = f": {decision.why}" if decision.why else ""
    way = f" → {decision.exit}" if decision.exit else ""
    return f"{decision.node}{why}{cause}{way}"


def side_by_side(difference: Difference) -> list[tuple[str, str]]:
    """The decisions of then and of now, a pair each; empty where there is none."""
    return list(zip_longest(difference.then, difference.now, fillvalue=""))
