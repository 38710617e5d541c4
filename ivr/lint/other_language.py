"""Choices whose phrases or labels are in another language than the prompt that offers them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ivr.core.prompts import ByLanguage
from ivr.document.finding import available, quoted
from ivr.document.source import Path
from ivr.lint.call_languages import languages_at
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.prompt_text import script
from ivr.nodes.collect import Collect
from ivr.nodes.menu import Menu


def _find(subject: Subject) -> Iterator[Mistake]:
    flow = subject.flow
    at = languages_at(flow)
    parted: dict[Path, dict[str, str]] = {}
    written: dict[Path, ByLanguage[Any]] = {}
    asked: set[str] = set()
    for id, node in flow.nodes.items():
        if node.is_input:
            asked |= at.get(id, frozenset())
        for path, value in _of_node(subject, id):
            written[path] = value
            for language in at.get(id, ()):
                spoken = _spoken(subject, ("nodes", id, "prompt"), language)
                if value.pick(language, flow.language)[1] != spoken or value.pick(language, flow.language)[0] is None:
                    parted.setdefault(path, {})[language] = spoken
    for place, universal in enumerate(flow.universals):
        if _differs(universal.say):
            path = ("universals", place, "say")
            written[path] = universal.say
            parted[path] = {tag: tag for tag in asked if tag not in universal.say.entries}
    for path, languages in parted.items():
        if languages:
            yield Mistake(path, _message(path, written[path], languages, flow.language))


def _of_node(subject: Subject, id: str) -> Iterator[tuple[Path, ByLanguage[Any]]]:
    """What of a node is given by language besides its prompts."""
    match subject.flow.nodes[id]:
        case Menu(choices=choices):
            announces = script(subject.flow, subject.source, ("nodes", id, "prompt"), subject.flow.language).announces
            for place, choice in enumerate(choices):
                if _differs(choice.say):
                    yield ("nodes", id, "choices", place, "say"), choice.say
                if announces and _differs(choice.label):
                    yield ("nodes", id, "choices", place, "label"), choice.label
        case Collect(spoken="phrases", phrases=phrases) if _differs(phrases):
            yield ("nodes", id, "speech"), phrases


def _differs(value: ByLanguage[Any]) -> bool:
    return bool(value.entries) and "" not in value.entries


def _spoken(subject: Subject, path: Path, language: str) -> str:
    """The language that most of a prompt is in, in calls of a language."""
    tags = [each.language for each in script(subject.flow, subject.source, path, language).passages]
    return max(tags, key=tags.count) if tags else language


def _message(path: Path, value: ByLanguage[Any], languages: dict[str, str], own: str) -> str:
    tags = sorted(languages)
    what = {"label": "this label is", "say": "these phrases are", "speech": "these phrases are"}[str(path[-1])]
    there = available(value.entries)
    prompt = available(sorted(set(languages.values())))
    if own in value.entries or any(tag in value.entries for tag in tags):
        heard = f"calls in {available(tags)} hear the prompt in {prompt}"
        return f"{what} in {there} only, but {heard}: give {'it' if path[-1] == 'label' else 'them'} in that, too"
    return f"{what} in {there} only, so in calls in {available(tags)} there are none; the flow is in {quoted(own)}"


OTHER_LANGUAGE = Check("other-language", "warning", _find)
