"""Which node of a new version is which of the old one: a new name alone is nothing that a caller notices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from ivr.core.expressions import Expression
from ivr.core.input import Input
from ivr.core.node import Node
from ivr.core.prompts import ByLanguage
from ivr.core.segments import Recording
from ivr.core.templates import Template
from ivr.lint.diff.side import Side
from ivr.lint.diff.words import PROMPTS, said_by
from ivr.lint.wording.call_languages import written_languages

TARGETS = ("next", "otherwise", "on_error", "on_failure", "on_status")
"""The fields that name other nodes."""


def pairs(old: Side, new: Side) -> Mapping[str, str]:
    """The new node of each old one that is still there: of the same name, else of the same content.

    A node that has another name is known by what it says and does, targets aside; where several are alike, by the
    nodes that lead to it.
    """
    found = {id: id for id, node in old.nodes.items() if id in new.nodes and new.nodes[id].kind == node.kind}
    for known_by in (_content, _essence):
        _renamed(old, new, found, known_by)
    return found


def _renamed(old: Side, new: Side, found: dict[str, str], known_by: Callable[[Side, Node], Hashable]) -> None:
    """Find the nodes that have another name."""
    taken = set(found.values())
    gone = {id: known_by(old, node) for id, node in old.nodes.items() if id not in found}
    come = {id: known_by(new, node) for id, node in new.nodes.items() if id not in taken}
    waiting = [*found.items()]
    while waiting:
        a, b = waiting.pop(0)
        ways = {way.name: way.target for way in new.nodes[b].exits()}
        for way in old.nodes[a].exits():
            other = ways.get(way.name)
            if way.target in gone and other in come and gone[way.target] == come[other]:
                found[way.target] = other
                waiting.append((way.target, other))
                del gone[way.target], come[other]
    by_content: dict[Hashable, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for place, side in enumerate((gone, come)):
        for id, what in side.items():
            by_content[what][place].append(id)
    for before, after in by_content.values():
        if len(before) == len(after) == 1:
            found[before[0]] = after[0]


def _content(side: Side, node: Node) -> Hashable:
    """What a node says and does, but for where it leads and what it is called."""
    said = tuple(said_by(side.flow, node, language) for language in sorted(written_languages(side.flow)))
    return node.kind, said, tuple(settings(node).items())


def _essence(side: Side, node: Node) -> Hashable:
    """The same without what one setting of the flow may change in many nodes at once."""
    said = tuple((key, words) for key, words in said_by(side.flow, node, side.flow.language) if key in PROMPTS)
    usual = {each.name for each in fields(Input)}
    return node.kind, said, tuple((key, value) for key, value in settings(node).items() if key not in usual)


def settings(node: Node) -> dict[str, Hashable]:
    """What an author set at a node, but for its prompts and where it leads; by the name of the field."""
    found: dict[str, Hashable] = {}
    for each in fields(node):
        if each.name in ("id", "input", *PROMPTS, *TARGETS):
            continue
        found[each.name] = _plain(getattr(node, each.name))
    asked = getattr(node, "input", None)
    for each in fields(asked) if asked is not None else ():
        if each.name not in ("no_input", "no_match", *TARGETS):
            found[each.name] = _plain(getattr(asked, each.name))
    return found


def _plain(value: Any) -> Hashable:
    """A value of a node that compares by what its author wrote."""
    match value:
        case Expression(source=source) | Template(source=source):
            return source
        case Recording(path=path, duration=duration):
            return path.rsplit("/", 1)[-1], duration
        case ByLanguage(entries=entries):
            return _plain(entries)
        case tuple() | list():
            return tuple(map(_plain, value))
        case Mapping():
            return tuple(sorted(((str(key), _plain(inner)) for key, inner in value.items()), key=repr))
        case _ if is_dataclass(value) and not isinstance(value, type):
            return tuple(
                (each.name, _plain(getattr(value, each.name))) for each in fields(value) if each.name not in TARGETS
            )
        case _:
            return value if isinstance(value, Hashable) else repr(value)
