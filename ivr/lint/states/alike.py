"""When two sessions are alike for all that may still come, and how to make them so where there are too many."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from ivr.core.flow import Flow
from ivr.core.session import Activation, Phase, Session
from ivr.document.source import Source
from ivr.lint.states.live import Live, live
from ivr.lint.states.unknown import NOMINAL, Unknown, is_unknown
from ivr.lint.ways import goes_back

MANY_VALUES, MOST_VALUES, MOST_COUNTED = 8, 24, 100
"""Combinations of values that one node is met with: with more, only counters stay exact; with still more, nothing.

Counters that conditions compare with larger numbers stay exact for longer, so that a hundred rounds come to an end.
"""


@dataclass(frozen=True, slots=True)
class Key:
    """All of a session that may matter later."""

    phase: Phase
    language: str
    values: Any
    """Where all flows at work are, and the values in them."""
    missed: int
    confirming: bool
    waits: tuple[Any, ...]
    """What the node waits for: more of a prompt, a lookup, a transfer, a recording, a decision."""


def key_of(session: Session, values: Any, audio: int) -> Key:
    """What tells a session from others, given its `Alike.values` and the milliseconds that are playing."""
    memory = session.memory
    confirming = memory.get("candidate") is not None
    playing, fetching, recording = bool(session.playing), session.fetching is None, session.recording is None
    waits = playing, audio, fetching, recording, memory.get("asked"), memory.get("case")
    return Key(session.phase, session.language, values, memory.get("missed", 0), confirming, waits)


@dataclass(frozen=True, slots=True)
class Alike:
    """What matters in the flows of a call."""

    live: Mapping[str, Live]
    goes_back: frozenset[str]
    """The flows with a universal that goes back."""
    most_values: int
    """Combinations of counters that stay exact."""

    @classmethod
    def of(cls, flows: Iterable[Flow], sources: Mapping[str, Source]) -> Self:
        """For flows that may call each other."""
        listed = tuple(flows)
        alive = live(listed, sources)
        counted = min(max((each.bound for each in alive.values()), default=0), MOST_COUNTED)
        back = frozenset(flow.id for flow in listed if goes_back(flow))
        return cls(alive, back, max(MOST_VALUES, MANY_VALUES + counted + 2))

    def values(self, session: Session) -> Any:
        """Where all flows at work are, and the values in them that may matter."""
        return tuple(
            (each.node, self.known(each.flow, each.node, each.variables), self._back(each)) for each in session.stack
        )

    def known(self, flow: str, node: str, variables: Mapping[str, Any]) -> Any:
        """The values in one flow that may matter at a node, and which variables have one at all."""
        alive = self.live[flow]
        exact = tuple((name, _frozen(variables[name])) for name in alive.values.get(node, ()) if name in variables)
        return flow, exact, tuple(name for name in alive.set.get(node, ()) if name in variables)

    def _back(self, activation: Activation) -> tuple[str, ...]:
        """Where `back` leads, in flows that offer it."""
        return activation.history[-2:-1] if activation.flow in self.goes_back else ()

    def blurred(self, session: Session, *, counters: bool) -> Session:
        """The session without the values that may matter, but for counters if these are to be kept."""
        return replace(session, stack=tuple(self._blurred(each, counters=counters) for each in session.stack))

    def _blurred(self, activation: Activation, *, counters: bool) -> Activation:
        alive = self.live[activation.flow]
        kept = alive.counters if counters else frozenset()
        wanted = (name for name in alive.values.get(activation.node, ()) if name not in kept)
        unclear = {name: Unknown(NOMINAL) for name in wanted if name in activation.variables}
        return replace(activation, variables={**activation.variables, **unclear})


def _frozen(value: Any) -> Any:
    """The value as something that can be compared: 1 and true differ, all that is unknown is the same."""
    if is_unknown(value):
        return "?"
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True)
    return type(value).__name__, value
