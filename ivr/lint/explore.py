"""All that may become of a call: every state that callers and the world can bring it to, found by `step` itself.

Theory of operation. A state is a session, less what can't matter later: times, numbers, and variables that no node
which may still come reads. From each state every stimulus of its node is told to `step`, on a flow in which the
world's values are unknown (`opened`); what comes out is a state seen before or a new one. An `on_failure` or
`on_error` may be taken again and again here, where a real call ends with an apology the second time in a row, so
that a circle which only the apology breaks is seen. What is found is a superset of all real calls.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ivr.core.durations import duration
from ivr.core.effects import Clear, Effect, Explain, Play
from ivr.core.events import Answered, DeadlinePassed, Event, HungUp, LookupAnswered, LookupFailed, PlaybackEnded
from ivr.core.flow import Flow
from ivr.core.node import Node
from ivr.core.reading import Reading
from ivr.core.session import Activation, Call, Session, begin
from ivr.core.step import step
from ivr.core.turn import Turn
from ivr.document.source import Path, Source
from ivr.lint.cutting import until_choice
from ivr.lint.explored import Cause, Explored, Move, Passage, Place, State
from ivr.lint.live import NONE, live
from ivr.lint.opened import PASSED, TAKEN, Fork, opened
from ivr.lint.unknown import NOMINAL, Unknown, Watch, is_unknown
from ivr.nodes.menu import Menu

MOST_STATES = 60_000
MOST_AT_A_PLACE = 400
"""States of one node; where there are more, its variables count as unknown."""
REMEMBERED = ("missed", "asked", "case")
"""What of a node's own memory decides where the call goes."""
EXPLORED = Call("call", "caller", "called", "inbound", 0)


@dataclass(frozen=True, slots=True)
class _Happening:
    """What may happen in a state."""

    cause: Cause
    told: str
    events: tuple[Event, ...]
    elapsed: int = 0
    """Milliseconds before it begins; what waits for a deadline takes that time besides."""


def explore(flow: Flow, readings: Mapping[str, Reading], sources: Mapping[str, Source]) -> Explored:
    """Walk through a flow that callers can reach, and the flows that it calls.

    Args:
        flow: the flow of the call.
        readings: of all flows of the folder, by id.
        sources: of all their files, by name.
    """
    return _Walk(flow, readings, sources).explored()


