"""Languages that do not exist, or that the synthesiser of a flow can't speak."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ivr.core.flow import Flow
from ivr.core.prompts import Announcement, ByLanguage, Prompt, Sound, Words
from ivr.core.reading import PIECES, Path, as_text
from ivr.core.spoken import is_language_tag
from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.wording.languages import is_language, meant
from ivr.speech import espeak_voices, piper_voices
from ivr.speech.voices import UnknownVoiceError, choose

COMMON = ("en-US", "en-GB", "en-IN", "hi-IN", "de-DE", "fr-FR", "es-ES", "pt-BR", "it-IT", "nl-NL")
SPOKEN = ("prompt", "no_input", "no_match", "confirm", "waiting")
"""Keys of nodes at which prompts stand."""
PHRASES = ("say", "label", "speech")
"""Keys at which texts stand that may differ by language."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A place of the file that names a language."""

    path: Path
    text: str
    at_key: bool


def _find(subject: Subject) -> Iterator[Mistake]:
    places: dict[str, list[Tag]] = {}
    for tag in _tags(subject.source.value or {}):
        places.setdefault(tag.text, []).append(tag)
    places.setdefault(subject.flow.language, [Tag((), subject.flow.language, at_key=False)])
    sound = [text for text in places if _exists(text)]
    for text, tags in places.items():
        first = min(tags, key=lambda tag: subject.source.at(tag.path))
        if text not in sound:
            yield Mistake(first.path, _unknown(text, sound, len(tags) - 1), at_key=first.at_key)
        elif _is_mute(text, subject.flow) and any(
            _is_text(each, text, subject.flow) for each in subject.flow.all_prompts()
        ):
            message = f"eSpeak NG has no voice for {text}, so callers in that language would hear nothing of the texts"
            wanted = "give recordings, or choose another language"
            yield Mistake(first.path, f"{message}: {wanted}", at_key=first.at_key, severity="warning")


def _exists(text: str) -> bool:
    return is_language_tag(text) and is_language(text.partition("-")[0])


def _unknown(text: str, sound: list[str], others: int) -> str:
    hint = meant(text, [*sound, *COMMON])
    again = f", here and at {others} more place{'s' if others > 1 else ''}" if others else ""
    if not is_language_tag(text):
        return f"{quoted(text)} is no language tag{hint}{again}: expected one of BCP 47, such as en-US or hi-IN"
    code = quoted(text.partition("-")[0])
    return f"there is no language {code}{hint}{again}: expected a tag of BCP 47, such as en-US or hi-IN"


def _tags(raw: Mapping[str, Any]) -> Iterator[Tag]:
    """Every place of a file that names a language."""
    if "language" in raw:
        yield Tag(("language",), raw["language"], at_key=False)
    for name, prompt in raw.get("prompts", {}).items():
        yield from _by_language(prompt, ("prompts", name))
    for place, universal in enumerate(raw.get("universals", ())):
        yield from _of_keys(universal, ("universals", place))
    yield from _of_keys(raw.get("defaults", {}), ("defaults",))
    for id, node in raw.get("nodes", {}).items():
        path = ("nodes", id)
        yield from _of_keys(node, path)
        yield from _set(node.get("values") if node.get("type") == "set" else None, (*path, "values"))
        for place, choice in enumerate(node.get("choices", ())):
            yield from _of_keys(choice, (*path, "choices", place))
            yield from _set(choice.get("set"), (*path, "choices", place, "set"))


def _of_keys(raw: Mapping[str, Any], path: Path) -> Iterator[Tag]:
    for key in (*SPOKEN, *PHRASES):
        yield from _by_language(raw.get(key), (*path, key))


def _by_language(raw: Any, path: Path) -> Iterator[Tag]:
    match raw:
        case list():
            for place, item in enumerate(raw):
                yield from _by_language(item, (*path, place))
        case dict() if not any(key in raw for key in PIECES):
            for tag, inner in raw.items():
                yield Tag((*path, tag), tag, at_key=True)
                yield from _by_language(inner, (*path, tag))


def _set(values: Any, path: Path) -> Iterator[Tag]:
    if isinstance(values, dict) and "language" in values and "{{" not in (text := as_text(values["language"])):
        yield Tag((*path, "language"), text, at_key=False)


def _is_mute(language: str, flow: Flow) -> bool:
    """Whether no synthesiser of the flow speaks a language; False where that can't be known."""
    speakers = espeak_voices.speakers()
    try:
        if not speakers or (flow.voice.engine == "piper" and piper_voices.speaks(language)):
            return False
        choose(speakers, (), language)
    except UnknownVoiceError:
        return True
    return False


def _is_text(prompt: Prompt, language: str, flow: Flow) -> bool:
    """Whether something of a prompt is synthesised in calls of a language, other than by way of named prompts."""
    for piece in prompt:
        match piece:
            case Words() | Announcement():
                return True
            case Sound(files=files, text=text):
                if text is not None and not {language, ""} & files.entries.keys():
                    return True
            case ByLanguage():
                chosen, spoken = piece.pick(language, flow.language)
                if chosen and spoken == language and _is_text(chosen, language, flow):
                    return True
    return False


UNKNOWN_LANGUAGE = Check("unknown-language", "error", _find)
