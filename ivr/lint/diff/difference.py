"""One thing that is not as it was, and how such things are told to people and to programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ivr.document.finding import available, printable, quoted

Kind = Literal[
    "flow-added",
    "flow-removed",
    "number",
    "default",
    "menu-added",
    "menu-removed",
    "choice-added",
    "choice-removed",
    "choice-moved",
    "choice-leads",
    "phrases",
    "universal-added",
    "universal-removed",
    "universal-leads",
    "leads",
    "setting",
    "hours",
    "goal-lost",
    "goal-gained",
    "goal-time",
    "said",
    "to-record",
    "env",
    "secret",
]

SECTIONS: Mapping[str, tuple[Kind, ...]] = {
    "flows and numbers": ("flow-added", "flow-removed", "number", "default"),
    "choices": (
        *("menu-added", "menu-removed", "choice-added", "choice-removed", "choice-moved", "choice-leads", "phrases"),
        *("universal-added", "universal-removed", "universal-leads"),
    ),
    "ways on": ("leads", "setting"),
    "hours": ("hours",),
    "goals": ("goal-lost", "goal-gained", "goal-time"),
    "what is said": ("said",),
    "to be recorded anew": ("to-record",),
    "to be set by the operator": ("env", "secret"),
}
"""The headings under which people read of them, in this order."""

RESET, BOLD = "\x1b[0m", "\x1b[1m"
MARGIN = "  "
MANY = 4


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that callers, or who serves them, will notice."""

    flow: str
    kind: Kind
    where: str
    """The node, as it is named now, or what else the difference is about: `universals`, a goal, a name of `hours`."""
    message: str
    """A sentence without a full stop."""
    language: str = ""
    """Of a text, the language in which it is said."""
    old: Any = ""
    new: Any = ""
    """What was and what is, for programs: texts, targets, keys, values, times of a goal; empty where there is none."""


def as_text(found: Iterable[Difference], *, colour: bool = False) -> str:
    """Tell differences by flow and by what they are about; without any the text is empty."""
    told = [*found]
    lines = [line for flow in dict.fromkeys(each.flow for each in told) for line in _flow(flow, told, colour)]
    count, flows = len(told), len({each.flow for each in told})
    if told:
        plural = "s" if count > 1 else ""
        lines.append(f"{count} difference{plural} in {flows} flow{'s' if flows > 1 else ''}")
    return "".join(f"{line}\n" for line in lines)


def as_json(found: Iterable[Difference]) -> str:
    """Tell differences to programs: `{"differences": [{"flow", "kind", "where", "message", …}]}`."""
    always = ("flow", "kind", "where", "message")
    entries = [{key: value for key, value in asdict(each).items() if value or key in always} for each in found]
    return json.dumps({"differences": entries}, indent=2, ensure_ascii=False)


def _flow(flow: str, found: Iterable[Difference], colour: bool) -> Iterator[str]:
    own = [each for each in found if each.flow == flow]
    yield f"{BOLD}{flow}{RESET}" if colour else flow
    for heading, kinds in SECTIONS.items():
        those = [each for each in own if each.kind in kinds]
        # What one edit has changed in many nodes is told once.
        places: dict[str, list[str]] = {}
        for each in those:
            places.setdefault(each.message, []).append(each.where)
        if those:
            yield f"{MARGIN}{heading}"
            yield from (f"{MARGIN * 2}{printable(f'{_places(at)}: {what}')}" for what, at in places.items())
    yield ""


def _places(names: Iterable[str]) -> str:
    known = [*dict.fromkeys(names)]
    more = len(known) - MANY
    return ", ".join(known[:MANY]) + (f" and {more} more" if more > 0 else "")


def shown(value: Any) -> str:
    """A value as its author wrote it, short."""
    match value:
        case None:
            return "not set"
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case dict() | list():
            return quoted(json.dumps(value, ensure_ascii=False, default=str))
        case _:
            return str(value)


def listed(names: Iterable[str]) -> str:
    """Names in quotes, not too many of them."""
    return available([*names], MANY)


def sorted_by_section(found: Iterable[Difference]) -> tuple[Difference, ...]:
    """In the order of the headings; within one as found, flow by flow."""
    told = [*{repr(each): each for each in found}.values()]
    flows = {flow: place for place, flow in enumerate(sorted({each.flow for each in told}))}
    section = {kind: place for place, kinds in enumerate(SECTIONS.values()) for kind in kinds}
    return tuple(sorted(told, key=lambda each: (flows[each.flow], section[each.kind])))
