"""All that may become of a call: every state that callers and the world can bring it to, found by `step` itself.

Theory of operation. A state is a session, less what can't matter later: times, numbers, and variables that no node
which may still come reads. From each state every stimulus of its node is told to `step`, on a flow in which the
world's values are unknown (`opened`); what comes out is a state seen before or a new one. An `on_failure` or
`on_error` may be taken again and again here, where a real call ends with an apology the second time in a row, so
that a circle which only the apology breaks is seen. What is found is a superset of all real calls.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ivr.core.durations import queued
from ivr.core.effects import Effect, Explain
from ivr.core.events import (
    DeadlinePassed,
    HungUp,
    KeyPressed,
    LookupFailed,
    PlaybackEnded,
)
from ivr.core.flow import Flow
from ivr.core.gathering import InputNode
from ivr.core.reading import Reading
from ivr.core.session import Call, Session, begin, located, node_of
from ivr.core.step import step
from ivr.document.source import Path, Source
from ivr.lint.states.alike import MANY_VALUES, Alike, Key, key_of
from ivr.lint.states.explored import Explored, State
from ivr.lint.states.happenings import Happening, announces, happenings, timed
from ivr.lint.states.moves import Cause, Move, Passage, Place
from ivr.lint.states.opened import opened
from ivr.lint.states.unknown import Watch
from ivr.lint.ways import ways

MOST_STATES = 60_000
ACCEPTED: tuple[Cause, ...] = ("choice", "universal", "answer")
"""What a node takes, at whichever attempt."""
EXPLORED = Call("call", "caller", "called", "inbound", 0)


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
        self._alike = Alike.of(involved, sources)
        self._targets = {
            (Place(each.id, way.source), way.exit): way.target
            for each in involved
            for way in ways(each, sources[each.file])
        }
        self._states: list[State] = []
        self._keys: list[Key] = []
        self._by_state: dict[int, list[Move]] = {}
        self._known: dict[Key, int] = {}
        self._moves: list[Move] = []
        self._values: dict[Place, set[Any]] = {}
        self._hung_up: set[Any] = set()
        self._blurred: set[Place] = set()
        self._unset: dict[tuple[str, Path, str], Move] = {}
        self._failing: dict[tuple[str, Path], tuple[str, Move]] = {}

    def explored(self) -> Explored:
        """Take every step from every state."""
        self._found(begin(self._flow, EXPLORED, {}), 0, 0)
        waiting = deque([0])
        while waiting and len(self._states) < MOST_STATES:
            source = waiting.popleft()
            moves = list(self._repeated(source))
            known = {move.cause for move in moves}
            for happening in self._next(self._states[source]):
                if happening.cause in known:
                    continue
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
            {place: why for place, why in self._failing.items() if place not in self._watch.worked},
        )

    def _repeated(self, source: int) -> Iterator[Move]:
        """What is the same as at the first attempt: whatever the caller does, but for one more miss."""
        key = self._keys[source]
        first = self._known.get(replace(key, missed=0)) if key.missed else None
        for move in () if first is None else self._by_state.get(first, ()):
            if move.cause in ACCEPTED:
                yield replace(move, source=source)

    def _misses_alike(self, source: int) -> bool:
        """Whether a wrong key, which follows silence here, is answered as silence is."""
        node = node_of(self._flow, self._states[source].session)
        return isinstance(node, InputNode) and node.input.no_input == node.input.no_match

    # What may happen

    def _next(self, state: State) -> Iterator[Happening]:
        yield from happenings(self._flow, state)
        hangs_up = state.session.phase == "talking" and self._flow.on_hangup is not None
        if hangs_up and self._hangs_up_anew(state.session):
            yield Happening("hangup", "hang up", (HungUp(0),))

    def _hangs_up_anew(self, session: Session) -> bool:
        """Whether the work after the call may differ from that after all earlier ones."""
        begun = session.stack[0]
        key = session.language, self._alike.known(begun.flow, self._flow.on_hangup or "", begun.variables)
        anew = key not in self._hung_up
        self._hung_up.add(key)
        return anew

    # What it leads to

    def _move(self, source: int, happening: Happening) -> Move:
        """Let it happen."""
        before = self._states[source]
        session, now = before.session, before.at + happening.elapsed
        effects: list[Effect] = []
        self._watch.unset.clear()
        self._watch.failed.clear()
        for event in happening.events:
            if isinstance(event, LookupFailed):
                session, now = self._until_sent(session, now, effects)
            if isinstance(event, DeadlinePassed):
                now = max(now, session.deadline or now)
            session, more = step(self._flow, session, timed(event, session, now))
            effects.extend(more)
        happened = now
        audio = queued(effects) if session.playing else 0
        while session.playing and not self._waits_to_be_heard(session):
            now += audio
            session, more = step(self._flow, session, PlaybackEnded(now, session.playing[-1]))
            effects.extend(more)
            audio = queued(more)
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
        for flow, path, why in sorted(self._watch.failed, key=str):
            self._failing.setdefault((flow, path), (why, made))
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
                place = Place(*located(effect.node, self._flow))
                yield Passage(place, effect.exit, self._targets.get((place, effect.exit), ""))

    def _waits_to_be_heard(self, session: Session) -> bool:
        """Whether something else may happen while a prompt plays, or nodes may only play for ever."""
        node = node_of(self._flow, session)
        return node.kind in ("play", "http") or (announces(node) and session.phase == "talking")

    def _asks(self, session: Session) -> bool:
        return session.phase == "talking" and node_of(self._flow, session).is_input

    # States that are alike

    def _found(self, session: Session, at: int, audio: int) -> int:
        """The state of a session, new or known."""
        place = Place(session.here.flow, session.here.node)
        met = self._values.setdefault(place, set())
        values = self._alike.values(session)
        for most, kept in ((MANY_VALUES, True), (self._alike.most_values, False)):
            if len(met) >= most and values not in met:
                session = self._alike.blurred(session, counters=kept)
                values = self._alike.values(session)
                self._blurred.add(place)
        met.add(values)
        key = key_of(session, values, audio)
        known = self._known.setdefault(key, len(self._states))
        if known == len(self._states):
            ended = session.phase not in ("waiting", "talking")
            self._states.append(State(place, session, at, audio, ended))
            self._keys.append(key)
        return known


def _instead(move: Move, happening: Happening) -> Move:
    """The same move for another reason, at once."""
    return replace(move, cause=happening.cause, told=happening.told, elapsed=happening.elapsed)


def _settled(session: Session) -> Session:
    """The session without what the explorer does not look at."""
    if session.recovering or session.chain or session.goals or session.keys or session.swallow is not None:
        return replace(session, recovering=False, chain=0, goals=(), keys="", swallow=None)
    return session
