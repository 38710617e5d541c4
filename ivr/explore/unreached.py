"""What no scenario takes of a flow, told honestly: not found is not impossible."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ivr.core.flow import Flow
from ivr.document.load import Loaded
from ivr.explore.graph import MOST_DEEDS, MOST_STATES, Graph
from ivr.explore.targets import Target
from ivr.lint.states.explore import explore
from ivr.lint.states.explored import Explored
from ivr.lint.states.moves import Place


def unreached(
    root: Flow, flows: Collection[Flow], loaded: Loaded, shown: Collection[Target], graph: Graph
) -> Iterator[str]:
    """A sentence for each node and exit that no scenario takes, and for what was given up."""
    found = explore(root, loaded.readings, loaded.sources)
    written = tuple(_written(root, flows, found))
    yield from _missing(root, written, shown, found)
    known = frozenset(written)
    for target in sorted(graph.shown.difference(shown, known)):
        if target.kind != "node":
            yield f"No scenario could be written for this: {target.what} at “{target.place}”."
    if not graph.complete:
        yield (
            f"There are more than {MOST_STATES} situations, or more than {MOST_DEEDS} deeds in them: "
            "not everything was looked at."
        )


def _missing(root: Flow, written: Iterable[Target], shown: Collection[Target], found: Explored) -> Iterator[str]:
    """What is written and not shown; where the linter knows that no call comes there, that is told as certain."""
    places = {target.place for target in shown if target.kind == "node"}
    reachable = {_told(place, root) for place in found.places}
    passed = {(_told(each.place, root), each.exit) for move in found.moves for each in move.passages}
    told: set[str] = set()
    for target in written:
        if target in shown:
            continue
        if target.place in places:
            # Values that an expression can't take are unknown to the linter.
            possible = (target.place, target.what) in passed or target.what == "on_error" or not found.complete
            if not possible:
                yield f"No call leaves “{target.place}” by {target.what}."
                continue
            yield f"No call was found that leaves “{target.place}” by {target.what}; there may be one."
        elif target.place not in told:
            told.add(target.place)
            if found.complete and target.place not in reachable:
                yield f"No call comes to “{target.place}”."
            else:
                yield f"No call was found that comes to “{target.place}”; there may be one."


def _written(root: Flow, flows: Collection[Flow], found: Explored) -> Iterator[Target]:
    """Every exit that the flows write; and those that they give to all their nodes, as far as the linter sees them."""
    own: set[tuple[Place, str]] = set()
    for flow in flows:
        for node in flow.nodes.values():
            place = Place(flow.id, node.id)
            names = [way.name for way in node.exits()]
            own.update((place, name) for name in names)
            yield from (Target("exit", _told(place, root), name) for name in names)
            if not names:
                yield Target("node", _told(place, root))
    passed = {(each.place, each.exit) for move in found.moves for each in move.passages}
    for place, name in sorted(passed - own):
        if name in ("on_failure", "on_error"):
            yield Target("exit", _told(place, root), name)


def _told(place: Place, root: Flow) -> str:
    """A place as sessions name it."""
    return place.node if place.flow == root.id else f"{place.flow}/{place.node}"
