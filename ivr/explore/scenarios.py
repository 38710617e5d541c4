"""The scenarios of a flow, each of them proved by making its call, and what none of them takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ivr.core.expressions import ExpressionError, Scope
from ivr.core.flow import Flow
from ivr.core.rewriting import silent
from ivr.core.session import Call, Session, begin
from ivr.core.values import reveal
from ivr.document.load import Loaded
from ivr.document.scenarios import BEGINNING, Scenario
from ivr.explore.circumstances import circumstances
from ivr.explore.environment import environment
from ivr.explore.graph import Explorer, explored
from ivr.explore.hangups import hang_ups
from ivr.explore.marks import Mark, marks
from ivr.explore.naming import name_of
from ivr.explore.offers import Offers
from ivr.explore.outlook import Outlook
from ivr.explore.planning import Planner
from ivr.explore.targets import decisions
from ivr.explore.unreached import unreached
from ivr.explore.walks import Walk
from ivr.explore.writing import Unwritable, written
from ivr.nodes.subflow import called, involved
from ivr.simulate.caller import run

USUAL = Scenario("", "", (), ())


class Uncallable(Exception):
    """Only other flows can call the flow."""


@dataclass(frozen=True, slots=True)
class Exploration:
    """What was found of the calls of a flow."""

    scenarios: tuple[Scenario, ...]
    remarks: tuple[str, ...]
    """What no scenario takes, and why others may be missing, a sentence each."""


def explore(flow: Flow, loaded: Loaded) -> Exploration:
    """Scenarios that together take all that was found of the calls of a flow.

    Args:
        flow: the flow that is called.
        loaded: the flows of its folder.

    Raises:
        Uncallable: it has a `return`.
    """
    if flow.is_subflow:
        callers = sorted(id for id, each in loaded.flows.items() if flow.id in called(each))
        hint = f"; explore what calls it: {', '.join(callers)}" if callers else ""
        raise Uncallable(f"“{flow.id}” has a return node, so only other flows can call it{hint}")
    flows = involved(flow)
    quiet = silent(flows, lambda _: {})[flow.id]
    known = marks(flows)
    outlook = Outlook.of(quiet, flows, loaded.sources)
    aspects = circumstances(flows, loaded.sources, known, outlook, _constants)
    explorer = Explorer(quiet, Offers(quiet, known, outlook), outlook, aspects)
    graph = explored(explorer, _beginning(flow, environment(flows)))
    planner = Planner(graph, explorer)
    kept: list[tuple[Walk, Scenario]] = []
    for walk in planner.walks():
        taken, scenario = _as_far_as_proved(flow, walk)
        if scenario is not None:
            kept.append((taken, scenario))
        planner.take_back(walk.stages[len(taken.stages) :])
    shown = frozenset(target for walk, _ in kept for target in walk.shows)
    remarks = tuple(unreached(flow, flows, loaded, shown, graph))
    scenarios = [scenario for _, scenario in kept]
    return Exploration(tuple(_named([*scenarios, *hang_ups(flow, scenarios)])), remarks)


def _as_far_as_proved(flow: Flow, walk: Walk) -> tuple[Walk, Scenario | None]:
    """So much of a call as a scripted caller can make again, usually all of it."""
    for stages in range(len(walk.stages), 0, -1):
        shorter = replace(walk, stages=walk.stages[:stages])
        scenario = proved(flow, shorter)
        if scenario is not None:
            return shorter, scenario
    return replace(walk, stages=()), None


def proved(flow: Flow, walk: Walk) -> Scenario | None:
    """The scenario of a call, if there is one that takes the same way."""
    claimed = [each for stage in walk.stages for each in decisions(stage.after.effects)]
    for patient in (False, True):
        try:
            scenario = written(flow, walk, name_of(walk), patient=patient)
        except Unwritable:
            continue
        outcome = run(scenario, flow)
        if outcome.passed and list(decisions(outcome.decisions)) == claimed:
            return scenario
    return None


def _beginning(flow: Flow, env: Mapping[str, str]) -> Session:
    began = round(BEGINNING.timestamp() * 1000)
    return begin(flow, Call(USUAL.id, USUAL.caller, USUAL.called, USUAL.direction, began), env)


def _constants(mark: Mark) -> tuple[Any, ...]:
    """The other side of a comparison, where it is the same in every call."""
    if mark.use.other is None:
        return ()
    try:
        return (reveal(mark.use.other.evaluate(Scope({}, "", lambda: BEGINNING, lambda _: False))),)
    except ExpressionError:
        return ()


def _named(scenarios: Iterable[Scenario]) -> Iterator[Scenario]:
    """The scenarios with names that differ."""
    known: dict[str, int] = {}
    for scenario in scenarios:
        number = known.get(scenario.name, 0) + 1
        known[scenario.name] = number
        yield scenario if number == 1 else replace(scenario, name=f"{scenario.name} ({number})")
