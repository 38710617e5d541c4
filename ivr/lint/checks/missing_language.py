"""Texts that lack a language in which calls hear them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from ivr.core.flow import Flow
from ivr.core.prompts import ByLanguage, Prompt, Sound
from ivr.core.prompts import languages as prompt_languages
from ivr.core.reading import PIECES, as_text
from ivr.core.segments import Recording
from ivr.document.finding import available, quoted
from ivr.document.source import Path
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.wording.call_languages import languages_at, sets_language
from ivr.lint.wording.prompt_text import prompt_paths, raw_at, script
from ivr.nodes.menu import Menu
from ivr.nodes.play import Play

EVERYWHERE = ("apology", "keys_only")
"""Named prompts that the engine may say at any node."""
FEWEST_WORDS = 3
"""What is shorter may be a name."""
SHORTEST_WORD = 3


def _find(subject: Subject) -> Iterator[Mistake]:
    lacking: dict[Path, set[str]] = {}
    alike: dict[Path, set[str]] = {}
    flow = subject.flow
    at = languages_at(flow)
    before_choosing = _before_the_choice(flow)
    bilingual = _speaks_several(flow)
    for id in flow.nodes:
        heard = at.get(id, frozenset())
        for _, path in prompt_paths(flow, subject.source, id, "prompt", "confirm", "waiting", "no_input", "no_match"):
            for place, tags in _lacking(subject, path, heard):
                lacking.setdefault(place, set()).update(tags)
            if bilingual and id not in before_choosing and len({tag.split("-")[0] for tag in heard}) > 1:
                for place in _for_all(subject, path):
                    alike.setdefault(place, set()).update(heard)
    everywhere = frozenset(tag for heard in at.values() for tag in heard)
    for name in EVERYWHERE:
        for place, tags in _lacking(subject, ("prompts", name), everywhere):
            lacking.setdefault(place, set()).update(tags)
    for place, missing in lacking.items():
        if missing:
            yield _missing(subject, place, sorted(missing))
    for place, several in alike.items():
        message = (
            f"calls in {available(sorted(several))} hear this text in the same words, each by its own voice; "
            f"give it by language"
        )
        yield Mistake(place, message)


def _missing(subject: Subject, place: Path, tags: list[str]) -> Mistake:
    own = subject.flow.language
    raw = raw_at(subject.source, place)
    is_text = isinstance(raw, dict)
    there = tuple(raw) if is_text else tuple(_recordings(subject.flow)[as_text(raw)].entries)
    spoken = "the language of some calls" if len(tags) == 1 else "the languages of some calls"
    what = f"there is no {'text' if is_text else 'recording'} in {available(tags)}, {spoken}"
    if own in there:
        return Mistake(place, f"{what}, so these hear the one in {quoted(own)}")
    return Mistake(place, f"{what}, so these hear nothing; there is {available(there)}", severity="error")


def _lacking(subject: Subject, path: Path, heard: frozenset[str]) -> Iterator[tuple[Path, frozenset[str]]]:
    """What of a prompt is given by language, with the languages in which calls hear it and that it lacks."""
    named = (subject.source.value or {}).get("prompts") or {}
    recordings = _recordings(subject.flow)
    own = subject.flow.language

    def walk(raw: Any, path: Path, heard: frozenset[str]) -> Iterator[tuple[Path, frozenset[str]]]:
        match raw:
            case list():
                for place, inner in enumerate(raw):
                    yield from walk(inner, (*path, place), heard)
            case dict() if not any(key in raw for key in PIECES):
                missing = heard - frozenset(raw)
                yield path, missing
                for tag, inner in raw.items():
                    if tag in heard or (tag == own and missing):
                        yield from walk(inner, (*path, tag), frozenset({tag}))
            case {"prompt": name}:
                yield from walk(named.get(as_text(name)), ("prompts", as_text(name)), heard)
            case {"audio": name} if "text" not in raw:
                tags = recordings[as_text(name)].entries
                if tags and "" not in tags:
                    yield (*path, "audio"), heard - frozenset(tags)

    yield from walk(raw_at(subject.source, path), path, heard)


@lru_cache(maxsize=16)
def _recordings(flow: Flow) -> Mapping[str, ByLanguage[Recording]]:
    """The files of each recording that the flow names."""

    def sounds(prompt: Prompt) -> Iterator[Sound]:
        for piece in prompt:
            match piece:
                case Sound():
                    yield piece
                case ByLanguage(entries):
                    for inner in entries.values():
                        yield from sounds(inner)

    return {sound.name: sound.files for prompt in flow.all_prompts() for sound in sounds(prompt)}


# Texts without a language


def _for_all(subject: Subject, path: Path) -> Iterator[Path]:
    """The texts of a prompt that stand for no language of their own and that can't be right in two."""
    for passage in script(subject.flow, subject.source, path, subject.flow.language).passages:
        around = raw_at(subject.source, passage.path[:-1])
        if isinstance(around, dict) and "audio" in around:
            continue  # They are the words of a recording, which may be there in each language.
        if not _is_by_language(subject, passage.path) and _is_prose(passage.text):
            yield passage.path


def _is_by_language(subject: Subject, path: Path) -> bool:
    """Whether a text stands in one of several languages."""
    around = (raw_at(subject.source, path[:end]) for end in range(3 if path[0] == "nodes" else 2, len(path)))
    return any(isinstance(raw, dict) and not any(key in raw for key in PIECES) for raw in around)


def _is_prose(text: str) -> bool:
    """Whether it is more than names and numbers."""
    words = [word for word in text.replace("{", " ").split() if word.strip(".,!?:;}").isalpha()]
    return len(words) >= FEWEST_WORDS and any(
        word[0] == word[0].lower() and len(word.strip(".,!?:;}")) >= SHORTEST_WORD for word in words
    )


def _speaks_several(flow: Flow) -> bool:
    """Whether its author gives texts by language at all."""
    return len({tag for prompt in flow.all_prompts() for tag in prompt_languages(prompt)}) > 1


def _before_the_choice(flow: Flow) -> frozenset[str]:
    """Menus that ask for the language, and what leads straight to them: they speak to callers of all languages."""
    found = {
        id
        for id, node in flow.nodes.items()
        if isinstance(node, Menu)
        and sum(not sets_language(flow, choice.next, choice.set) for choice in node.choices) <= len(node.choices) // 2
    }
    growing = True
    while growing:
        more = {id for id, node in flow.nodes.items() if isinstance(node, Play) and node.next in found} - found
        found |= more
        growing = bool(more)
    return frozenset(found)


MISSING_LANGUAGE = Check("missing-language", "warning", _find)
