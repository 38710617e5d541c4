"""Callers who hang up into a prompt: the beginnings of calls that were found, up to a node that speaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from ivr.core.flow import Flow
from ivr.document.scenarios import HangUp, Hear, Scenario
from ivr.simulate.caller import Caller, Differed, begun, run
from ivr.simulate.telephone import Telephone
from ivr.simulate.world import World

Beginning = tuple[int, bool, int]
"""How many steps it has, whether transfers fail in it, and which scenario's it is: the smallest is the plainest."""


def hang_ups(flow: Flow, scenarios: Sequence[Scenario]) -> Iterator[Scenario]:
    """A call for each node that speaks and at which no scenario hangs up, in the order in which they are met."""
    left = {place for each in scenarios for place in _hung_up(each, flow)}
    found: dict[str, list[Beginning]] = {}
    for number, scenario in enumerate(scenarios):
        for steps, place in _spoken_at(scenario, flow):
            found.setdefault(place, []).append((steps, scenario.transfer is not None, number))
    for place, beginnings in found.items():
        if place in left:
            continue
        shorter = (_hanging_up(scenarios[number], steps, place, flow) for steps, _, number in sorted(beginnings))
        made = next((each for each in shorter if place in _hung_up(each, flow)), None)
        if made is not None:
            yield made


def _hung_up(scenario: Scenario, flow: Flow) -> set[str]:
    """Where the caller hangs up, if the call goes as the scenario says."""
    outcome = run(scenario, flow)
    return {each.node for each in outcome.decisions if outcome.passed and each.cause == "hangup"}


def _spoken_at(scenario: Scenario, flow: Flow) -> Iterator[tuple[int, str]]:
    """After how many steps a prompt has just begun, and at which node."""
    world = World(scenario)
    phone = _telephone(scenario, flow, world)
    caller = Caller(phone, world)
    caller.begin()
    for number, (_, step) in enumerate(scenario.steps, 1):
        caller.take(step)
        if isinstance(step, Hear) and phone.session.phase == "talking" and phone.session.playing:
            yield number, phone.session.place


def _hanging_up(scenario: Scenario, steps: int, place: str, flow: Flow) -> Scenario:
    """So many steps of a scenario, after which the caller hangs up, and the answers that are needed for them."""
    taken = (*scenario.steps[:steps], ((), HangUp()))
    made = replace(scenario, name=f"hang up at {place}", steps=taken, ends="caller")
    world = World(made)
    caller = Caller(_telephone(made, flow, world), world)
    with suppress(Differed):
        caller.begin()
        for _, step in made.steps:
            caller.take(step)
        caller.end(made.ends)
    return replace(made, http=world.used)


def _telephone(scenario: Scenario, flow: Flow, world: World) -> Telephone:
    return Telephone(flow, begun(scenario, flow), world.answer, scenario.transfer)
