"""A phrase that is part of another choice's phrase.

At its beginning it only makes callers wait: the engine waits for the end of speech. Behind the beginning it is what
is left when the beginning of the longer phrase is lost, as it is when a caller speaks into the prompt.
"""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.spoken import normal
from ivr.document.finding import quoted
from ivr.document.source import Path
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.wording.call_languages import languages_at
from ivr.lint.wording.offered_here import Way, choices, universals
from ivr.nodes.menu import Menu


def _find(subject: Subject) -> Iterator[Mistake]:
    flow = subject.flow
    told: set[tuple[Path, str]] = set()
    for id, node in flow.nodes.items():
        if not isinstance(node, Menu):
            continue
        for language in sorted(languages_at(flow).get(id) or {flow.language}):
            for mistake in _among(choices(node, flow, language), universals(flow, language), id):
                if (mistake.path, mistake.message) not in told:
                    told.add((mistake.path, mistake.message))
                    yield mistake


def _among(own: tuple[Way, ...], shared: tuple[Way, ...], menu: str) -> Iterator[Mistake]:
    said: dict[tuple[str, ...], tuple[Way, str]] = {}
    for way in (*own, *shared):
        for phrase in way.phrases:
            said.setdefault(tuple(normal(phrase).split()), (way, phrase))
    for words, (way, phrase) in said.items():
        for start in range(len(words)):
            for end in range(start + 1, len(words) + 1):
                inner = said.get(words[start:end])
                if (
                    inner is None
                    or inner[0].outcome == way.outcome
                    or inner[0].is_universal is way.is_universal is True
                ):
                    continue
                ours = inner[0] if not inner[0].is_universal else way
                yield Mistake(
                    (*ours.path(menu), "say"),
                    _message(*inner, way, phrase, start),
                    severity="info" if start == 0 else None,
                )


def _message(inner: Way, part: str, way: Way, phrase: str, start: int) -> str:
    what = f"{quoted(part)} for {quoted(inner.target)} is part of {quoted(phrase)} for {quoted(way.target)}"
    if start == 0:
        return f"{what}, so the engine waits for the end of speech, and whoever pauses in the middle is led wrong"
    return f"{what}: whoever is heard too late is led wrong; choose phrases of which none is part of another"


CONTAINED_PHRASE = Check("contained-phrase", "warning", _find)
