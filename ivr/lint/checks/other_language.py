"""Choices whose phrases or labels are in another language than the prompt that offers them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ivr.core.prompts import ByLanguage
from ivr.document.finding import available, quoted
from ivr.document.source import Path
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.wording.call_languages import languages_at
from ivr.lint.wording.prompt_text import script
from ivr.nodes.menu import Menu
from ivr.speech.phrases import asked


def _find(subject: Subject) -> Iterator[Mistake]:
    flow = subject.flow
    at = languages_at(flow)
    asked_in = sorted({tag for id, node in flow.nodes.items() if node.is_input for tag in at.get(id, ())})
    for path, value in (each for each in _written(subject) if _differs(each[1])):
        parted: dict[str, str] = {}
        if path[0] == "universals":
            parted = {tag: tag for tag in asked_in if tag not in value.entries}
        else:
            for language in at.get(str(path[1]), ()):
                spoken = _spoken(subject, (*path[:2], "prompt"), language)
                found, tag = value.pick(language, flow.language)
                if found is None or tag != spoken:
                    parted[language] = spoken
        if parted:
            yield Mistake(path, _message(path, value, parted, flow.language))


def _written(subject: Subject) -> Iterator[tuple[Path, ByLanguage[Any]]]:
    """What may be given by language besides prompts."""
    yield from ((path, say) for path, say in asked(subject.flow) if say is not None)
    for id, node in subject.flow.nodes.items():
        prompt = ("nodes", id, "prompt")
        if isinstance(node, Menu) and script(subject.flow, subject.source, prompt, subject.flow.language).announces:
            for place, choice in enumerate(node.choices):
                yield ("nodes", id, "choices", place, "label"), choice.label


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
