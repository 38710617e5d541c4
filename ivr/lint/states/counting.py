"""Circles that come to an end because they count: “while `index < items | length`, and `index` grows by one”."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from ivr.core.filling import expressions
from ivr.core.flow import Flow
from ivr.core.node import Node
from ivr.lint.states.moves import Passage
from ivr.lint.states.unknown import bare
from ivr.nodes.branch import Branch
from ivr.nodes.set import Set

NAME = re.compile(r"[A-Za-z_]\w*")
STEP = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\s*\|\s*int)?\s*(?P<sign>[+-])\s*[1-9]\d*")
COMPARED = re.compile(r"(?P<left>[^<>=!]+?)\s*(?P<sign><=?|>=?|==|!=)\s*(?P<right>[^<>=!]+)")
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
HOLDING = {"+": ("<", "<=", "=="), "-": (">", ">=", "==")}
"""What can't hold for ever of a number that grows, and of one that shrinks."""
FAILING = {"+": (">", ">=", "!="), "-": ("<", "<=", "!=")}
"""What can't fail to hold for ever."""


def ended_by_counting(circle: Iterable[Passage], flow: Flow) -> frozenset[Passage]:
    """The exits of a circle that can't be taken for ever, since the circle itself counts towards another exit."""
    passages = tuple(circle)
    flows = {each.place.flow: flow.flow(each.place.flow) for each in passages}
    found: set[Passage] = set()
    for id, within in flows.items():
        nodes = {each.place.node: within.nodes[each.place.node] for each in passages if each.place.flow == id}
        counted = _counted(nodes.values())
        written = frozenset(name for node in nodes.values() for name in node.writes())
        for each in passages:
            node = nodes.get(each.place.node) if each.place.flow == id else None
            if isinstance(node, Branch) and _ends(node, each.exit, counted, written):
                found.add(each)
    return frozenset(found)


def _counted(nodes: Iterable[Node]) -> Mapping[str, str]:
    """The variables that one node alone counts, with the sign of its steps."""
    found: dict[str, list[str]] = {}
    for node in nodes:
        values = node.values if isinstance(node, Set) else dict.fromkeys(node.writes())
        for name, pattern in values.items():
            step = next((STEP.fullmatch(bare(each)) for each in expressions(pattern)), None)
            found.setdefault(name, []).append(step["sign"] if step and step["name"] == name else "")
    return {name: signs[0] for name, signs in found.items() if len(signs) == 1 and signs[0]}


def _ends(node: Branch, taken_exit: str, counted: Mapping[str, str], written: Collection[str]) -> bool:
    for place, case in enumerate(node.cases):
        taken = taken_exit == f"cases.{place}"
        if _gives_way(bare(case.when), counted, written, holds=taken):
            return True
        if taken:
            return False
    return False


def _gives_way(condition: str, counted: Mapping[str, str], written: Collection[str], *, holds: bool) -> bool:
    """Whether a condition can't stay as it is while the circle goes on."""
    for word, decisive in ((" or ", False), (" and ", True)):
        if word in condition:
            parts = [_gives_way(part, counted, written, holds=holds) for part in condition.split(word)]
            return any(parts) if holds is decisive else all(parts)
    match = COMPARED.fullmatch(condition.strip("() "))
    if match is None:
        return False
    left, sign, right = match["left"].strip(), match["sign"], match["right"].strip()
    if right in counted:
        left, sign, right = right, MIRRORED.get(sign, sign), left
    if left not in counted or any(name in written for name in NAME.findall(right)):
        return False
    return sign in (HOLDING if holds else FAILING)[counted[left]]
