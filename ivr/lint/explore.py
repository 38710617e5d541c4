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
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ivr.core.durations import duration
from ivr.core.effects import Clear, Effect, Explain, Play
from ivr.core.events import (
    Answered,
    DeadlinePassed,
    Event,
    HungUp,
    KeyPressed,
    LookupAnswered,
    LookupFailed,
    PlaybackEnded,
)
from ivr.core.flow import Flow
from ivr.core.gathering import InputNode
from ivr.core.node import Node
from ivr.core.reading import Reading
from ivr.core.session import Activation, Call, Phase, Session, begin
from ivr.core.step import step
from ivr.core.turn import Turn
from ivr.document.source import Path, Source
from ivr.lint.cutting import until_choice
from ivr.lint.explored import Cause, Explored, Move, Passage, Place, State
from ivr.lint.live import live
from ivr.lint.opened import PASSED, TAKEN, Fork, opened
from ivr.lint.unknown import NOMINAL, Unknown, Watch, is_unknown
from ivr.lint.ways import ways
from ivr.nodes.menu import Menu

MOST_STATES = 60_000
MANY_VALUES, MOST_VALUES = 8, 24
"""Combinations of values that one node is met with: with more, only counters stay exact; with still more, nothing."""
ACCEPTED: tuple[Cause, ...] = ("choice", "universal", "answer")
"""What a node takes, at whichever attempt."""
EXPLORED = Call("call", "caller", "called", "inbound", 0)


