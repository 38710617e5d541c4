"""Variables that are given a value and never read.

A recording is kept whoever reads its id, and a name that begins with `_` says that nobody is to read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ivr.document.finding import did_you_mean, quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.values.data import Definition, Spot, definitions, spots
from ivr.nodes.subflow import Subflow

ON_PURPOSE = re.compile(r"_.*|dummy|unused|ignored?|any_?key", re.IGNORECASE)
"""Names of what has to be filled, and is not meant to be read."""
HOW: Mapping[str, str] = {
    "initial": "it is given a value here",
    "entered": "callers enter it here",
    "saved": "it is saved here",
    "set": "it is set here",
}


def _find(subject: Subject) -> Iterator[Mistake]:
    listed = spots(subject)
    read = {name for spot in listed for name in spot.reads if not _is_for_itself(spot, name, subject)}
    written: dict[str, list[Definition]] = {}
    for each in definitions(subject.flow):
        written.setdefault(each.name, []).append(each)
    for name, places in written.items():
        recorded = any(each.origin == "recorded" for each in places)
        if name not in read and not recorded and not ON_PURPOSE.fullmatch(name):
            yield _unread(name, places, listed, read - {name})
    yield from _never_taken(subject)
    yield from _never_saved(subject)


def _is_for_itself(spot: Spot, name: str, subject: Subject) -> bool:
    """Whether it is read only to compute its own next value, or only to be confirmed by who entered it."""
    if spot.role == "set":
        return spot.name == name
    if spot.role == "prompt" and spot.node is not None and spot.path[2] == "confirm":
        return name in subject.flow.nodes[spot.node].writes()
    return False


def _unread(name: str, places: list[Definition], listed: tuple[Spot, ...], read: set[str]) -> Mistake:
    """The first place beside `variables`, which only prepares it."""
    place = next((each for each in places if each.origin != "initial"), places[0])
    if any(name in spot.reads for spot in listed):
        confirmed = any(spot.role == "prompt" and name in spot.reads for spot in listed)
        what = "its confirmation" if confirmed else "its own next value"
        why = f"nothing reads {quoted(name)} but {what}"
    else:
        why = f"nothing reads {quoted(name)}{did_you_mean(name, read)}"
    mend = "use it in an expression, or leave it out"
    return Mistake(place.path, f"{HOW[place.origin]}, but {why}; {mend}", at_key=place.at_key)


def _never_taken(subject: Subject) -> Iterator[Mistake]:
    """What a subflow is given that it has no variable for; a variable that it has is a matter of its own file."""
    for node in subject.flow.nodes.values():
        if not isinstance(node, Subflow) or node.flow not in subject.loaded.flows:
            continue
        called = subject.loaded.flows[node.flow]
        reading = subject.loaded.readings[node.flow]
        known = {each.name for each in definitions(called)}
        known.update(name for use in reading.uses for name in use.expression.reads if name not in use.local)
        for name in node.given:
            if name not in known and not ON_PURPOSE.fullmatch(name):
                hint = did_you_mean(name, known)
                message = f"the flow {quoted(node.flow)} has no variable {quoted(name)} and never reads it{hint}"
                place = ("nodes", node.id, "with", name)
                yield Mistake(place, f"{message}; leave it out, or use it there", at_key=True)


RESULT = re.compile(r"\bresult\b(?:\s*\.\s*(\w+)|\s*\[\s*(?:'([^']*)'|\"([^\"]*)\")\s*\])?")


def _never_saved(subject: Subject) -> Iterator[Mistake]:
    """What a flow returns, but none of its callers saves; only worth knowing, because another caller may come."""
    saved: set[str] = set()
    calls = 0
    for id in subject.callers:
        if id not in subject.loaded.flows:
            return
        for node in subject.loaded.flows[id].nodes.values():
            if isinstance(node, Subflow) and node.flow == subject.flow.id:
                calls += 1
                for expression in node.save.values():
                    keys = result_keys(expression.source)
                    if keys is None:
                        return
                    saved |= keys
    for node in subject.flow.nodes.values() if calls else ():
        for key in (subject.source.value or {})["nodes"][node.id].get("values", {}) if node.kind == "return" else ():
            if key not in saved:
                message = f"no flow that calls this one saves {quoted('result.' + key)}{did_you_mean(key, saved)}"
                yield Mistake(("nodes", node.id, "values", key), message, at_key=True, severity="info")


def result_keys(source: str) -> frozenset[str] | None:
    """The keys of `result` that an expression reads; None if it reads all of it."""
    keys = [next((key for key in found.groups() if key), None) for found in RESULT.finditer(source)]
    return None if None in keys else frozenset(key for key in keys if key is not None)


UNREAD_VARIABLE = Check("unread-variable", "warning", _find)
