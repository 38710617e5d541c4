"""Notes step by step which way a call takes, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from ivr.calls.records.record import Leg, Outcome
from ivr.core.effects import Effect, End, Explain
from ivr.core.events import Event, Who
from ivr.core.session import Session, place
from ivr.core.stimulus import Cause

MOST_LEGS = 200
"""Of a longer way the beginning and the end are kept: what is left out is in the middle."""
PEOPLE: tuple[Who, ...] = get_args(Who)
"""Who ended a call, if no node did."""
CALLER: Who = "caller"
OPERATOR: Who = "operator"
TRANSFERRED = "transfer"
"""The reason of a call that was handed on."""
ERRORS = ("error", "failure")
"""The reasons of the engine: something went wrong, or attempts were used up, and the flow has no way out."""

Plain = list[Any]
"""The fields of a leg, in their order, without those at the end that are as usual."""
_EXIT, _NO_INPUTS, _NO_MATCHES, _LOOKUP = 2, 3, 4, 5
_USUAL: Plain = ["", 0, 0, ""]
_COUNTED: dict[Cause | None, int] = {"silence": _NO_INPUTS, "wrong": _NO_MATCHES}


class Trail:
    """The way of one call so far.

    Theory of operation. A step tells of each node that it leaves, by the exit that it names, and often of nodes at
    which something is decided. So whatever is told of a node that the call was not known to be at has it entered
    there. A node that runs a subflow stays open until it is left itself; what is still open in the subflow then was
    left by the subflow's return, or by its failure, and has the same exit. What is done after the end of the call is
    no part of its way.
    """

    def __init__(self, legs: Sequence[Plain] = ()) -> None:
        self._legs: list[Plain] = [[*leg] for leg in legs]
        self._open: list[Plain] = [leg for leg in self._legs if _is_open(leg)]
        """Where the call is: a node, and those whose subflows it is in."""

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The nodes in the order in which they were entered; those of a subflow come behind the node that runs it."""
        return legs(self._legs)

    def to_plain(self) -> list[Plain]:
        """The same as plain data, which is to be written and not changed."""
        return self._legs

    @classmethod
    def from_plain(cls, plain: Sequence[Plain]) -> Trail:
        """Go on where another trail was, after it has been JSON."""
        return cls(plain)

    def step(self, before: Session, event: Event, after: Session, effects: Sequence[Effect]) -> None:
        """Note one step: what it was given, and what it gave."""
        if before.phase in ("over", "done"):
            return
        at = event.at
        if self._open and self._open[-1][0] != before.place:
            self._mend(before)
        for effect in effects:
            if isinstance(effect, Explain):
                if effect.key is None:
                    self._note(effect, at)
            elif isinstance(effect, End):
                if after.ended_by is not None and after.ended_by not in PEOPLE:
                    self._at(after.ended_by, at)
                return
        if after.phase == "talking":
            self._at(after.place, at)

    def _mend(self, before: Session) -> None:
        """The call is elsewhere: in what was not told, or because a subflow failed."""
        places = {place(before.stack[: depth + 1]) for depth in range(len(before.stack))}
        self._open = [leg for leg in self._open if leg[0] in places]

    def _note(self, told: Explain, at: int) -> None:
        leg = self._at(told.node, at)
        if (counted := _COUNTED.get(told.cause)) is not None:
            _fill(leg)
            leg[counted] += 1
        elif told.cause in ("found", "failed"):
            _fill(leg)
            leg[_LOOKUP] = told.cause
        if told.exit:
            self._leave(leg, told.exit)

    def _at(self, here: str, at: int) -> Plain:
        """The visit of a node at which the call is."""
        for leg in reversed(self._open):
            if leg[0] == here:
                return leg
        leg = [here, at]
        if len(self._legs) >= MOST_LEGS:
            self._legs.remove(next(each for each in self._legs[MOST_LEGS // 2 :] if not _is_open(each)))
        self._legs.append(leg)
        self._open.append(leg)
        return leg

    def _leave(self, leg: Plain, way: str) -> None:
        while True:
            last = self._open.pop()
            last[_EXIT:_NO_INPUTS] = [way]
            if last is leg:
                return


def legs(plain: Sequence[Plain]) -> tuple[Leg, ...]:
    """Legs as `to_plain` wrote them."""
    return tuple(Leg(*each) for each in plain)


def _is_open(leg: Plain) -> bool:
    return len(leg) <= _EXIT or not leg[_EXIT]


def _fill(leg: Plain) -> None:
    """Have all fields."""
    leg += _USUAL[len(leg) - _EXIT :]


def outcome(reason: str | None, ended_by: str | None, goals: Sequence[object]) -> Outcome:
    """What became of a call that is over: why it ended, which node or who ended it, and its goals.

    A flow whose own `hangup` has the reason of a transfer or of an error says the same by it.
    """
    if reason == TRANSFERRED:
        return "transferred"
    if reason is None or reason in ERRORS:
        return "failed"
    if goals or ended_by not in (CALLER, OPERATOR):
        return "contained"
    return "abandoned" if ended_by == CALLER else "failed"
