"""What to say: prompts as written, and the audio segments that they come down to in one call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from ivr.core.expressions import Expression, Scope
from ivr.core.segments import Recording, Segment, Silence, Speech, Voice
from ivr.core.spoken import by_language, keys_aloud
from ivr.core.templates import Template, Text

T = TypeVar("T")

APOLOGY: Mapping[str, str] = {
    "en": "We are sorry, something went wrong. Please call again later. Goodbye.",
    "hi": "क्षमा करें, कुछ गड़बड़ हो गई। कृपया बाद में फिर कॉल करें। नमस्ते।",
    "de": "Es tut uns leid, etwas ist schiefgegangen. Bitte rufen Sie später wieder an. Auf Wiederhören.",
    "es": "Lo sentimos, algo ha salido mal. Por favor, llame más tarde. Adiós.",
    "fr": "Nous sommes désolés, une erreur est survenue. Veuillez rappeler plus tard. Au revoir.",
}
"""What a caller hears when all else failed and the flow names no prompt `apology`."""

KEYS_ONLY: Mapping[str, str] = {
    "en": "Please use the keys of your telephone.",
    "hi": "कृपया अपने फ़ोन के बटनों का उपयोग करें।",
    "de": "Bitte benutzen Sie die Tasten Ihres Telefons.",
    "es": "Por favor, use las teclas de su teléfono.",
    "fr": "Veuillez utiliser les touches de votre téléphone.",
}
"""What a caller hears who can't be understood and whose flow names no prompt `keys_only`."""


@dataclass(frozen=True, slots=True)
class ByLanguage(Generic[T]):
    """A value that may differ by language; the entry for `""` serves every language."""

    entries: Mapping[str, T]

    def pick(self, language: str, fallback: str) -> tuple[T | None, str]:
        """The entry for the call's language, else the flow's, with the language that it is in."""
        if "" in self.entries:
            return self.entries[""], language
        for tag in (language, fallback):
            if tag in self.entries:
                return self.entries[tag], tag
        return None, language


@dataclass(frozen=True, slots=True)
class Words:
    """Text to speak."""

    template: Template


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording, in the languages where its file exists; `text` is spoken where it does not."""

    name: str
    files: ByLanguage[Recording]
    text: Template | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    """A sentence spoken once for each choice of the menu that has a label."""

    sentence: Template


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence of so many milliseconds."""

    duration: int


@dataclass(frozen=True, slots=True)
class Named:
    """One of the flow's named prompts."""

    name: str


Prompt = tuple["Piece", ...]
"""The pieces of a prompt, played in sequence."""
Piece = Words | Sound | Announcement | Pause | Named | ByLanguage[Prompt]


