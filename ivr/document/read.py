"""One flow file's text as a flow, with everything in it that other places are to be compared with."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from ivr.core.expressions import RESERVED
from ivr.core.fields import Fields
from ivr.core.flow import Budget, Flow, Universal
from ivr.core.hours import Hours
from ivr.core.node import Node
from ivr.core.prompts import Prompt
from ivr.core.reading import Path, Problem, Reading, Reference, as_list, as_text
from ivr.core.segments import RATE, Voice
from ivr.core.spoken import DEFAULT_LANGUAGE
from ivr.document import hours as opening_hours
from ivr.document.finding import Finding, available, did_you_mean, quoted
from ivr.document.recordings import Find, finder
from ivr.document.schema import DEFS, flow_schema, node_schema
from ivr.document.source import Source
from ivr.document.validation import Subject, problems
from ivr.nodes import KINDS

FLOW_ID = re.compile(r"[A-Za-z0-9_-]+")
KIND_BY_NAME: Mapping[str, type[Node]] = {kind.kind: kind for kind in KINDS}
FLOW_SCHEMA = flow_schema()
NODE_SCHEMAS = {name: node_schema(kind) for name, kind in KIND_BY_NAME.items()}


@dataclass(frozen=True, slots=True)
class Draft:
    """A flow file after it was read, before its names were compared with those of other places."""

    id: str
    source: Source = field(repr=False)
    findings: tuple[Finding, ...] = ()
    flow: Flow | None = None
    """None if it has no start, or a node that can't be read."""
    reading: Reading | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the file says, for names that only broken places mention."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """The type of every node as written, also of those that could not be read."""

    @property
    def subflows(self) -> set[str]:
        """The flows that it calls."""
        return {each.name for each in self.references("flow")}

    def references(self, kind: str) -> list[Reference]:
        """The places that name something of one kind."""
        found = self.reading.references if self.reading is not None else []
        return [each for each in found if each.kind == kind]


def finding(source: Source, problem: Problem) -> Finding:
    """A problem at its place in the file: at the key if that is what is wrong, else at the value."""
    place = source.key_at(problem.path) if problem.at_key else source.at(problem.path)
    return Finding(problem.check, "error", problem.message, source.file, place.line, place.column)


def read_flow(source: Source, year: int, recordings: Find | None = None) -> Draft:
    """Read one file; whatever is wrong in one place does not keep other places from being read."""
    file = FilePath(source.file)
    id = file.stem
    raw = source.value
    if raw is None:
        return Draft(id, source)
    reading = Reading(finder(file) if recordings is None else recordings)
    if not FLOW_ID.fullmatch(id):
        message = f"the file's name is the flow's id: letters, digits, - and _, found {quoted(id)}"
        reading.problems.append(Problem((), "flow-id", message))
    top = problems(raw, FLOW_SCHEMA, DEFS, Subject("a flow"))
    reading.problems.extend(top)
    sound = _sound(raw, {problem.path for problem in top}) if top else raw
    raw_nodes = raw["nodes"] if isinstance(raw.get("nodes"), dict) else {}
    named = {id: node for id, node in raw_nodes.items() if isinstance(node, dict)}
    nodes = _nodes(named, sound.get("defaults", {}), reading)
    resolved = _hours(sound.get("hours", {}), year, reading)
    flow = _flow(id, source.file, sound, nodes, resolved, reading)
    usable = "start" in sound and len(nodes) == len(named) > 0
    found = tuple(finding(source, problem) for problem in dict.fromkeys(reading.problems))
    kinds = {id: _type(named[id]) if id in named else "" for id in raw_nodes}
    return Draft(id, source, found, flow if usable else None, reading, raw, kinds)


def _sound(raw: Mapping[str, Any], faulty: set[Path]) -> Mapping[str, Any]:
    """A flow without what is wrong in it, and without keys that are still wrong then."""
    rest = _without(raw, faulty)
    wrong = {problem.path[0] for problem in problems(rest, FLOW_SCHEMA, DEFS, Subject("a flow")) if problem.path}
    return {key: value for key, value in rest.items() if key not in wrong}


def _nodes(raw: Mapping[str, Any], defaults: Mapping[str, Any], reading: Reading) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    for id, keys in raw.items():
        path: Path = ("nodes", id)
        kind = _kind(keys, path, reading)
        if kind is None:
            continue
        subject = Subject(_named(kind, id), path)
        wrong = problems(keys, NODE_SCHEMAS[kind.kind], DEFS, subject)
        reading.problems.extend(wrong)
        usual = defaults if kind.is_input else {}
        if not wrong:
            nodes[id] = kind.read(Fields(id, keys, path, reading, usual))
            continue
        # What is right in it may still name what does not exist: all mistakes are told together.
        rest = _without(keys, {problem.path[len(path) :] for problem in wrong})
        if not problems(rest, NODE_SCHEMAS[kind.kind], DEFS, subject):
            kind.read(Fields(id, rest, path, reading, usual))
    return nodes


def _without(value: Any, paths: set[Path]) -> Any:
    """A copy of plain data without the entries of mappings at these paths."""
    if isinstance(value, dict):
        return {key: _without(inner, _below(paths, key)) for key, inner in value.items() if (key,) not in paths}
    if isinstance(value, list):
        return [_without(inner, _below(paths, place)) for place, inner in enumerate(value)]
    return value


def _below(paths: set[Path], key: str | int) -> set[Path]:
    return {path[1:] for path in paths if path[:1] == (key,)}


def _named(kind: type[Node], id: str) -> str:
    return f"the {kind.kind} node {quoted(id)}"


def _type(keys: Mapping[str, Any]) -> str:
    return as_text(keys["type"]) if isinstance(keys.get("type"), str | int | float) else ""


def _kind(keys: Mapping[str, Any], path: Path, reading: Reading) -> type[Node] | None:
    known = tuple(KIND_BY_NAME)
    if "type" not in keys:
        message = f"the node {quoted(str(path[-1]))} needs “type”: one of {available(known, 20)}"
        reading.problems.append(Problem(path, "schema", message))
        return None
    name = _type(keys)
    if name not in KIND_BY_NAME:
        message = f"there is no type {quoted(name)}{did_you_mean(name, known)}; types are {available(known, 20)}"
        reading.problems.append(Problem((*path, "type"), "schema", message))
        return None
    return KIND_BY_NAME[name]


def _hours(raw: Mapping[str, Any], year: int, reading: Reading) -> dict[str, Hours]:
    resolved: dict[str, Hours] = {}
    for name, keys in raw.items():
        hours, mistakes = opening_hours.resolve(name, keys, year)
        for path, message in mistakes:
            at_key = bool(path) and message.startswith(quoted(str(path[-1])))
            reading.problems.append(Problem(("hours", name, *path), "hours", message, at_key))
        if hours is not None:
            resolved[name] = hours
    return resolved


def _voice(raw: Mapping[str, Any]) -> Voice:
    return Voice(raw.get("name"), raw.get("rate", RATE), raw.get("volume", 1.0), raw.get("engine", "espeak"))


def _flow(
    id: str,
    file: str,
    raw: Mapping[str, Any],
    nodes: Mapping[str, Node],
    hours: Mapping[str, Hours],
    reading: Reading,
) -> Flow:
    return Flow(
        id=id,
        file=file,
        fingerprint="",
        description=raw.get("description", ""),
        default=raw.get("default", False),
        numbers=tuple(as_text(number) for number in raw.get("numbers", ())),
        start=_target(raw, "start", reading) or "",
        language=raw.get("language", DEFAULT_LANGUAGE),
        voice=_voice(raw.get("voice", {})),
        variables=_variables(raw.get("variables", {}), reading),
        hours=hours,
        goals={
            name: tuple(
                reading.refer("node", as_text(node), ("goals", name, place)) for place, node in enumerate(targets)
            )
            for name, targets in raw.get("goals", {}).items()
        },
        budgets=_budgets(raw.get("budgets", {}), reading),
        prompts=_prompts(raw.get("prompts", {}), reading),
        universals=tuple(
            _universal(keys, ("universals", place), reading) for place, keys in enumerate(raw.get("universals", ()))
        ),
        on_failure=_target(raw, "on_failure", reading),
        on_error=_target(raw, "on_error", reading),
        on_hangup=_target(raw, "on_hangup", reading),
        nodes=nodes,
    )


def _target(raw: Mapping[str, Any], key: str, reading: Reading) -> str | None:
    return None if raw.get(key) is None else reading.refer("node", as_text(raw[key]), (key,))


def _variables(raw: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    for name, value in raw.items():
        reading.assign(name, ("variables", name), at_key=True)
        for path in _not_finite(value, ("variables", name)):
            reading.fault(path, "a number that is finite is expected; JSON has no others")
    return dict(raw)


def _not_finite(value: Any, path: Path) -> Iterator[Path]:
    match value:
        case float() if not math.isfinite(value):
            yield path
        case dict():
            for key, inner in value.items():
                yield from _not_finite(inner, (*path, key))
        case list():
            for place, inner in enumerate(value):
                yield from _not_finite(inner, (*path, place))


def _budgets(raw: Mapping[str, Any], reading: Reading) -> dict[str, Budget]:
    return {
        reading.refer("goal", name, ("budgets", name)): Budget(
            reading.duration(keys["within"], ("budgets", name, "within")) if "within" in keys else None,
            keys.get("menus"),
        )
        for name, keys in raw.items()
    }


def _prompts(raw: Mapping[str, Any], reading: Reading) -> dict[str, Prompt]:
    return {name: reading.prompt(prompt, ("prompts", name)) for name, prompt in raw.items()}


def _universal(raw: Mapping[str, Any], path: Path, reading: Reading) -> Universal:
    return Universal(
        press=as_text(raw["press"]) if "press" in raw else None,
        say=reading.phrases(raw.get("say"), (*path, "say")),
        do=raw.get("do"),
        next=reading.refer("node", as_text(raw["next"]), (*path, "next")) if "next" in raw else None,
    )


def mentioned_variables(draft: Draft) -> set[str]:
    """Every name that the file gives a value to, broken places included."""
    names = set(draft.raw["variables"]) if isinstance(draft.raw.get("variables"), dict) else set()
    nodes = draft.raw.get("nodes")
    for node in nodes.values() if isinstance(nodes, dict) else ():
        if not isinstance(node, dict):
            continue
        if isinstance(node.get("into"), str):
            names.add(node["into"])
        keys = ("save", "set") if node.get("type") != "set" else ("values",)
        for mapping in [node.get(key) for key in keys] + _choice_sets(node):
            if isinstance(mapping, dict):
                names.update(mapping)
    return names - set(RESERVED)


def _choice_sets(node: Mapping[str, Any]) -> list[Any]:
    choices = node.get("choices")
    return [choice.get("set") for choice in as_list(choices) if isinstance(choice, dict)]
