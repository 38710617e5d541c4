"""Voices that the synthesiser of a flow does not have, so that nothing of its text can be spoken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ivr.document.finding import available, did_you_mean, quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.speech import espeak_voices, piper_voices
from ivr.speech.voices import Speaker, UnknownVoiceError, choose

PIPERS = ("_piper_voice", ".onnx")
"""How the names of Piper's voices end."""


def _find(subject: Subject) -> Iterator[Mistake]:
    name = subject.flow.voice.name
    if subject.flow.voice.engine == "piper":
        if message := _of_piper(subject):
            # A file is somewhere on one machine, and perhaps not on this one.
            is_elsewhere = name is None or Path(name).is_absolute()
            key = "engine" if name is None else "name"
            yield Mistake(("voice", key), message, severity="warning" if is_elsewhere else None)
    elif name is not None and (message := _of_espeak(name, subject)):
        yield Mistake(("voice", "name"), message)


def _of_espeak(name: str, subject: Subject) -> str:
    """What is wrong with the name of a voice of eSpeak NG; nothing if it has that voice, or is not here."""
    speakers, variants = espeak_voices.speakers(), espeak_voices.variants()
    stem, plus, variant = name.partition("+")
    if not speakers:
        return ""
    if all(speaker.id != stem.lower() for speaker in speakers):
        if name.replace("-", "_").endswith(PIPERS):
            return f"{quoted(name)} is a voice of Piper: it needs “engine: piper” beside it"
        near = _near(stem, speakers) or did_you_mean(stem, [speaker.id for speaker in speakers])
        there = available(_of_language(subject.flow.language, speakers), limit=6)
        language = subject.flow.language
        return (
            f"eSpeak NG has no voice {quoted(stem)}{near}; for {language} it has {there}, each also with +f3 and such"
        )
    if plus and variant not in variants:
        near = did_you_mean(variant, variants)
        return f"eSpeak NG has no variant {quoted(variant)} of a voice{near}; it has {available(variants, limit=12)}"
    return ""


def _near(name: str, speakers: tuple[Speaker, ...]) -> str:
    """The voice of a name without its family, or of a tag of its language."""
    wanted = name.lower().replace("_", "-").rpartition("/")[2]
    near = [speaker.id for speaker in speakers if wanted in (speaker.stem, speaker.language.lower())]
    return f" (did you mean {quoted(near[0])}?)" if near else ""


def _of_language(language: str, speakers: tuple[Speaker, ...]) -> list[str]:
    """The voices that speak a language, its own one first."""
    main = language.lower().partition("-")[0]
    own = [speaker.id for speaker in speakers if speaker.language.lower().partition("-")[0] == main]
    try:
        first = choose(speakers, (), language)
    except UnknownVoiceError:
        return own
    return [first, *(each for each in own if each != first)]


def _of_piper(subject: Subject) -> str:
    """What is wrong with the name of a voice of Piper, or with its having none; nothing if it is not here."""
    name = subject.flow.voice.name or ""
    if not piper_voices.is_installed():
        return ""
    try:
        piper_voices.choose(subject.flow.language, subject.flow.voice)
    except UnknownVoiceError as error:
        if any(speaker.id == name.lower().partition("+")[0] for speaker in espeak_voices.speakers()):
            return f"{quoted(name)} is a voice of eSpeak NG: expected one of Piper, or “engine: espeak”"
        return str(error)
    return ""


UNKNOWN_VOICE = Check("unknown-voice", "error", _find)
