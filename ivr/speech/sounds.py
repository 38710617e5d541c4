"""The sounds of prompts: by what each is found, how it is made, and which of them are on disk already."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeGuard, assert_never

from ivr.core.segments import Recording, Segment, Speech, Voice
from ivr.speech import disk, piper_voices
from ivr.speech.jobs import Convert, Job, Say, key
from ivr.speech.voices import UnknownVoiceError
from ivr.speech.workers import RenderError

Name = str | tuple[str, str, Voice]
"""By what a sound is found in memory: the path of a recording, or what decides how speech sounds."""


@dataclass(frozen=True, slots=True)
class Sound:
    """The audio of a segment, and the key of the job that made it."""

    key: str
    audio: bytes = field(repr=False)


def name(segment: Speech | Recording) -> Name:
    """By what the sound of a segment is found."""
    match segment:
        case Speech():
            return segment.text, segment.language, segment.voice
        case Recording():
            return segment.path
        case _:
            assert_never(segment)


def is_shared(segment: Segment) -> TypeGuard[Speech | Recording]:
    """Whether all calls may share the sound of a segment: no value of a call is in it."""
    return isinstance(segment, Recording) or (isinstance(segment, Speech) and segment.static)


def job(segment: Speech | Recording) -> Job:
    """Say what a worker must do; RenderError if a file can't be read, or Piper has no such voice."""
    match segment:
        case Speech(voice=voice) if voice.engine == "piper":
            return _natural(segment)
        case Speech(voice=voice):
            return Say(segment.text, segment.language, voice)
        case Recording():
            try:
                return Convert(segment.path, _digest(segment.path))
            except OSError as error:
                raise RenderError(f"the recording can't be read: {error}") from error
        case _:
            assert_never(segment)


def kept(directory: Path, segments: Iterable[Segment], known: Mapping[Name, Sound]) -> dict[Name, Sound]:
    """Read all sounds that are on disk as they are to be now; those that are known already stay the same objects."""
    found: dict[Name, Sound] = {}
    for segment in filter(is_shared, segments):
        try:
            wanted = key(job(segment))
        except RenderError:
            continue
        sound = known.get(name(segment))
        if sound is not None and sound.key == wanted:
            found[name(segment)] = sound
        elif (audio := disk.load(directory, wanted)) is not None:
            found[name(segment)] = Sound(wanted, audio)
    return found


def _natural(speech: Speech) -> Job:
    """Ask for speech by Piper, or by eSpeak NG in a language that no Piper voice has; RenderError as `job`."""
    voice = speech.voice
    try:
        model = piper_voices.choose(speech.language, voice)
        if model is None:
            return Say(speech.text, speech.language, replace(voice, engine="espeak", name=None))
        file = str(model.file)
        return Say(speech.text, speech.language, voice, file, piper_voices.digest(file))
    except (UnknownVoiceError, OSError) as error:
        raise RenderError(str(error)) from error


def _digest(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