@dataclass(frozen=True, slots=True)
class Announced:
    """What an `Announcement` says of one choice; `press` and the first phrase may be absent."""

    label: ByLanguage[Template]
    press: str
    say: ByLanguage[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Stage:
    """All that decides how a prompt sounds: the call's language, the flow's voice and prompts, the values."""

    language: str
    fallback: str
    """The flow's language."""
    voice: Voice
    prompts: Mapping[str, Prompt]
    scope: Scope | None = None
    """None renders only what is the same in every call."""
    choices: tuple[Announced, ...] = field(default=())


def segments(prompt: Prompt, stage: Stage) -> tuple[Segment, ...]:
    """The audio of a prompt, empty if nothing is to be heard.

    Raises:
        ExpressionError: a value in a template can't be had.
    """
    return tuple(_pieces(prompt, stage))


def _pieces(prompt: Prompt, stage: Stage) -> Iterator[Segment]:
    for piece in prompt:
        match piece:
            case Words(template):
                yield from _speech(template, stage, stage.language)
            case Sound():
                yield from _sound(piece, stage)
            case Announcement(sentence):
                for choice in stage.choices:
                    yield from _announced(sentence, choice, stage)
            case Pause(duration):
                if duration:
                    yield Silence(duration)
            case Named(name):
                yield from _pieces(stage.prompts[name], stage)
            case ByLanguage():
                chosen, language = piece.pick(stage.language, stage.fallback)
                yield from _pieces(chosen or (), _in_language(stage, language))


def _in_language(stage: Stage, language: str) -> Stage:
    if language == stage.language:
        return stage
    return replace(stage, language=language)


def _speech(template: Template, stage: Stage, language: str) -> Iterator[Speech]:
    text = _filled(template, stage)
    if text is not None and text.value.strip():
        yield Speech(text.value.strip(), text.shown.strip(), language, stage.voice, template.static)


def _filled(template: Template, stage: Stage) -> Text | None:
    """The template's text; None if it has values and none are known."""
    if stage.scope is not None:
        return template.text(stage.scope)
    text = "".join(part for part in template.parts if isinstance(part, str))
    return Text(text, text, False) if template.static else None


def _sound(sound: Sound, stage: Stage) -> Iterator[Segment]:
    recording = sound.files.entries.get(stage.language) or sound.files.entries.get("")
    if recording is None and stage.fallback in sound.files.entries and sound.text is None:
        recording = sound.files.entries[stage.fallback]
    if recording is not None and recording.path:
        words = None if sound.text is None else _filled(sound.text, stage)
        yield recording if words is None else replace(recording, text=words.shown)
    elif sound.text is not None:
        yield from _speech(sound.text, stage, stage.language)
    elif recording is not None:
        yield Silence(recording.duration)


def _announced(sentence: Template, choice: Announced, stage: Stage) -> Iterator[Speech]:
    label_template, language = choice.label.pick(stage.language, stage.fallback)
    if label_template is None:
        return
    text, label = _filled(sentence, stage), _filled(label_template, stage)
    if text is None or label is None:
        return
    phrases = choice.say.pick(stage.language, stage.fallback)[0] or ()
    slots = {"{press}": keys_aloud(choice.press, language), "{say}": phrases[0] if phrases else ""}
    said = _slotted(text.value, {**slots, "{label}": label.value})
    shown = _slotted(text.shown, {**slots, "{label}": label.shown})
    if said.strip():
        yield Speech(said.strip(), shown.strip(), language, stage.voice, sentence.static and label_template.static)


def _slotted(sentence: str, slots: Mapping[str, str]) -> str:
    for slot, text in slots.items():
        sentence = sentence.replace(slot, text)
    return sentence


def apology(language: str, voice: Voice) -> Speech:
    """The built-in last words, in the call's language or in English."""
    return _built_in(APOLOGY, language, voice)


def keys_only(language: str, voice: Voice) -> Speech:
    """The built-in hint that speech is not understood now, in the call's language or in English."""
    return _built_in(KEYS_ONLY, language, voice)


def _built_in(table: Mapping[str, str], language: str, voice: Voice) -> Speech:
    text = by_language(table, language, "")
    spoken_in = language if text else "en-US"
    text = text or table["en"]
    return Speech(text, text, spoken_in, voice, static=True)


def expressions(prompt: Prompt, prompts: Mapping[str, Prompt]) -> Iterator[Expression]:
    """Every expression in a prompt, named prompts and languages included."""
    for piece in prompt:
        match piece:
            case Words(template) | Announcement(template):
                yield from template.expressions
            case Sound(text=Template() as template):
                yield from template.expressions
            case Named(name):
                yield from expressions(prompts.get(name, ()), prompts)
            case ByLanguage(entries):
                for inner in entries.values():
                    yield from expressions(inner, prompts)
            case Sound() | Pause():
                pass


def languages(prompt: Prompt) -> Iterator[str]:
    """The languages in which a prompt has entries of its own."""
    for piece in prompt:
        if isinstance(piece, ByLanguage):
            for tag, inner in piece.entries.items():
                yield tag
                yield from languages(inner)
