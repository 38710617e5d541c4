"""Values that nobody may read, and what is made from them, where people or other machines can read them.

A proof, not a search: what depends on a sensitive entry or a secret is followed through all variables of all flows
that call each other, whatever the order of the nodes is. What a branch decides by such a value is not followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ivr.document.finding import Severity, quoted
from ivr.document.source import Path
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.checks.unread_variable import result_keys
from ivr.lint.values.data import Spot, neighbours, spots
from ivr.lint.values.urls import Reach, addresses
from ivr.nodes.collect import Collect
from ivr.nodes.http import Http
from ivr.nodes.return_ import Return
from ivr.nodes.subflow import Subflow

OPEN: tuple[Reach, ...] = ("world", "house", "unknown")
"""Where others can read what a lookup sends."""


@dataclass(frozen=True, slots=True)
class Holder:
    """What can hold a value: a variable of a flow, or one of the values that a flow returns."""

    flow: str
    name: str
    returned: bool = False


Story = tuple[str, ...]
"""The way of a value, from where it came to where it is."""


def _find(subject: Subject) -> Iterator[Mistake]:
    joined = neighbours(subject)
    if not any(_origins(each) for each in joined) and not any(
        use.expression.secrets for each in joined for use in each.reading.uses
    ):
        return
    told: set[Path] = set()
    stories = _stories(joined)
    for spot in spots(subject):
        leak = _leak(spot, subject)
        story = _story(spot, subject.flow.id, stories)
        if leak is not None and story is not None and spot.path not in told:
            told.add(spot.path)
            way = " → ".join((*story, leak.into))
            yield Mistake(spot.path, f"{leak.what}: {way}; {leak.mend}", severity=leak.severity)


@dataclass(frozen=True, slots=True)
class Leak:
    """A place where others can read a value."""

    what: str
    into: str
    mend: str
    severity: Severity = "error"


def _leak(spot: Spot, subject: Subject) -> Leak | None:
    """Whether anybody could read the expression's value."""
    node = subject.flow.nodes.get(spot.node or "")
    match spot.role:
        case "prompt":
            return Leak("this prompt says what nobody may hear", "this prompt", "leave it out")
        case "url" | "query":
            part = "URL" if spot.role == "url" else "query"
            mend = "send it in the body of a POST over https, or in a header"
            return Leak(f"servers and proxies log the {part}, and this one tells a secret", f"this {part}", mend)
        case "headers" | "body" if isinstance(node, Http):
            reaches = {each.reach for each in addresses(node, subject)}
            if reaches.isdisjoint(OPEN):
                return None
            part = "header" if spot.role == "headers" else "body"
            what = "over plain http, everybody on the way reads this secret"
            return Leak(what, f"this {part}", "write https", "error" if "world" in reaches else "warning")
        case "to":
            return Leak("records of calls tell where a call was transferred to", "this transfer", "leave it out")
        case "language":
            return Leak("logs tell the language of a call", "the language", "leave it out")
        case "with" if isinstance(node, Subflow):
            what = "what nobody may read leaves its flow"
            return Leak(what, f"the flow {quoted(node.flow)}", "ask for it in the flow that needs it")
        case "return":
            what = "what nobody may read leaves its flow"
            return Leak(what, "the flow that called this one", "return only what was found out by it")
        case _:
            return None


def _origins(subject: Subject) -> dict[Holder, Story]:
    """The sensitive entries of a flow."""
    return {
        Holder(subject.flow.id, node.into): (f"{quoted(node.into)} (sensitive, collected at {quoted(node.id)})",)
        for node in subject.flow.nodes.values()
        if isinstance(node, Collect) and node.sensitive
    }


def _stories(joined: Iterable[Subject]) -> Mapping[Holder, Story]:
    """All that holds something sensitive, with a shortest story of it."""
    stories: dict[Holder, Story] = {}
    onward: dict[Holder, list[Holder]] = {}
    fresh: list[Holder] = []

    def note(holder: Holder, story: Story) -> None:
        if holder not in stories:
            stories[holder] = story
            fresh.append(holder)

    for subject in joined:
        for holder, story in _origins(subject).items():
            note(holder, story)
    for subject in joined:
        for spot in spots(subject):
            target = _target(spot, subject)
            if target is None:
                continue
            for source in _sources(spot, subject):
                onward.setdefault(source, []).append(target)
            for secret in spot.expression.secrets:
                note(target, (_secret(secret), _named(target, subject.flow.id)))
    for holder in fresh:  # grows as it is walked
        for target in onward.get(holder, ()):
            note(target, (*stories[holder], _named(target, holder.flow)))
    return stories


def _target(spot: Spot, subject: Subject) -> Holder | None:
    """What takes the value of an expression."""
    node = subject.flow.nodes.get(spot.node or "")
    match spot.role:
        case "set" | "save":
            return Holder(subject.flow.id, spot.name)
        case "return":
            return Holder(subject.flow.id, spot.name, returned=True)
        case "with" if isinstance(node, Subflow):
            return Holder(node.flow, spot.name)
        case _:
            return None


def _sources(spot: Spot, subject: Subject) -> Iterator[Holder]:
    """What an expression reads."""
    yield from (Holder(subject.flow.id, name) for name in spot.reads)
    node = subject.flow.nodes.get(spot.node or "")
    if isinstance(node, Subflow) and "result" in spot.local and "result" in spot.expression.reads:
        keys = result_keys(spot.expression.source)
        called = subject.loaded.flows.get(node.flow)
        for key in _returned(subject, node.flow) if keys is None and called is not None else keys or ():
            yield Holder(node.flow, key, returned=True)


def _returned(subject: Subject, flow: str) -> frozenset[str]:
    """Every key that a flow returns."""
    nodes = subject.loaded.flows[flow].nodes.values()
    return frozenset(key for node in nodes if isinstance(node, Return) for key in node.values)


def _story(spot: Spot, flow: str, stories: Mapping[Holder, Story]) -> Story | None:
    """How something sensitive comes to an expression; the shortest story."""
    secrets = [(_secret(name),) for name in spot.expression.secrets]
    held = [stories[holder] for holder in (Holder(flow, name) for name in spot.reads) if holder in stories]
    return min([*secrets, *held], key=len, default=None)


def _secret(name: str) -> str:
    return quoted(f"secret.{name}")


def _named(holder: Holder, before: str) -> str:
    """A holder as a step of a story that was in a flow before."""
    if holder.returned:
        return f"{quoted(holder.name)} returned by {quoted(holder.flow)}"
    return quoted(holder.name) if holder.flow == before else f"{quoted(holder.name)} in {quoted(holder.flow)}"


SENSITIVE_LEAK = Check("sensitive-leak", "error", _find)
