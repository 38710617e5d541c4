"""What scenarios should take: each exit, each reaction of a node, each way in which something fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from ivr.core.effects import Effect, Explain
from ivr.core.flow import Flow
from ivr.core.gathering import InputNode
from ivr.core.session import Session, node_of
from ivr.explore.deeds import Deed, Moment
from ivr.nodes.transfer import REASONS

UNCOUNTED = ("answer", "found")
"""Causes whose variants are only means to come elsewhere: values that make no difference are no aim."""
VARIANTS = ("ended by silence", "ended by a key", "erased and entered")
"""Of these, what is one for its own sake."""


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One thing that some scenario should show."""

    kind: Literal["node", "exit", "cause", "way", "said", "universal"]
    place: str
    """The node, as `flow/node` in a subflow; of a universal, its flow."""
    what: str = ""


def targets(flow: Flow, before: Moment, deed: Deed, after: Moment) -> frozenset[Target]:
    """All that a deed shows, with what follows it."""
    return frozenset(_of_effects(before.session, after)) | frozenset(_of_deed(flow, before.session, deed, after))


def decisions(effects: Iterable[Effect]) -> Iterator[tuple[str, str]]:
    """The exits that were taken, each with its node, in order."""
    for effect in effects:
        if isinstance(effect, Explain) and effect.exit:
            yield effect.node, effect.exit


def _of_effects(before: Session, after: Moment) -> Iterator[Target]:
    session = after.session
    for effect in after.effects:
        if isinstance(effect, Explain):
            yield Target("node", effect.node)
            if effect.exit and effect.exit != "on_hangup" and not effect.exit.startswith("universals."):
                yield Target("exit", effect.node, effect.exit)
    yield Target("node", session.place)
    if session.error is not None and session.error is not before.error:
        told = [
            effect.node for effect in after.effects if isinstance(effect, Explain) and effect.why.startswith("error ")
        ]
        yield from (_way(place, session.error.kind) for place in told[-1:])
    if session.ended_by not in (None, "caller"):
        yield Target("node", str(session.ended_by))


def _of_deed(flow: Flow, before: Session, deed: Deed, after: Moment) -> Iterator[Target]:
    if deed.cause == "begin":
        return
    asked = " (confirming)" if before.memory.get("candidate") is not None else ""
    place = before.place
    yield Target("cause", place, f"{deed.cause}{asked}")
    if deed.cause == "universal":
        yield Target("universal", before.here.flow, deed.label)
    elif deed.label and (deed.cause not in UNCOUNTED or deed.label in VARIANTS):
        yield _way(place, deed.label)
    node = node_of(flow, before)
    if isinstance(node, InputNode) and deed.cause in ("silence", "wrong", "refusal"):
        if before.memory.get("missed", 0) + 1 >= node.input.attempts:
            yield Target("said", place, "attempts used up")
        else:
            yield from _escalated(node, before, after.session, place)


def _way(place: str, what: str) -> Target:
    """One way in which something goes; what a carrier says of transfers is enough to have been shown once."""
    return Target("way", "transfers" if what in REASONS else place, what)


def _escalated(node: InputNode, before: Session, after: Session, place: str) -> Iterator[Target]:
    for name, prompts in (("no_inputs", node.input.no_input), ("no_matches", node.input.no_match)):
        was, now = before.memory.get(name, 0), after.memory.get(name, 0)
        if after.place == place and now > was:
            yield Target("said", place, f"{name} {min(now, max(len(prompts), 1))}")
