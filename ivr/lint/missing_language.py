"""Texts that lack a language in which calls hear them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ivr.core.flow import Flow
from ivr.core.prompts import languages as prompt_languages
from ivr.core.reading import PIECES, as_text
from ivr.document.finding import available, quoted
from ivr.document.source import Path
from ivr.lint.call_languages import languages_at, sets_language
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.prompt_text import prompt_paths, raw_at, script
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
            for place, tags in _by_language(subject, path):
                lacking.setdefault(place, set()).update(heard - tags)
            if bilingual and id not in before_choosing and len({tag.split("-")[0] for tag in heard}) > 1:
                for place in _for_all(subject, path):
                    alike.setdefault(place, set()).update(heard)
    everywhere = frozenset(tag for heard in at.values() for tag in heard)
    for name in EVERYWHERE:
        for place, tags in _by_language(subject, ("prompts", name)):
            lacking.setdefault(place, set()).update(everywhere - tags)
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
    there = tuple(raw_at(subject.source, place))
    what = f"there is no text in {available(tags)}, the language of some calls"
    if own in there:
        return Mistake(place, f"{what}, so these hear the one in {quoted(own)}")
    return Mistake(place, f"{what}, so these hear nothing; there is {available(there)}", severity="error")


def _by_language(subject: Subject, path: Path) -> Iterator[tuple[Path, frozenset[str]]]:
    """The texts by language in a prompt, with their languages."""
    yield from _walk(raw_at(subject.source, path), path, (subject.source.value or {}).get("prompts") or {})


def _walk(raw: Any, path: Path, named: Mapping[str, Any]) -> Iterator[tuple[Path, frozenset[str]]]:
    match raw:
        case list():
            for place, inner in enumerate(raw):
                yield from _walk(inner, (*path, place), named)
        case dict() if not any(key in raw for key in PIECES):
            yield path, frozenset(raw)
            for tag, inner in raw.items():
                yield from _walk(inner, (*path, tag), named)
        case {"prompt": name}:
            yield from _walk(named.get(as_text(name)), ("prompts", as_text(name)), named)


# Texts without a language


def _for_all(subject: Subject, path: Path) -> Iterator[Path]:
    """The texts of a prompt that stand for no language of their own and that can't be right in two."""
    inside = [place for place, _ in _by_language(subject, path)]
    for passage in script(subject.flow, subject.source, path, subject.flow.language).passages:
        around = raw_at(subject.source, passage.path[:-1])
        if isinstance(around, dict) and "audio" in around:
            continue  # They are the words of a recording, which may be there in each language.
        if not any(passage.path[: len(place)] == place for place in inside) and _is_prose(passage.text):
            yield passage.path


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
