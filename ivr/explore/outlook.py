"""What of a call may still matter: calls that differ in other things only are the same to whoever explores."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ivr.core.confirming import ConfirmedInput
from ivr.core.expressions import Expression, ExpressionError, Scope
from ivr.core.filling import expressions as expressions_in
from ivr.core.flow import Flow
from ivr.core.naming import as_names, local_time, opened
from ivr.core.node import Node
from ivr.core.session import Activation, Session, node_of
from ivr.core.values import reveal
from ivr.document.source import Source
from ivr.lint.states.alike import Alike
from ivr.nodes.branch import Branch
from ivr.nodes.collect import Collect
from ivr.nodes.http import Http
from ivr.nodes.menu import Menu
from ivr.nodes.record import Record
from ivr.nodes.return_ import Return
from ivr.nodes.set import Set
from ivr.nodes.subflow import Subflow

FROM_OUTSIDE = frozenset({"call", "env", "error", "now", "is_open"})
MOST_MET, FEWEST_MET, MET_IN_ALL = 40, 8, 3_000
"""Combinations of what matters with which one node is met, and all of them; with more, calls there are alike."""
BROKEN = "broken"
"""The outcome of a condition that can't be evaluated."""


@dataclass(frozen=True, slots=True)
class _Conditions:
    """What is asked of the variables of one flow."""

    asked: tuple[Expression, ...]
    """The conditions of branches."""
    reading: Mapping[str, tuple[int, ...]]
    """By name, the places of the conditions that read it."""
    worldly: frozenset[str]
    """Variables with values from outside: their outcomes in conditions stand for them."""
    exact: frozenset[str]
    """Those of them that become part of other values, so that their own values matter."""
    checked: frozenset[str]
    """Other variables that the conditions of entries read."""


