"""One phrase in two choices of a menu, or in two universals, of which the second is never chosen by it."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.prompts import ByLanguage
from ivr.core.spoken import normal
from ivr.document.finding import quoted
from ivr.document.source import Path
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.wording.offered_here import Way, choices, universals
from ivr.nodes.menu import Menu

Said = ByLanguage[tuple[str, ...]]


def _find(subject: Subject) -> Iterator[Mistake]:
    flow = subject.flow
    shared: list[tuple[Said, Path]] = [
        (each.say, ("universals", place, "say")) for place, each in enumerate(flow.universals)
    ]
    yield from _twice(subject, shared, universals(flow, flow.language), "the universals")
    for id, node in flow.nodes.items():
        if isinstance(node, Menu):
            own: list[tuple[Said, Path]] = [
                (each.say, ("nodes", id, "choices", place, "say")) for place, each in enumerate(node.choices)
            ]
            yield from _twice(subject, own, choices(node, flow, flow.language), quoted(id))


def _twice(subject: Subject, written: list[tuple[Said, Path]], ways: tuple[Way, ...], where: str) -> Iterator[Mistake]:
    tags = sorted({tag for say, _ in written for tag in say.entries if tag} or {subject.flow.language})
    told: set[Path] = set()
    for tag in tags:
        first: dict[str, Way] = {}
        for (say, path), way in zip(written, ways, strict=True):
            phrases, found = say.pick(tag, subject.flow.language)
            for place, phrase in enumerate(phrases or ()):
                taken = first.setdefault(normal(phrase), way)
                at = _at(subject, path if "" in say.entries else (*path, found), place)
                if taken is not way and at not in told:
                    told.add(at)
                    harmless = taken.outcome == way.outcome
                    yield Mistake(at, _message(phrase, taken, way, where), severity="warning" if harmless else None)


def _at(subject: Subject, path: Path, place: int) -> Path:
    raw: object = subject.source.value
    for part in path:
        raw = raw[part]  # type: ignore[index] # the path leads through mappings and lists
    return (*path, place) if isinstance(raw, list) else path


def _message(phrase: str, taken: Way, way: Way, where: str) -> str:
    if taken.outcome == way.outcome:
        return f"the phrase {quoted(phrase)} is twice in {where}, both times for {quoted(way.target)}"
    return (
        f"the phrase {quoted(phrase)} already leads to {quoted(taken.target)}, so in {where} it never leads to "
        f"{quoted(way.target)}"
    )


SAME_PHRASE = Check("same-phrase", "error", _find)