class _Walk:
    """The states found so far."""

    def __init__(self, flow: Flow, readings: Mapping[str, Reading], sources: Mapping[str, Source]) -> None:
        self._watch = Watch()
        self._written = flow
        self._flow = opened(flow, readings, self._watch)
        involved = [flow.flow(id) for id in sorted(self._flow.flows)]
        self._live = live(involved, sources)
        self._goes_back = {each.id for each in involved if any(way.do == "back" for way in each.universals)}
        self._states: list[State] = []
        self._known: dict[Any, int] = {}
        self._moves: list[Move] = []
        self._count: dict[Place, int] = {}
        self._blurred: set[Place] = set()
        self._unset: dict[tuple[str, Path, str], int] = {}

    def explored(self) -> Explored:
        """Take every step from every state."""
        self._found(begin(self._flow, EXPLORED, {}), 0, 0)
        waiting = deque([0])
        while waiting and len(self._states) < MOST_STATES:
            source = waiting.popleft()
            for happening in self._next(self._states[source]):
                first_unknown = len(self._states)
                target = self._move(source, happening)
                if target == first_unknown:
                    waiting.append(target)
        decided = {case: frozenset(found) for case, found in self._watch.decided.items()}
        return Explored(
            self._written,
            tuple(self._states),
            tuple(self._moves),
            not waiting,
            frozenset(self._blurred),
            decided,
            self._unset,
        )

    # What may happen

    def _next(self, state: State) -> Iterator[_Happening]:
        session = state.session
        match session.phase:
            case "waiting":
                yield _Happening("begin", "", (Answered(0),))
                return
            case "done":
                return
            case _:
                pass
        node = self._node(session)
        if session.playing:
            yield _Happening("heard", "", tuple(PlaybackEnded(0, each) for each in session.playing), state.audio)
        if session.phase == "apologising":
            return
        if session.playing:
            yield from self._interrupting(node, state)
        elif isinstance(node, Fork):
            case = node.branch.cases[session.memory["case"]].when.source
            yield _Happening("decided", f"let {case} hold", (LookupAnswered(0, 0, TAKEN),))
            yield _Happening("decided", f"let {case} not hold", (LookupAnswered(0, 0, PASSED),))
        else:
            for each in node.stimuli(Turn(self._flow, session, state.at)):
                yield _Happening(each.cause, each.told, each.events)
        if session.phase == "talking" and self._flow.on_hangup is not None:
            yield _Happening("hangup", "hang up", (HungUp(0),))

    def _interrupting(self, node: Node, state: State) -> Iterator[_Happening]:
        """A menu that announces its choices one by one: callers need not wait for the rest."""
        if isinstance(node, Menu) and node.input.keys_barge_in and node.announced():
            turn = Turn(self._flow, state.session, state.at)
            for choice in node.choices:
                stimulus, cut = node.stimulus(turn, choice), until_choice(node, choice, turn)
                if stimulus is not None and cut is not None and cut < state.audio:
                    yield _Happening(stimulus.cause, stimulus.told, stimulus.events, cut)

    def _node(self, session: Session) -> Node:
        return self._flow.flow(session.here.flow).nodes[session.here.node]

    # What it leads to

    def _move(self, source: int, happening: _Happening) -> int:
        """Let it happen, and say to which state that leads."""
        before = self._states[source]
        session, now = before.session, before.at + happening.elapsed
        effects: list[Effect] = []
        self._watch.unset.clear()
        for event in happening.events:
            if isinstance(event, LookupFailed):
                session, now = self._until_sent(session, now, effects)
            if isinstance(event, DeadlinePassed):
                now = max(now, session.deadline or now)
            session, more = step(self._flow, session, _at(event, session, now))
            effects.extend(more)
        target = self._found(_settled(session), now, _audio(effects) if session.playing else 0)
        passages = tuple(_passages(effects, self._flow))
        error = session.error
        self._moves.append(
            Move(
                source,
                target,
                happening.cause,
                happening.told,
                now - before.at,
                passages,
                tuple(name for name, _ in session.goals),
                asks=(bool(passages) or happening.cause == "begin") and self._asks(session),
                loops=error is not None and error is not before.session.error and error.kind == "loop",
            )
        )
        for unset in sorted(self._watch.unset, key=str):
            self._unset.setdefault(unset, len(self._moves) - 1)
        return target

    def _until_sent(self, session: Session, now: int, effects: list[Effect]) -> tuple[Session, int]:
        """Let time pass until the next try of a lookup has left."""
        while session.fetching is None and session.deadline is not None:
            now = max(now, session.deadline)
            session, more = step(self._flow, session, DeadlinePassed(now))
            effects.extend(more)
        return session, now

    def _asks(self, session: Session) -> bool:
        return session.phase == "talking" and self._node(session).is_input

    # States that are alike

    def _found(self, session: Session, at: int, audio: int) -> int:
        """The state of a session, new or known."""
        place = Place(session.here.flow, session.here.node)
        if self._count.get(place, 0) >= MOST_AT_A_PLACE:
            session = self._blur(session, place)
        key = self._key(session, audio)
        known = self._known.setdefault(key, len(self._states))
        if known == len(self._states):
            self._count[place] = self._count.get(place, 0) + 1
            ended = session.phase not in ("waiting", "talking")
            self._states.append(State(place, session, at, audio, ended))
        return known

    def _key(self, session: Session, audio: int) -> Any:
        """All that may matter later."""
        confirming = session.memory.get("candidate") is not None
        memory = tuple((name, session.memory[name]) for name in REMEMBERED if name in session.memory)
        stack = tuple(map(self._activation, session.stack))
        waits = (bool(session.playing), audio, session.fetching is None, session.recording is None)
        return session.phase, session.language, confirming, memory, stack, waits

    def _activation(self, activation: Activation) -> Any:
        known = self._live[activation.flow]
        values = known.values.get(activation.node, NONE)
        late = known.set.get(activation.node, NONE)
        there = activation.variables
        exact = tuple((name, _frozen(there[name])) for name in sorted(values & there.keys()))
        has = tuple(sorted(late & there.keys()))
        back = activation.history[-2:-1] if activation.flow in self._goes_back else ()
        return activation.flow, activation.node, exact, has, back

    def _blur(self, session: Session, place: Place) -> Session:
        """Forget the values of variables that a node has met too many of."""
        here = session.here
        wanted = self._live[place.flow].values.get(place.node, NONE) & here.variables.keys()
        if all(is_unknown(here.variables[name]) for name in wanted):
            return session
        self._blurred.add(place)
        variables = {**here.variables, **dict.fromkeys(wanted, Unknown(NOMINAL))}
        return replace(session, stack=(*session.stack[:-1], replace(here, variables=variables)))


def _at(event: Event, session: Session, now: int) -> Event:
    """The event at its time, about the lookup that is awaited."""
    match event:
        case LookupAnswered(status=status):
            return LookupAnswered(now, session.fetching or 0, status, {}, Unknown(NOMINAL))
        case LookupFailed():
            return replace(event, at=now, lookup=session.fetching or 0)
        case _:
            return replace(event, at=now)


def _settled(session: Session) -> Session:
    """The session without what the explorer does not look at."""
    return replace(session, recovering=False, chain=0, goals=(), keys="", swallow=None)


def _frozen(value: Any) -> Any:
    if is_unknown(value):
        return "?"
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True)
    return type(value).__name__, value


def _audio(effects: Iterable[Effect]) -> int:
    """Milliseconds of what plays after a step."""
    total = 0
    for effect in effects:
        match effect:
            case Play(prompt=prompt):
                total += sum(map(duration, prompt))
            case Clear():
                total = 0
            case _:
                pass
    return total


def _passages(effects: Iterable[Effect], flow: Flow) -> Iterator[Passage]:
    for effect in effects:
        if isinstance(effect, Explain) and effect.exit:
            yield Passage(_place(effect.node, flow), effect.exit)


def _place(told: str, flow: Flow) -> Place:
    """The place that `session.place` names: `node`, or `flow/node` in a subflow."""
    other, slash, node = told.partition("/")
    return Place(other, node) if slash and told not in flow.nodes else Place(flow.id, told)
