"""Where calls go on from a node, and what its author set there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.core.node import Node
from ivr.document.finding import quoted
from ivr.lint.diff.difference import Difference, shown
from ivr.lint.diff.pairing import settings
from ivr.lint.diff.side import Side
from ivr.nodes.branch import Branch
from ivr.nodes.menu import Menu

KEYS = {
    "spoken": "speech",
    "phrases": "speech",
    "keys_barge_in": "barge_in",
    "speech_barges_in": "barge_in",
    "flush": "type_ahead",
    "given": "with",
}
"""What authors call a field that has another name."""
WHEN = {
    "on_failure": "after the last attempt the call goes",
    "on_error": "after an error the call goes",
    "otherwise": "otherwise the call goes",
    "next": "the call goes on",
}
FLOW_WIDE = ("start", "on_failure", "on_error", "on_hangup")
WHOLE = "the whole flow"


def differences(old: Side, new: Side, pairs: Mapping[str, str]) -> Iterator[Difference]:
    """What leads elsewhere, and what is set otherwise, in the nodes that were there before."""
    yield from _flow_wide(old, new, pairs)
    for id in old.nodes:
        if id in pairs:
            yield from _leads(old, new, pairs, id)
            yield from _settings(old, new, id, pairs[id])
        elif id in new.nodes:
            a, b = old.nodes[id].kind, new.nodes[id].kind
            yield Difference(new.flow.id, "setting", id, f"it is a {b} node instead of a {a} node", old=a, new=b)


def _flow_wide(old: Side, new: Side, pairs: Mapping[str, str]) -> Iterator[Difference]:
    for key in FLOW_WIDE:
        before, after = getattr(old.flow, key), getattr(new.flow, key)
        if pairs.get(before or "", before) != after:
            message = f"{quoted(key)} is {shown(after)} instead of {shown(before)}"
            yield Difference(new.flow.id, "leads", WHOLE, message, old=before or "", new=after or "")
    was, is_ = old.flow.variables, new.flow.variables
    values = [("language", old.flow.language, new.flow.language)]
    values += [(f"variables.{name}", was[name], is_[name]) for name in is_ if name in was]
    for key, a, b in values:
        if a != b:
            message = f"{quoted(key)} is {shown(b)} instead of {shown(a)}"
            yield Difference(new.flow.id, "setting", WHOLE, message, old=a, new=b)
    read = {name for use in new.reading.uses for name in use.expression.reads}
    for name in was:
        if name in read and name not in is_:
            message = f"{quoted(f'variables.{name}')} has no first value any more; it was {shown(was[name])}"
            yield Difference(new.flow.id, "setting", WHOLE, message, old=was[name])


def _leads(old: Side, new: Side, pairs: Mapping[str, str], id: str) -> Iterator[Difference]:
    before, after = _targets(old, old.nodes[id]), _targets(new, new.nodes[pairs[id]])
    for name in {**after, **before}:
        was, is_ = before.get(name), after.get(name)
        same = (pairs.get(was[0], was[0]) if was else None) == (is_[0] if is_ else None)
        inherited = (was is None or was[1]) and (is_ is None or is_[1])
        if same or inherited:
            continue  # What the whole flow leads elsewhere is told once, of the flow.
        start = WHEN.get(name, f"{name} leads")
        if is_ is None:
            message = f"{start} nowhere instead of to {quoted(was[0] if was else '')}"
        elif was is None:
            message = f"{start} to {quoted(is_[0])}; there was no such way"
        else:
            message = f"{start} to {quoted(is_[0])} instead of {quoted(was[0])}"
        ends = {"old": was[0] if was else "", "new": is_[0] if is_ else ""}
        yield Difference(new.flow.id, "leads", pairs[id], message, **ends)


def _targets(side: Side, node: Node) -> dict[str, tuple[str, bool]]:
    """The ways on by the name that people give them, but for choices; and whether they are the flow's."""
    found: dict[str, tuple[str, bool]] = {}
    if isinstance(node, Branch):
        for case in node.cases:
            found.setdefault(f"{case.when.source} (its case)", (case.next, False))
    for way in node.exits():
        if not (isinstance(node, Menu | Branch) and way.name.startswith(("choices.", "cases."))):
            found[way.name.replace("on_status.", "status ")] = way.target, False
    for name in ("on_failure", "on_error"):
        target = getattr(side.flow, name)
        if target is not None and name not in found and (name == "on_error" or node.is_input):
            found[name] = target, True
    return found


def _settings(old: Side, new: Side, before: str, after: str) -> Iterator[Difference]:
    was, is_ = settings(old.nodes[before]), settings(new.nodes[after])
    told = {KEYS.get(key, key): None for key in is_ if key not in ("choices", "cases") and was[key] != is_[key]}
    for key in told:
        a, b = old.raw(before, key), new.raw(after, key)
        if a is None:
            message = f"{quoted(key)} is {shown(b)}; it was not set"
        else:
            message = f"{quoted(key)} is {shown(b)} instead of {shown(a)}"
        yield Difference(new.flow.id, "setting", after, message, old="" if a is None else a, new="" if b is None else b)
    if "cases" in is_ and was["cases"] != is_["cases"]:
        yield from _order_of_cases(old, new, before, after)
    if "choices" in is_:
        yield from _values_of_choices(old, new, before, after)


def _order_of_cases(old: Side, new: Side, before: str, after: str) -> Iterator[Difference]:
    """Cases that are new or gone are told as ways; here it is about which of them is tried first."""
    a, b = (
        [case.when.source for case in node.cases] if isinstance(node, Branch) else []
        for node in (old.nodes[before], new.nodes[after])
    )
    if sorted(a) == sorted(b):
        message = f"the cases are tried in another order: {', '.join(map(quoted, b))}"
        yield Difference(new.flow.id, "setting", after, message, old=", ".join(a), new=", ".join(b))


def _values_of_choices(old: Side, new: Side, before: str, after: str) -> Iterator[Difference]:
    """What choices assign, where a choice is still on its key."""
    raw = [
        {str(choice.get("press", "")): choice.get("set") for choice in side.raw(id, "choices")}
        for side, id in ((old, before), (new, after))
    ]
    for press in raw[1]:
        if press in raw[0] and raw[0][press] != raw[1][press]:
            a, b = shown(raw[0][press]), shown(raw[1][press])
            yield Difference(new.flow.id, "setting", after, f"“set” of {press} is {b} instead of {a}", old=a, new=b)
