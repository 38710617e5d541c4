"""The words of a prompt as calls of one language hear them, each with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ivr.core.flow import Flow
from ivr.core.reading import PIECES, as_text
from ivr.core.templates import template
from ivr.document.source import Path, Source

VALUE = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands in a text for a value that only the call knows."""
NO_SOURCE = Source("", (), None, (), None)
"""Where the text of a flow does not matter."""
CONSTANT = re.compile(r"'([^']*)'|\"([^\"]*)\"")


@dataclass(frozen=True, slots=True)
class Passage:
    """A text in a prompt."""

    text: str
    """With `VALUE` for each template in it."""
    path: Path
    language: str
    """That it is spoken in."""
    is_announcement: bool = False
    """Whether it is the sentence of `{choices: …}`."""
    maybe: tuple[str, ...] = ()
    """The texts in its templates, of which a call may hear some."""


@dataclass(frozen=True, slots=True)
class Script:
    """What there is to read of a prompt."""

    passages: tuple[Passage, ...]
    readable: bool
    """Whether that is all of its words; not so with recordings whose words are not given, and bare values."""

    @property
    def announces(self) -> bool:
        """Whether `{choices: …}` is in it."""
        return any(passage.is_announcement for passage in self.passages)


def script(flow: Flow, source: Source, path: Path, language: str) -> Script:
    """The words of the prompt at a path of the flow's file, in calls of a language."""
    named = (source.value or {}).get("prompts") or {}
    found = [*_passages(raw_at(source, path), path, named, language, flow.language)]
    passages = tuple(each for each in found if each is not None)
    known = all(each is not None and _has_words(each) for each in found)
    return Script(passages, known)


def raw_at(source: Source, path: Path) -> Any:
    """What the file says at a path, None where it says nothing."""
    raw: Any = source.value
    for part in path:
        try:
            raw = raw[part]
        except (KeyError, IndexError, TypeError):
            return None
    return raw


def _passages(raw: Any, path: Path, named: Mapping[str, Any], language: str, fallback: str) -> Iterator[Passage | None]:
    """Each text; None for what can't be read."""
    match raw:
        case None:
            pass
        case list():
            for place, inner in enumerate(raw):
                yield from _passages(inner, (*path, place), named, language, fallback)
        case dict() if not any(key in raw for key in PIECES):
            for tag in (language, fallback):
                if tag in raw:
                    yield from _passages(raw[tag], (*path, tag), named, tag, fallback)
                    break
        case {"audio": _, **rest}:
            yield _passage(rest["text"], (*path, "text"), language) if "text" in rest else None
        case {"text": text}:
            yield _passage(text, (*path, "text"), language)
        case {"choices": text}:
            yield _passage(text, (*path, "choices"), language, is_announcement=True)
        case {"silence": _}:
            pass
        case {"prompt": name}:
            yield from _passages(named.get(as_text(name)), ("prompts", as_text(name)), named, language, fallback)
        case _:
            yield _passage(raw, path, language)


def _passage(raw: Any, path: Path, language: str, *, is_announcement: bool = False) -> Passage:
    text, maybe = _without_values(as_text(raw))
    return Passage(text, path, language, is_announcement, maybe)


@lru_cache(maxsize=4096)
def _without_values(text: str) -> tuple[str, tuple[str, ...]]:
    made = template(text)
    constants = (a or b for each in made.expressions for a, b in CONSTANT.findall(each.source))
    return "".join(part if isinstance(part, str) else VALUE for part in made.parts), tuple(constants)


def _has_words(passage: Passage) -> bool:
    """Whether it is more than values."""
    return not passage.text.strip() or any(character.isalnum() for character in passage.text) or bool(passage.maybe)


def prompt_paths(flow: Flow, source: Source, node: str, *keys: str) -> Iterator[tuple[str, Path]]:
    """Where the prompts of a node stand that have one of these keys, the flow's defaults included."""
    value = source.value or {}
    own = value["nodes"][node]
    shared = (value.get("defaults") or {}) if flow.nodes[node].is_input else {}
    for key in keys:
        base: Path = ("nodes", node) if key in own else ("defaults",)
        raw = own.get(key, shared.get(key))
        if raw is None:
            continue
        if key in ("no_input", "no_match") and isinstance(raw, list):
            yield from ((key, (*base, key, place)) for place in range(len(raw)))
        else:
            yield key, (*base, key)
