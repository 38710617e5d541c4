"""What may happen to a call in one of its states: by the caller, by the world, and by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ivr.core.events import Answered, DeadlinePassed, Event, KeyPressed, LookupAnswered, LookupFailed, PlaybackEnded
from ivr.core.flow import Flow
from ivr.core.node import Node
from ivr.core.session import Session, node_of
from ivr.core.turn import Turn
from ivr.lint.states.cutting import until_choice
from ivr.lint.states.explored import State
from ivr.lint.states.moves import Cause
from ivr.lint.states.opened import PASSED, TAKEN, Fork
from ivr.lint.states.unknown import NOMINAL, Unknown
from ivr.nodes.menu import Menu


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that may happen."""

    cause: Cause
    told: str
    """In words; empty where nothing is done."""
    events: tuple[Event, ...]
    """To be told one after the other, each as `timed` makes it."""
    elapsed: int = 0
    """Milliseconds before it begins; what waits for a deadline takes that time besides."""


def happenings(flow: Flow, state: State) -> Iterator[Happening]:
    """All that may happen, but for hanging up; `flow` is an opened one."""
    session = state.session
    match session.phase:
        case "waiting":
            yield Happening("begin", "", (Answered(0),))
        case "done":
            pass
        case "apologising":
            yield from _heard(state)
        case _ if session.playing:
            yield from _heard(state)
            yield from _interrupting(flow, state)
        case _:
            yield from _waiting(flow, state)


def announces(node: Node) -> bool:
    """Whether callers need not wait for the end of a prompt, because it announces the choices one by one."""
    return isinstance(node, Menu) and node.input.keys_barge_in and bool(node.announced())


def _heard(state: State) -> Iterator[Happening]:
    if state.session.playing:
        yield Happening("heard", "", tuple(PlaybackEnded(0, each) for each in state.session.playing), state.audio)


def _interrupting(flow: Flow, state: State) -> Iterator[Happening]:
    node = node_of(flow, state.session)
    if isinstance(node, Menu) and announces(node):
        turn = Turn(flow, state.session, state.at)
        for choice in node.choices:
            stimulus, cut = node.stimulus(turn, choice), until_choice(node, choice, turn)
            if stimulus is not None and cut is not None and cut < state.audio:
                yield Happening(stimulus.cause, stimulus.told, stimulus.events, cut)


def _waiting(flow: Flow, state: State) -> Iterator[Happening]:
    node = node_of(flow, state.session)
    if isinstance(node, Fork):
        case = node.branch.cases[state.session.memory["case"]].when.source
        yield Happening("decided", f"let {case} hold", (LookupAnswered(0, 0, TAKEN),))
        yield Happening("decided", f"let {case} not hold", (LookupAnswered(0, 0, PASSED),))
    else:
        for each in node.stimuli(Turn(flow, state.session, state.at)):
            yield Happening(each.cause, each.told, each.events)


def timed(event: Event, session: Session, now: int) -> Event:
    """The event at its time, about the lookup that is awaited, whose answer is unknown."""
    match event:
        case KeyPressed(key=key):
            return KeyPressed(now, key)
        case DeadlinePassed():
            return DeadlinePassed(now)
        case LookupAnswered(status=status):
            return LookupAnswered(now, session.fetching or 0, status, {}, Unknown(NOMINAL))
        case LookupFailed():
            return replace(event, at=now, lookup=session.fetching or 0)
        case _:
            return replace(event, at=now)
