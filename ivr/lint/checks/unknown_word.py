"""Phrases that can never be heard, because the speech model of their language lacks a word, or there is no model.

A word that is missing is a warning: the prompt offers what does not work. It is no error, because it depends on the
models of the machine and not on the flow alone, and callers still have their keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ivr.core.flow import Flow
from ivr.core.spoken import normal
from ivr.document.finding import available, quoted
from ivr.document.source import Path
from ivr.lint.check import Check, Mistake, Subject
from ivr.speech.grammar import spelling
from ivr.speech.machine import Machine
from ivr.speech.models import Model, engine_for
from ivr.speech.phrases import Say, asked
from ivr.speech.vocabulary import Vocabulary, VocabularyError


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a caller may say in calls of one language, and where it is written."""

    text: str
    """Empty for what is no phrase: digits, or any words."""
    path: Path


def _unknown_words(subject: Subject) -> Iterator[Mistake]:
    for language, phrases in listened_for(subject.flow).items():
        model = engine_for(language, subject.machine.models)
        words = None if model is None else _words(subject.machine, model)
        if model is None or words is None or isinstance(words, VocabularyError):
            continue
        for phrase in phrases:
            if phrase.text and not spelling(phrase.text, words.__contains__):
                yield Mistake(phrase.path, _message(phrase.text, language, model, words))


def _without_models(subject: Subject) -> Iterator[Mistake]:
    for language, phrases in listened_for(subject.flow).items():
        model = engine_for(language, subject.machine.models)
        if model is None:
            why = f"there is no speech model for {language}, so callers are served by keys only"
            first = min(phrases, key=lambda phrase: subject.source.at(phrase.path))
            yield Mistake(first.path, f"{why}; to get one: ivr models get {language}")
        elif isinstance(words := _words(subject.machine, model), VocabularyError):
            why = f"the words of {model.name} can't be read, so phrases in {language} are not checked"
            yield Mistake(phrases[0].path, f"{why}: {words}", severity="warning")


def listened_for(flow: Flow) -> Mapping[str, tuple[Phrase, ...]]:
    """All that a flow listens for in each language that its calls may be in: its own, and those of its phrases."""
    places = [*asked(flow)]
    tags = {tag for _, say in places if say is not None for tag in say.entries if tag}
    by_language = {
        language: tuple(phrase for path, say in places for phrase in _in(language, say, path, flow.language))
        for language in sorted({flow.language, *tags})
    }
    return {language: phrases for language, phrases in by_language.items() if phrases}


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


UNKNOWN_WORD = Check("unknown-word", "warning", _unknown_words)
SPEECH_MODEL = Check("speech-model", "info", _without_models)
