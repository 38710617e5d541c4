"""What no scenario takes of a flow, told honestly: not found is not impossible."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ivr.core.flow import Flow
from ivr.document.load import Loaded
from ivr.explore.graph import MOST_DEEDS, MOST_STATES, Graph
from ivr.explore.targets import Target
from ivr.lint.states.explore import explore
from ivr.lint.states.explored import Place
from ivr.lint.ways import RISKY


def unreached(
    root: Flow, flows: Collection[Flow], loaded: Loaded, shown: Collection[Target], graph: Graph
) -> Iterator[str]:
    """A sentence for each node and exit that no scenario takes, and for what was given up."""
    places = {target.place for target in shown if target.kind == "node"}
    missing = [each for each in _written(root, flows) if each not in shown]
    proof = _impossible(root, loaded) if missing else frozenset[str]()
    told: set[str] = set()
    for target in missing:
        if target.place in places:
            yield f"No call was found that leaves “{target.place}” by {target.what}; there may be one."
        elif target.place not in told:
            told.add(target.place)
            if target.place in proof:
                yield f"No call comes to “{target.place}”."
            else:
                yield f"No call was found that comes to “{target.place}”; there may be one."
    for target in sorted(graph.shown().difference(shown)):
        if target not in missing and target.kind != "node":
            yield f"No scenario could be written for this: {target.what} at “{target.place}”."
    if not graph.complete:
        yield (
            f"The flow has more than {MOST_STATES} situations, or more than {MOST_DEEDS} deeds were tried in them: "
            "not everything was looked at."
        )


def _written(root: Flow, flows: Collection[Flow]) -> Iterator[Target]:
    """Every exit that the flows write, those that they give to all their nodes included."""
    for flow in flows:
        for node in flow.nodes.values():
            place = node.id if flow.id == root.id else f"{flow.id}/{node.id}"
            names = {way.name: None for way in node.exits()}
            if node.is_input and flow.on_failure is not None:
                names["on_failure"] = None
            if node.kind in RISKY and flow.on_error is not None:
                names["on_error"] = None
            yield from (Target("exit", place, name) for name in names)
            if not names:
                yield Target("node", place)


def _impossible(root: Flow, loaded: Loaded) -> frozenset[str]:
    """The places that no call comes to, whatever the world does."""
    found = explore(root, loaded.readings, loaded.sources)
    if not found.complete:
        return frozenset()
    flows = {place.flow for place in found.places}
    return frozenset(
        node if id == root.id else f"{id}/{node}"
        for id in flows
        for node in root.flow(id).nodes
        if Place(id, node) not in found.places
    )
