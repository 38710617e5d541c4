"""Two versions of flows, compared in the terms of those who call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.core.flow import Flow
from ivr.document.load import Loaded
from ivr.lint.diff import choices, goals, operating, ways, words
from ivr.lint.diff.difference import Difference, sorted_by_section
from ivr.lint.diff.pairing import pairs
from ivr.lint.diff.side import Side
from ivr.lint.states.explore import explore
from ivr.lint.states.times import GoalTime, goal_times


def sides(loaded: Loaded) -> Mapping[str, Side]:
    """Every flow of a folder, with the ways to its goals, by id."""
    return {id: side_of(flow, loaded) for id, flow in loaded.flows.items()}


def side_of(flow: Flow, loaded: Loaded) -> Side:
    """One flow, with the ways to its goals."""
    return Side(flow, loaded.sources[flow.file], loaded.readings[flow.id], _times(flow, loaded))


def _times(flow: Flow, loaded: Loaded) -> Mapping[str, GoalTime] | None:
    """None for a flow without goals, and for a subflow: calls do not begin there."""
    if flow.is_subflow or not flow.goals:
        return None if flow.is_subflow else {}
    return goal_times(explore(flow, loaded.readings, loaded.sources))


def differences(old: Mapping[str, Side], new: Mapping[str, Side]) -> tuple[Difference, ...]:
    """What differs between two folders, flow by flow id."""
    found: list[Difference] = [*operating.numbers(old, new)]
    for id, side in new.items():
        if id not in old:
            found.append(Difference(id, "flow-added", id, f"this flow is new: {_size(side)}"))
        else:
            found.extend(_of_flow(old[id], side))
    found += [
        Difference(id, "flow-removed", id, f"this flow is gone: {_size(side)}")
        for id, side in old.items()
        if id not in new
    ]
    return sorted_by_section(found)


def of_files(old: Side, new: Side) -> tuple[Difference, ...]:
    """What differs between two files, whatever they are called."""
    routed = operating.numbers({new.flow.id: old}, {new.flow.id: new})
    return sorted_by_section([*routed, *_of_flow(old, new)])


def _of_flow(old: Side, new: Side) -> Iterator[Difference]:
    same = pairs(old, new)
    yield from choices.differences(old, new, same)
    yield from ways.differences(old, new, same)
    yield from operating.differences(old, new)
    yield from goals.differences(old, new)
    yield from words.differences(old, new, same)


def _size(side: Side) -> str:
    nodes = len(side.flow.nodes)
    return f"{nodes} node{'' if nodes == 1 else 's'}"