@dataclass(frozen=True, slots=True)
class _Key:
    """All of a session that may matter later."""

    phase: Phase
    language: str
    values: Any
    """Where all flows at work are, and the values in them."""
    missed: int
    confirming: bool
    waits: tuple[Any, ...]
    """What the node waits for: more of a prompt, a lookup, a transfer, a recording, a decision."""


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
        self._targets = {
            (Place(each.id, way.source), way.exit): way.target
            for each in involved
            for way in ways(each, sources[each.file])
        }
        self._goes_back = {each.id for each in involved if any(way.do == "back" for way in each.universals)}
        self._states: list[State] = []
        self._keys: list[_Key] = []
        self._by_state: dict[int, list[Move]] = {}
        self._known: dict[_Key, int] = {}
        self._moves: list[Move] = []
        self._values: dict[Place, set[Any]] = {}
        self._hung_up: set[Any] = set()
        self._blurred: set[Place] = set()
        self._unset: dict[tuple[str, Path, str], Move] = {}

    def explored(self) -> Explored:
        """Take every step from every state."""
        self._found(begin(self._flow, EXPLORED, {}), 0, 0)
        waiting = deque([0])
        while waiting and len(self._states) < MOST_STATES:
            source = waiting.popleft()
            moves = list(self._repeated(source))
            for happening in self._next(self._states[source], {move.cause for move in moves}):
                first_unknown = len(self._states)
                alike = moves[-1] if happening.cause == "wrong" and self._misses_alike(source) else None
                moves.append(self._move(source, happening) if alike is None else _instead(alike, happening))
                if moves[-1].target == first_unknown:
                    waiting.append(first_unknown)
            self._by_state[source] = moves
            self._moves.extend(moves)
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

    def _repeated(self, source: int) -> Iterator[Move]:
        """What is the same as at the first attempt: whatever the caller does, but for one more miss."""
        key = self._keys[source]
        first = self._known.get(replace(key, missed=0)) if key.missed else None
        for move in self._by_state.get(source if first is None else first, ()):
            if move.cause in ACCEPTED:
                yield replace(move, source=source)

    def _misses_alike(self, source: int) -> bool:
        """Whether a wrong key, which follows silence here, is answered as silence is."""
        node = self._node(self._states[source].session)
        return isinstance(node, InputNode) and node.input.no_input == node.input.no_match

    # What may happen

    def _next(self, state: State, known: Collection[Cause]) -> Iterator[_Happening]:
        """What may happen in a state, but for what is known already."""
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
                if each.cause not in known:
                    yield _Happening(each.cause, each.told, each.events)
        if session.phase == "talking" and self._flow.on_hangup is not None and self._hangs_up_anew(session):
            yield _Happening("hangup", "hang up", (HungUp(0),))

    def _hangs_up_anew(self, session: Session) -> bool:
        """Whether the work after the call may differ from that after all earlier ones."""
        begun = session.stack[0]
        key = session.language, self._valued(begun.flow, self._flow.on_hangup or "", begun.variables)
        anew = key not in self._hung_up
        self._hung_up.add(key)
        return anew

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

    def _move(self, source: int, happening: _Happening) -> Move:
        """Let it happen."""
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
        happened = now
        audio = _audio(effects) if session.playing else 0
        while session.playing and not self._waits_to_be_heard(session):
            now += audio
            session, more = step(self._flow, session, PlaybackEnded(now, session.playing[-1]))
            effects.extend(more)
            audio = _audio(more)
        target = self._found(_settled(session), now, audio)
        passages = tuple(self._passages(effects))
        error = session.error
        made = Move(
            source,
            target,
            happening.cause,
            happening.told,
            happened - before.at,
            sum(isinstance(event, KeyPressed) for event in happening.events),
            now - happened,
            passages,
            tuple(name for name, _ in session.goals),
            asks=(bool(passages) or happening.cause == "begin") and self._asks(session),
            loops=error is not None and error is not before.session.error and error.kind == "loop",
        )
        for unset in sorted(self._watch.unset, key=str):
            self._unset.setdefault(unset, made)
        return made

    def _until_sent(self, session: Session, now: int, effects: list[Effect]) -> tuple[Session, int]:
        """Let time pass until the next try of a lookup has left."""
        while session.fetching is None and session.deadline is not None:
            now = max(now, session.deadline)
            session, more = step(self._flow, session, DeadlinePassed(now))
            effects.extend(more)
        return session, now

    def _passages(self, effects: Iterable[Effect]) -> Iterator[Passage]:
        for effect in effects:
            if isinstance(effect, Explain) and effect.exit:
                place = _place(effect.node, self._flow)
                yield Passage(place, effect.exit, self._targets.get((place, effect.exit), ""))

    def _waits_to_be_heard(self, session: Session) -> bool:
        """Whether something else may happen while a prompt plays, or nodes may only play for ever."""
        node = self._node(session)
        announcing = isinstance(node, Menu) and node.input.keys_barge_in and bool(node.announced())
        return node.kind in ("play", "http") or (announcing and session.phase == "talking")

    def _asks(self, session: Session) -> bool:
        return session.phase == "talking" and self._node(session).is_input

    # States that are alike

    def _found(self, session: Session, at: int, audio: int) -> int:
        """The state of a session, new or known."""
        place = Place(session.here.flow, session.here.node)
        met = self._values.setdefault(place, set())
        values = self._stacked(session)
        for most, kept in ((MANY_VALUES, True), (MOST_VALUES, False)):
            if len(met) >= most and values not in met:
                session = self._blur(session, counters=kept)
                values = self._stacked(session)
                self._blurred.add(place)
        met.add(values)
        key = _key(session, values, audio)
        known = self._known.setdefault(key, len(self._states))
        if known == len(self._states):
            ended = session.phase not in ("waiting", "talking")
            self._states.append(State(place, session, at, audio, ended))
            self._keys.append(key)
        return known

    def _stacked(self, session: Session) -> Any:
        """Where all flows at work are, and the values in them that may matter."""
        return tuple(
            (each.node, self._valued(each.flow, each.node, each.variables), self._back(each)) for each in session.stack
        )

    def _back(self, activation: Activation) -> tuple[str, ...]:
        """Where `back` leads, in flows that offer it."""
        return activation.history[-2:-1] if activation.flow in self._goes_back else ()

    def _valued(self, flow: str, node: str, there: Mapping[str, Any]) -> Any:
        """The values of one flow that may matter at a node, and which variables have one at all."""
        known = self._live[flow]
        exact = tuple((name, _frozen(there[name])) for name in known.values.get(node, ()) if name in there)
        has = tuple(name for name in known.set.get(node, ()) if name in there)
        return flow, exact, has

    def _blur(self, session: Session, *, counters: bool) -> Session:
        """Forget the values of variables where there are too many, but for counters if these are to be kept."""
        return replace(session, stack=tuple(self._blurred_in(each, counters=counters) for each in session.stack))

    def _blurred_in(self, activation: Activation, *, counters: bool) -> Activation:
        known = self._live[activation.flow]
        kept = known.counters if counters else frozenset()
        wanted = (name for name in known.values.get(activation.node, ()) if name not in kept)
        unclear = {name: Unknown(NOMINAL) for name in wanted if name in activation.variables}
        return replace(activation, variables={**activation.variables, **unclear})


def _key(session: Session, values: Any, audio: int) -> _Key:
    memory = session.memory
    confirming = memory.get("candidate") is not None
    playing, fetching, recording = bool(session.playing), session.fetching is None, session.recording is None
    waits = playing, audio, fetching, recording, memory.get("asked"), memory.get("case")
    return _Key(session.phase, session.language, values, memory.get("missed", 0), confirming, waits)


def _instead(move: Move, happening: _Happening) -> Move:
    """The same move for another reason, at once."""
    return replace(move, cause=happening.cause, told=happening.told, elapsed=happening.elapsed)


def _at(event: Event, session: Session, now: int) -> Event:
    """The event at its time, about the lookup that is awaited."""
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


def _settled(session: Session) -> Session:
    """The session without what the explorer does not look at."""
    if session.recovering or session.chain or session.goals or session.keys or session.swallow is not None:
        return replace(session, recovering=False, chain=0, goals=(), keys="", swallow=None)
    return session


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


def _place(told: str, flow: Flow) -> Place:
    """The place that `session.place` names: `node`, or `flow/node` in a subflow."""
    other, slash, node = told.partition("/")
    return Place(other, node) if slash and told not in flow.nodes else Place(flow.id, told)
