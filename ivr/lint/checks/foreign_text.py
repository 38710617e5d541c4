"""Texts that stand under one language and are written in another, such as two that changed places."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from ivr.core.reading import PIECES
from ivr.core.templates import template
from ivr.document.finding import quoted
from ivr.document.source import Path
from ivr.lint.check import Check, Mistake, Subject
from ivr.nodes.menu import Menu

SCRIPTS = {
    "LATIN": "en de fr es it pt nl pl sv da nb no fi cs sk hu ro tr id vi hr sl lt lv et ca eu gl sw",
    "DEVANAGARI": "hi mr ne",
    "CYRILLIC": "ru uk bg be mk",
    "ARABIC": "ar fa ur",
    "GREEK": "el",
    "HEBREW": "he",
    "BENGALI": "bn as",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAI": "th",
    "HANGUL": "ko",
}
SCRIPT_OF = {tag: script for script, tags in SCRIPTS.items() for tag in tags.split()}
"""By primary language; Serbian, Punjabi and others that have two are left out."""
WORDS = {
    "en": "the your you is are for and please press we our this that have with not say enter thank sorry",
    "de": "der die das den dem ein eine sie ihr ihre ihren und ist sind für bitte drücken wir nicht mit auf zu wurde",
    "fr": "le les un une des du vous votre vos nous est sont pour et avec appuyez veuillez pas dans merci sur",
    "es": "el los las una del su sus usted es son para y con por favor pulse marque oprima no gracias presione que",
}
OF_WORD: Mapping[str, frozenset[str]] = {tag: frozenset(words.split()) for tag, words in WORDS.items()}
"""Words that stand in nearly every sentence of a language."""
FEWEST_LETTERS = 6
FEWEST_WORDS = 3
"""Such words of another language, beside none of its own, tell that a text is in that."""
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]+)*")


def _find(subject: Subject) -> Iterator[Mistake]:
    raw = subject.source.value or {}
    for name, value in (raw.get("prompts") or {}).items():
        yield from _in(value, ("prompts", name))
    for key in ("no_input", "no_match"):
        yield from _in((raw.get("defaults") or {}).get(key), ("defaults", key))
    for id, node in subject.flow.nodes.items():
        if isinstance(node, Menu) and any("language" in choice.set for choice in node.choices):
            continue  # It speaks of each language in that.
        own = raw["nodes"][id]
        for key in ("prompt", "confirm", "waiting", "no_input", "no_match"):
            yield from _in(own.get(key), ("nodes", id, key))
        for place, choice in enumerate(own.get("choices", ()) if isinstance(node, Menu) else ()):
            yield from _in(choice.get("label"), ("nodes", id, "choices", place, "label"))


def _in(value: Any, path: Path) -> Iterator[Mistake]:
    match value:
        case list():
            for place, inner in enumerate(value):
                yield from _in(inner, (*path, place))
        case dict() if value and not any(key in value for key in PIECES):
            for tag, inner in value.items():
                other = _other(" ".join(_texts(inner)), tag.split("-")[0].lower())
                if other is not None:
                    message = f"this text is spoken in {quoted(tag)}, but is written in {other}"
                    yield Mistake((*path, tag), f"{message}; write it in its own, or put it under the other")


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield "".join(part if isinstance(part, str) else " " for part in template(value).parts)
        case list():
            for inner in value:
                yield from _texts(inner)
        case dict():
            for key in ("text", "choices"):
                yield from _texts(re.sub(r"\{\w+\}", " ", str(value[key])) if key in value else None)


def _other(text: str, language: str) -> str | None:
    """What a text is written in, if that can't be its language."""
    letters = [_script(each) for each in text if unicodedata.category(each) in ("Lu", "Ll", "Lo")]
    wanted = SCRIPT_OF.get(language)
    if wanted is None or len(letters) < FEWEST_LETTERS:
        return None
    if wanted not in letters and wanted == "LATIN":  # Other languages are often written in Latin letters.
        script = max(set(letters), key=letters.count)
        return f"{script.capitalize()} letters"
    words = re.findall(r"\w+", text.casefold())
    counts = {tag: sum(word in known for word in words) for tag, known in OF_WORD.items()}
    best = max(counts, key=lambda tag: counts[tag])
    known = OF_WORD.get(language, frozenset())
    strange = best != language and counts[best] >= FEWEST_WORDS and not any(word in known for word in words)
    own = wanted in letters if wanted != "LATIN" else not known
    return f"another language, probably {quoted(best)}" if strange and not own else None


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0]


FOREIGN_TEXT = Check("foreign-text", "warning", _find)
