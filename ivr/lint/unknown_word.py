"""Phrases that can never be heard, because the speech model of their language lacks a word, or there is no model.

A word that is missing is a warning: the prompt offers what does not work. It is no error, because it depends on the
models of the machine and not on the flow alone, and callers still have their keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ivr.core.flow import Flow
from ivr.core.prompts import ByLanguage
from ivr.core.spoken import normal
from ivr.document.finding import Finding, Severity, available, quoted
from ivr.document.load import Loaded
from ivr.document.source import Path, Source
from ivr.lint.machine import Machine
from ivr.nodes.collect import Collect
from ivr.nodes.menu import Menu
from ivr.speech.grammar import spelling
from ivr.speech.models import Model, engine_for
from ivr.speech.vocabulary import Vocabulary, VocabularyError

UNKNOWN_WORD = "unknown-word"
NO_MODEL = "speech-model"

Say = ByLanguage[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a caller may say in calls of one language, and where it is written."""

    text: str
    """Empty for what is no phrase: digits, or any words."""
    path: Path


def check(loaded: Loaded, machine: Machine) -> Iterator[Finding]:
    """Find words that the models of a machine lack, and say where callers are served by keys only."""
    read: dict[Model, Vocabulary | VocabularyError] = {}
    for flow in loaded.flows.values():
        source = loaded.sources[flow.file]
        for language, phrases in listened_for(flow).items():
            model = engine_for(language, machine.models)
            if model is None:
                yield _by_keys_only(source, language, phrases)
                continue
            if model not in read:
                read[model] = _words(machine, model)
            yield from _unknown(source, language, phrases, model, read[model])


def listened_for(flow: Flow) -> Mapping[str, tuple[Phrase, ...]]:
    """All that a flow listens for in each language that its calls may be in: its own, and those of its phrases."""
    asked = [*_asked(flow)]
    tags = {tag for _, say in asked if say is not None for tag in say.entries if tag}
    by_language = {
        language: tuple(phrase for path, say in asked for phrase in _in(language, say, path, flow.language))
        for language in sorted({flow.language, *tags})
    }
    return {language: phrases for language, phrases in by_language.items() if phrases}


def _asked(flow: Flow) -> Iterator[tuple[Path, Say | None]]:
    """Where the flow lists phrases; None stands for digits or any words."""
    for place, universal in enumerate(flow.universals):
        yield ("universals", place, "say"), universal.say
    for id, node in flow.nodes.items():
        match node:
            case Menu(choices=choices):
                for place, choice in enumerate(choices):
                    yield ("nodes", id, "choices", place, "say"), choice.say
            case Collect(spoken="phrases", phrases=say):
                yield ("nodes", id, "speech"), say
            case Collect(spoken="digits" | "any"):
                yield ("nodes", id, "speech"), None


def _in(language: str, say: Say | None, path: Path, own: str) -> Iterator[Phrase]:
    """What stands at a path for calls in a language, which falls back to the flow's own."""
    if say is None:
        yield Phrase("", path)
        return
    phrases, tag = say.pick(language, own)
    listed = path if "" in say.entries else (*path, tag)
    yield from (Phrase(text, (*listed, place)) for place, text in enumerate(phrases or ()))


def _words(machine: Machine, model: Model) -> Vocabulary | VocabularyError:
    try:
        return machine.vocabulary(model)
    except VocabularyError as error:
        return error


def _by_keys_only(source: Source, language: str, phrases: tuple[Phrase, ...]) -> Finding:
    why = f"there is no speech model for {language}, so callers are served by keys only"
    first = min(phrases, key=lambda phrase: source.at(phrase.path))
    return _finding(NO_MODEL, "info", f"{why}; to get one: ivr models get {language}", source, first)


def _unknown(
    source: Source,
    language: str,
    phrases: tuple[Phrase, ...],
    model: Model,
    words: Vocabulary | VocabularyError,
) -> Iterator[Finding]:
    if isinstance(words, VocabularyError):
        message = f"the words of {model.name} can't be read, so phrases in {language} are not checked: {words}"
        yield _finding(NO_MODEL, "warning", message, source, phrases[0])
        return
    for phrase in phrases:
        if phrase.text and not spelling(phrase.text, words.__contains__):
            yield _finding(UNKNOWN_WORD, "warning", _message(phrase.text, language, model, words), source, phrase)


def _message(phrase: str, language: str, model: Model, words: Vocabulary) -> str:
    lacking = [word for word in _parts(phrase) if not spelling(word, words.__contains__)] or [phrase]
    near = [other for word in lacking for other in words.near(word)]
    what = f"callers can't say {quoted(phrase)} in {language}: {model.name} does not know {available(lacking)}"
    return f"{what}; {f'it knows {available(near)}' if near else 'choose other words'}"


def _parts(phrase: str) -> Iterator[str]:
    """The words of a phrase as written; those of one with a dash or slash in it, apart."""
    for word in dict.fromkeys(phrase.split()):
        parts = normal(word).split()
        yield from parts if len(parts) > 1 else (word,)


def _finding(check_id: str, severity: Severity, message: str, source: Source, phrase: Phrase) -> Finding:
    place = source.at(phrase.path)
    return Finding(check_id, severity, message, source.file, place.line, place.column)
