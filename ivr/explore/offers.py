"""What may be done in a call at one of its moments: by the caller, and by the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ivr.core.events import DeadlinePassed, KeyPressed, SpeechEnded
from ivr.core.expressions import ExpressionError
from ivr.core.flow import Flow
from ivr.core.gathering import InputNode
from ivr.core.session import node_of
from ivr.core.spoken import normal
from ivr.core.stimulus import Stimulus
from ivr.core.turn import Turn
from ivr.core.universals import pressed_universal, said_universal
from ivr.core.values import reveal
from ivr.explore.circumstances import TRANSFER, UNSUPPORTED, Settled
from ivr.explore.deeds import Deed, Moment
from ivr.explore.entries import entries
from ivr.explore.marks import Mark, Owner, reply, variable
from ivr.explore.outlook import Outlook, scope_of
from ivr.explore.replies import replies
from ivr.nodes.collect import Collect
from ivr.nodes.http import Http
from ivr.nodes.menu import Menu
from ivr.nodes.record import Record
from ivr.nodes.transfer import Transfer

BEGIN = Deed("begin", "")
HANG_UP = Deed("hangup", "")
ACCEPTED = ("choice", "universal", "answer")
"""What leads to the same at whichever attempt."""
NOT_OFFERED = "not offered"
"""The label of a key that means nothing."""
FAULTS = ("busy", "no_answer")
MESSAGE = "This is my message."


@dataclass(frozen=True)
class Offers:
    """What may be done in the calls of a flow."""

    flow: Flow
    marks: Mapping[Owner, tuple[Mark, ...]]
    outlook: Outlook

    def at(self, moment: Moment, settled: Settled) -> tuple[Deed, ...]:
        """All that may be done at a moment, hanging up last."""
        session = moment.session
        match session.phase:
            case "waiting":
                return (BEGIN,)
            case "talking":
                # What becomes of a transfer is known at once, so that nobody can hang up before.
                hangs_up = () if session.memory.get("asked") else (HANG_UP,)
                return (*self._talking(moment, settled), *hangs_up)
            case "over":
                return tuple(self._node(moment, settled))
            case _:
                return ()

    def _talking(self, moment: Moment, settled: Settled) -> Iterator[Deed]:
        deeds = tuple(self._node(moment, settled))
        if moment.session.memory.get("missed", 0):
            # What is taken leads to the same as at the first attempt, and of what is wrong one kind is enough.
            plain = any(deed.cause == "wrong" and deed.label == NOT_OFFERED for deed in deeds)
            deeds = tuple(
                deed
                for deed in deeds
                if deed.cause not in ACCEPTED and not (plain and deed.cause == "wrong" and deed.label != NOT_OFFERED)
            )
        yield from deeds

    def _node(self, moment: Moment, settled: Settled) -> Iterator[Deed]:
        session = moment.session
        node, turn = node_of(self.flow, session), Turn(self.flow, session, moment.at)
        match node:
            case Http():
                owner = reply(session.here.flow, node.id)
                yield from replies(
                    turn, node, self.marks.get(owner, ()), self._others(moment), self._ahead(moment, node.next)
                )
            case Transfer():
                yield from _transfers(dict(settled).get(TRANSFER, ""))
            case Record():
                yield from _recorded(node)
            case Collect() if session.memory.get("candidate") is None:
                left = [_deed(each, turn) for each in node.stimuli(turn) if each.cause != "answer"]
                # At a further attempt, entries would lead nowhere else, if there is a simpler way to be wrong.
                if not session.memory.get("missed", 0) or not any(deed.cause == "wrong" for deed in left):
                    owner = variable(session.here.flow, node.into)
                    known = self.marks.get(owner, ())
                    yield from entries(turn, node, known, self._others(moment), self._ahead(moment, node.next))
                yield from left
            case InputNode():
                yield from (_deed(each, turn) for each in node.stimuli(turn))
                if isinstance(node, Menu):
                    yield from _begun(node, turn)
            case _:
                pass

    def _others(self, moment: Moment) -> Any:
        """What other sides of comparisons are now."""
        session = moment.session

        def known(mark: Mark) -> tuple[Any, ...]:
            if mark.use.other is None:
                return ()
            here = next((each for each in reversed(session.stack) if each.flow == mark.flow), None)
            flow = self.flow.flow(mark.flow)
            scope = scope_of(flow, session, flow.variables if here is None else here.variables, moment.at)
            try:
                return (reveal(mark.use.other.evaluate(scope)),)
            except ExpressionError:
                return ()

        return known

    def _ahead(self, moment: Moment, node: str | None) -> Any:
        def decides(values: Mapping[str, Any]) -> Any:
            return self.outlook.ahead(moment.session, node, values, moment.at)

        return decides


def _deed(stimulus: Stimulus, turn: Turn) -> Deed:
    """What a caller does, as a scenario says it."""
    keys = "".join(event.key for event in stimulus.events if isinstance(event, KeyPressed))
    says = next((event.text for event in stimulus.events if isinstance(event, SpeechEnded)), "")
    waits = any(isinstance(event, DeadlinePassed) for event in stimulus.events)
    label = NOT_OFFERED if stimulus.cause == "wrong" else ""
    if stimulus.cause == "universal":
        place = pressed_universal(turn, keys) if keys else said_universal(turn, normal(says))
        label = f"universals.{place}"
    return Deed(stimulus.cause, label, keys=keys, says=says, waits=waits)


def _begun(menu: Menu, turn: Turn) -> Iterator[Deed]:
    """A choice of several keys that is given up after the first."""
    offered = {choice.press for choice in menu.choices if choice.press} | {
        each.press for each in turn.flow.universals if each.press
    }
    begun = sorted(press[0] for press in offered if len(press) > 1 and press[0] not in offered)
    if begun:
        yield Deed("wrong", "too short", keys=begun[0], waits=True)


def _recorded(node: Record) -> Iterator[Deed]:
    yield Deed("answer", "", says=MESSAGE, waits=True)
    if node.finish:
        yield Deed("answer", "ended by a key", says=MESSAGE, ends=node.finish[0])
    yield Deed("silence", "", waits=True)


def _transfers(settled: str) -> Iterator[Deed]:
    """What becomes of a transfer: the same as of an earlier one in the call."""
    if settled in FAULTS:
        yield Deed("not_handed_over", settled, fault=settled)  # type: ignore[arg-type]  # the pattern of FAULTS
        return
    if settled != UNSUPPORTED:
        yield Deed("handed_over", "")
        for fault in FAULTS:
            yield Deed("not_handed_over", fault, fault=fault)  # type: ignore[arg-type]  # the same
