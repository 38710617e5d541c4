"""Names in a flow that must mean something: nodes, prompts, flows, hours, variables; and where control may go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ivr.core.expressions import RESERVED
from ivr.core.flow import Flow
from ivr.core.node import Node
from ivr.core.prompts import ByLanguage, Named, Prompt
from ivr.core.reading import Problem, Reading
from ivr.document.finding import Finding, available, did_you_mean, quoted
from ivr.document.read import Draft, finding, mentioned_variables
from ivr.nodes import KINDS

AFTER_CALL = tuple(kind.kind for kind in KINDS if kind.after_call)
ONLY_IN: Mapping[str, str] = {
    **dict.fromkeys(("status", "headers", "body"), "“save” of an http node"),
    "result": "“save” of a subflow node",
    "elapsed": "the checks of scenarios",
}
"""Names that have a meaning in few places."""
WITHOUT_NEXT = ("menu", "branch", "transfer", "hangup", "return")


def check(draft: Draft, drafts: Mapping[str, Draft]) -> list[Finding]:
    """What is wrong with the names in one flow."""
    if draft.reading is None:
        return []
    found = [
        *_unknown(draft, drafts),
        *_variables(draft, drafts),
        *_reserved(draft.reading),
        *(_graph(draft.flow, draft.kinds) if draft.flow is not None else ()),
        *(_prompt_cycles(draft.flow.prompts) if draft.flow is not None else ()),
    ]
    return [finding(draft.source, problem) for problem in dict.fromkeys(found)]


def _unknown(draft: Draft, drafts: Mapping[str, Draft]) -> Iterator[Problem]:
    """Nodes, prompts, goals and flows that do not exist."""
    reading = draft.reading or Reading(lambda _: (ByLanguage({}), None))
    known: Mapping[str, Iterable[str]] = {
        "node": draft.kinds,
        "prompt": _keys(draft, "prompts"),
        "goal": _keys(draft, "goals"),
        "flow": drafts,
    }
    for each in reading.references:
        names = tuple(known[each.kind])
        if not names and each.kind == "node":
            continue  # That there are no nodes at all is said elsewhere.
        if each.name not in names:
            yield Problem(each.path, "unknown-name", _no_such(each.kind, each.name, names))
        elif each.kind == "flow" and not _returns(drafts[each.name]):
            message = f"the flow {quoted(each.name)} has no return node, so it can't be a subflow"
            yield Problem(each.path, "subflow", message)
    for use in reading.uses:
        for name in use.expression.hours:
            if name not in _keys(draft, "hours"):
                message = _no_such("entry of hours", name, tuple(_keys(draft, "hours")))
                yield Problem(use.path, "unknown-name", message)


def _keys(draft: Draft, key: str) -> tuple[str, ...]:
    value = draft.raw.get(key)
    return tuple(value) if isinstance(value, dict) else ()


def _returns(draft: Draft) -> bool:
    """Whether it is a subflow; one with a node that can't be read may be."""
    return draft.flow is None or draft.flow.is_subflow


def _no_such(kind: str, name: str, known: tuple[str, ...]) -> str:
    return f"there is no {kind} {quoted(name)}{did_you_mean(name, known)}; there are {available(known)}"


def _variables(draft: Draft, drafts: Mapping[str, Draft]) -> Iterator[Problem]:
    """Names in expressions that nothing gives a value to."""
    if _returns(draft) and not all(other.raw for other in drafts.values()):
        return  # A file that can't be read may begin this flow with any variable.
    known = mentioned_variables(draft) | _given(draft.id, drafts)
    for use in draft.reading.uses if draft.reading is not None else ():
        for name in use.expression.reads:
            if name not in use.local and name not in known:
                yield Problem(use.path, "unknown-name", _no_variable(name, known | set(use.local)))


def _no_variable(name: str, known: set[str]) -> str:
    if name in ONLY_IN:
        return f"{quoted(name)} exists only in {ONLY_IN[name]}"
    hint = did_you_mean(name, known | set(RESERVED))
    variables = f"variables are {available(sorted(known))}" if known else "the flow has no variables"
    return f"there is no variable {quoted(name)}{hint}; {variables}"


def _given(flow: str, drafts: Mapping[str, Draft]) -> set[str]:
    """The variables that other flows begin this one with."""
    return {
        name
        for draft in drafts.values()
        for node in _mappings(draft.raw.get("nodes"))
        if node.get("type") == "subflow" and node.get("flow") == flow and isinstance(node.get("with"), dict)
        for name in node["with"]
    }


def _mappings(nodes: object) -> list[dict[str, Any]]:
    return [node for node in nodes.values() if isinstance(node, dict)] if isinstance(nodes, dict) else []


def _reserved(reading: Reading) -> Iterator[Problem]:
    """Variables whose names mean something else."""
    for each in reading.assignments:
        if each.name in RESERVED:
            message = f"{quoted(each.name)} has a meaning of its own, so it can't be a variable"
            yield Problem(each.path, "reserved-name", message, each.at_key)


def _graph(flow: Flow, kinds: Mapping[str, str]) -> Iterator[Problem]:
    """Nodes without `next` outside the work after a call, and other kinds inside it."""
    after = _reached(flow, [flow.on_hangup], lambda node: node.after_call)
    for id in sorted(after & kinds.keys()):
        if kinds[id] not in AFTER_CALL:
            message = f"{quoted(id)} is reached from on_hangup, after the call, so it can't be a {kinds[id]} node"
            yield Problem(("nodes", id, "type"), "after-call", f"{message}; there can be {available(AFTER_CALL)}")
    talking = _reached(flow, _ways_in(flow), lambda _: True)
    for id, node in flow.nodes.items():
        if node.next is None and node.kind not in WITHOUT_NEXT and (id in talking or id not in after):
            message = f"the {node.kind} node {quoted(id)} needs “next”"
            yield Problem(("nodes", id), "schema", f"{message}; only the work of on_hangup ends at a node without one")


def _ways_in(flow: Flow) -> list[str | None]:
    universal = [universal.next for universal in flow.universals]
    return [flow.start, flow.on_failure, flow.on_error, *universal]


def _reached(flow: Flow, ways_in: list[str | None], further: Callable[[Node], bool]) -> set[str]:
    """The nodes that control may come to, stopping at nodes from which it goes no further."""
    reached: set[str] = set()
    waiting = [id for id in ways_in if id is not None]
    while waiting:
        id = waiting.pop()
        if id in reached:
            continue
        reached.add(id)
        node = flow.nodes.get(id)
        if node is not None and further(node):
            waiting.extend(way.target for way in node.exits())
    return reached


def _prompt_cycles(prompts: Mapping[str, Prompt]) -> Iterator[Problem]:
    """Named prompts that contain themselves, each circle once."""
    told: set[str] = set()
    for name in prompts:
        inside = _contained(prompts, name)
        if name in inside and name not in told:
            circle = sorted(each for each in inside - {name} if name in _contained(prompts, each))
            told.update(circle)
            through = f" through {available(circle)}" if circle else ""
            yield Problem(("prompts", name), "prompt-cycle", f"the prompt {quoted(name)} contains itself{through}")


def _contained(prompts: Mapping[str, Prompt], name: str) -> set[str]:
    inside: set[str] = set()
    waiting: list[Prompt] = [prompts.get(name, ())]
    while waiting:
        for piece in waiting.pop():
            if isinstance(piece, ByLanguage):
                waiting.extend(piece.entries.values())
            elif isinstance(piece, Named) and piece.name not in inside:
                inside.add(piece.name)
                waiting.append(prompts.get(piece.name, ()))
    return inside