@dataclass
class Outlook:
    """What matters in the flows of a call."""

    flow: Flow
    alike: Alike
    conditions: Mapping[str, _Conditions]
    most_met: int
    _met: dict[tuple[str, ...], set[Any]] = field(default_factory=dict)
    _judged: dict[Any, bool | str] = field(default_factory=dict)

    @classmethod
    def of(cls, flow: Flow, involved: Iterable[Flow], sources: Mapping[str, Source]) -> Outlook:
        """For a flow and all that it may call."""
        listed = tuple(involved)
        nodes = sum(len(each.nodes) for each in listed)
        most = max(FEWEST_MET, min(MOST_MET, MET_IN_ALL // max(nodes, 1)))
        return cls(flow, Alike.of(listed, sources), {each.id: _conditions(each) for each in listed}, most)

    def deciding(self, flow: str) -> frozenset[str]:
        """The variables of a flow that may decide where calls go."""
        alive = self.alike.live[flow].values.values()
        return frozenset(name for names in alive for name in names) | self.conditions[flow].checked

    def key(self, session: Session, at: int) -> Any:
        """What tells a call from others: where it is, what it waits for, and what may matter of its values."""
        memory = session.memory
        asking = memory.get("missed", 0), memory.get("no_inputs", 0), memory.get("no_matches", 0)
        waits = session.fetching is None, session.recording is None, memory.get("asked"), session.deadline is None
        state = session.phase, session.language, session.recovering, session.reason, session.keys
        confirming = self._confirmed(session, at), bool(memory.get("entry"))
        place = tuple(each.node for each in session.stack)
        values = self._counted(
            place, tuple(self._of(session, each, each.node, each.variables, at) for each in session.stack)
        )
        return state, asking, waits, confirming, place, values

    def _confirmed(self, session: Session, at: int) -> Any:
        """What a value that waits for its confirmation may decide."""
        value = session.memory.get("candidate")
        node = node_of(self.flow, session)
        if value is None or not isinstance(node, ConfirmedInput):
            return None
        return self.ahead(session, node.next, node.local(value), at)

    def ahead(self, session: Session, node: str | None, values: Mapping[str, Any], at: int) -> Any:
        """What new values of some variables may decide once the call goes on at a node."""
        here = session.here
        alive, asked = self.alike.live[here.flow], self.conditions[here.flow]
        names = values.keys() & {*alive.values.get(node or here.node, ()), *asked.checked}
        variables = {**here.variables, **values}
        exact = tuple((name, _frozen(values[name])) for name in sorted(names & (asked.exact | asked.checked)))
        return exact, _lengths(values, names), self._outcomes(session, here.flow, variables, names, at)

    def _of(self, session: Session, here: Activation, node: str, variables: Mapping[str, Any], at: int) -> Any:
        alive, asked = self.alike.live[here.flow], self.conditions[here.flow]
        live = set(alive.values.get(node, ()))
        worldly = live & asked.worldly
        names = sorted((live - worldly) | (worldly & asked.exact) | (asked.checked & variables.keys()))
        exact = tuple((name, _frozen(variables[name])) for name in names if name in variables)
        there = tuple(name for name in alive.set.get(node, ()) if name in variables)
        outcomes = self._outcomes(session, here.flow, variables, worldly, at)
        back = here.history[-2:-1] if here.flow in self.alike.goes_back else ()
        return here.flow, exact, there, _lengths(variables, worldly), outcomes, back

    def _counted(self, place: tuple[str, ...], values: tuple[Any, ...]) -> tuple[Any, ...]:
        met = self._met.setdefault(place, set())
        if values not in met and len(met) >= self.most_met:
            return ()
        met.add(values)
        return values

    def _outcomes(
        self, session: Session, flow: str, variables: Mapping[str, Any], names: Collection[str], at: int
    ) -> tuple[Any, ...]:
        asked = self.conditions[flow]
        places = {place for name in names for place in asked.reading.get(name, ())}
        if session.error is not None:
            places.update(asked.reading.get("error", ()))
        if not places:
            return ()
        scope = scope_of(self.flow.flow(flow), session, variables, at)
        return tuple((place, self._outcome(flow, place, asked.asked[place], scope)) for place in sorted(places))

    def _outcome(self, flow: str, place: int, condition: Expression, scope: Scope) -> bool | str:
        """Whether a condition holds; what is the same for the same variables is found out once."""
        if condition.names != condition.reads:
            return _judged(condition, scope)
        values = tuple(_frozen(scope.variables[name]) if name in scope.variables else None for name in condition.reads)
        known = flow, place, values
        if known not in self._judged:
            self._judged[known] = _judged(condition, scope)
        return self._judged[known]


def _lengths(variables: Mapping[str, Any], names: Collection[str]) -> tuple[tuple[str, int], ...]:
    """How long lists are: they may be gone through one by one."""
    found = ((name, reveal(variables[name])) for name in sorted(names) if name in variables)
    return tuple((name, len(value)) for name, value in found if isinstance(value, list))


def scope_of(flow: Flow, session: Session, variables: Mapping[str, Any], at: int) -> Scope:
    """The names of expressions in one of the flows of a call."""
    now = local_time(flow, session.call, at)
    return Scope(
        variables=variables,
        language=session.language,
        now=lambda: now,
        is_open=lambda name: opened(flow, name, now),
        call=lambda: as_names(session.call, session.reason),
        env=session.env,
        error=None if session.error is None else asdict(session.error),
    )


def _judged(condition: Expression, scope: Scope) -> bool | str:
    try:
        return bool(reveal(condition.evaluate(scope)))
    except ExpressionError:
        return BROKEN


def _frozen(value: Any) -> Any:
    plain = reveal(value)
    return json.dumps(plain, sort_keys=True) if isinstance(plain, dict | list) else (type(plain).__name__, plain)


def _conditions(flow: Flow) -> _Conditions:
    asked: list[Expression] = []
    checked: set[str] = set()
    exact: set[str] = set()
    for node in flow.nodes.values():
        match node:
            case Branch(cases=cases):
                asked.extend(case.when for case in cases)
            case Collect(validate=Expression() as condition, into=into):
                checked.update(name for name in condition.reads if name != into)
            case Set() | Menu() | Return() | Subflow():
                exact.update(name for each in node.expressions() for name in each.reads)
            case _:
                pass
    worldly = _worldly(flow)
    listed = tuple(dict.fromkeys(asked))
    reading: dict[str, list[int]] = {}
    for place, each in enumerate(listed):
        for name in each.names:
            reading.setdefault(name, []).append(place)
    read = {name: tuple(places) for name, places in reading.items()}
    return _Conditions(listed, read, worldly, worldly & exact, frozenset(checked))


def _worldly(flow: Flow) -> frozenset[str]:
    """The variables whose values come from outside, directly or through others."""
    found: set[str] = set()
    while True:
        before = len(found)
        for node in flow.nodes.values():
            found.update(_given(node, found))
        if len(found) == before:
            return frozenset(found)


def _given(node: Node, worldly: set[str]) -> Iterable[str]:
    match node:
        case Collect() | Http() | Record() | Subflow():
            yield from node.writes()
        case Set(values=values):
            yield from _computed(values, worldly)
        case Menu(choices=choices):
            for choice in choices:
                yield from _computed(choice.set, worldly)
        case _:
            pass


def _computed(values: Mapping[str, Any], worldly: set[str]) -> Iterable[str]:
    for name, pattern in values.items():
        read = {each for expression in expressions_in(pattern) for each in expression.names}
        if not read.isdisjoint(worldly | FROM_OUTSIDE):
            yield name
