"""Which languages a call may be in at each node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from ivr.core.filling import Pattern
from ivr.core.flow import Flow
from ivr.core.prompts import languages as prompt_languages
from ivr.core.spoken import is_language_tag
from ivr.core.templates import Template
from ivr.lint.ways import Way, by_source, ways
from ivr.lint.wording.prompt_text import CONSTANT, NO_SOURCE
from ivr.nodes.menu import Menu
from ivr.nodes.set import Set
from ivr.nodes.subflow import Subflow
from ivr.speech.phrases import asked


@lru_cache(maxsize=64)
def languages_at(flow: Flow) -> Mapping[str, frozenset[str]]:
    """The languages in which a call may be on entering each node; none where no call comes.

    A subflow is entered in the languages that the flows calling it have there.
    """
    return _languages_at(flow, frozenset())


def _languages_at(flow: Flow, asked: frozenset[str]) -> Mapping[str, frozenset[str]]:
    ways_of = by_source(ways(flow, NO_SOURCE))
    at: dict[str, frozenset[str]] = {flow.start: _entering(flow, asked | {flow.id})}
    waiting = [flow.start]
    while waiting:
        node = waiting.pop()
        for way in ways_of.get(node, ()):
            known = at.get(way.target, frozenset())
            heard = known | _leaving(flow, way, at[node])
            if heard != known:
                at[way.target] = heard
                waiting.append(way.target)
    return at


def _entering(flow: Flow, asked: frozenset[str]) -> frozenset[str]:
    found: set[str] = set()
    for caller in flow.flows.values():
        nodes = [id for id, node in caller.nodes.items() if isinstance(node, Subflow) and node.flow == flow.id]
        if nodes and caller.id not in asked:
            at = _languages_at(caller, asked)
            found.update(tag for id in nodes for tag in at.get(id, ()))
    return frozenset(found) or frozenset({flow.language})


def _leaving(flow: Flow, way: Way, entered: frozenset[str]) -> frozenset[str]:
    match flow.nodes[way.source]:
        case Set(values=values) if "language" in values:
            return _tags(values["language"], flow)
        case Menu(choices=choices) if way.exit.startswith("choices."):
            chosen = choices[int(way.path[3])]
            return _tags(chosen.set["language"], flow) if "language" in chosen.set else entered
        case Subflow(flow=called):
            return entered | _set_in(flow.flow(called), frozenset({flow.id}))
        case _:
            return entered


def _set_in(flow: Flow, asked: frozenset[str]) -> frozenset[str]:
    """What a subflow, and those that it calls, may make the language."""
    if flow.id in asked:
        return frozenset()
    found: set[str] = set()
    for node in flow.nodes.values():
        for pattern in node.languages():
            found |= _tags(pattern, flow)
        if isinstance(node, Subflow):
            found |= _set_in(flow.flow(node.flow), asked | {flow.id})
    return frozenset(found)


def _tags(pattern: Pattern, flow: Flow) -> frozenset[str]:
    """What a value may be, of the languages that the flow knows of."""
    if not isinstance(pattern, Template):
        return frozenset({str(pattern)} if is_language_tag(pattern) else ())
    if pattern.static:
        tag = pattern.source.strip()
        return frozenset({tag} if is_language_tag(tag) else ())
    constants = {a or b for each in pattern.expressions for a, b in CONSTANT.findall(each.source)}
    return frozenset(constants & written_languages(flow)) or written_languages(flow)


def sets_language(flow: Flow, target: str, assigned: Mapping[str, Pattern]) -> bool:
    """Whether a choice with these values and this target gives the call a language."""
    node = flow.nodes[target]
    return "language" in assigned or (isinstance(node, Set) and "language" in node.values)


@lru_cache(maxsize=64)
def written_languages(flow: Flow) -> frozenset[str]:
    """The flow's own language, and all that something of it is written for."""
    return frozenset({flow.language, *_written(flow)} - {""})


def _written(flow: Flow) -> Iterator[str]:
    for prompt in flow.all_prompts():
        yield from prompt_languages(prompt)
    for _, say in asked(flow):
        yield from () if say is None else say.entries
    for node in flow.nodes.values():
        for choice in node.choices if isinstance(node, Menu) else ():
            yield from choice.label.entries
        for pattern in node.languages():
            if isinstance(pattern, Template) and pattern.static and is_language_tag(pattern.source.strip()):
                yield pattern.source.strip()
