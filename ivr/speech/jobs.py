"""What a speech worker is asked and answers, as bytes on its pipes, and the key under which that is kept.

A job is a length and JSON; a reply is a status, a length and a body: audio, or a message in UTF-8. The first
reply of a worker says that it is ready, or why it can't be.
"""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import asdict, dataclass
from enum import IntEnum
from functools import cache
from importlib.metadata import version
from typing import Any, assert_never

from ivr.core.segments import Voice

RENDER_VERSION = 1
"""Goes up with each change of the code that changes a sound: `media.convert`, `media.level`, `speech.text`,
`speech.voice`, `speech.voices`, `speech.piper_voice`."""

_ESPEAK_PACKAGES = ("pyttsx3", "espeakng-loader")
_PIPER_PACKAGES = ("piper-tts",)

LENGTH = struct.Struct(">I")
"""Before the JSON of a job."""
REPLY = struct.Struct(">BI")
"""Before the body of a reply: its status and its length."""


class Status(IntEnum):
    """What a reply is."""

    DONE = 0
    """The body is audio, or nothing where a worker says that it is ready."""
    FAILED = 1
    """The body is a message; the next job may fare better."""
    BROKEN = 2
    """The body is a message; the worker takes no other job."""


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a text."""

    text: str
    language: str
    voice: Voice
    model: str = ""
    """The file of the Piper voice that speaks it; without one eSpeak NG does."""
    digest: str = ""
    """SHA-256 of that voice, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Convert:
    """Convert a WAV file."""

    path: str
    digest: str
    """SHA-256 of the file, in hexadecimal: another file under its name must not be kept under its key."""


Job = Say | Convert


def encode(job: Job) -> bytes:
    """Write a job as a worker reads it, with its length."""
    body = json.dumps(asdict(job)).encode()
    return LENGTH.pack(len(body)) + body


def decode(body: bytes) -> Job:
    """Read a job, without its length."""
    match json.loads(body):
        case {"text": text, "language": language, "voice": voice, "model": model, "digest": digest}:
            return Say(text, language, Voice(**voice), model, digest)
        case {"path": path, "digest": digest}:
            return Convert(path, digest)
        case other:
            raise ValueError(f"no job: an object with {sorted(other)}")


def key(job: Job) -> str:
    """Hash all that decides how the result sounds; a valid name for a file."""
    decisive: list[Any] = [RENDER_VERSION]
    match job:
        case Say(model=""):
            decisive += ["speech", _versions(_ESPEAK_PACKAGES), asdict(job)]
        case Say(text=text, voice=voice):
            decisive += ["speech", _versions(_PIPER_PACKAGES), text, voice.rate, voice.volume, job.digest]
        case Convert():
            decisive += ["recording", job.digest]
        case _:
            assert_never(job)
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


@cache
def _versions(packages: tuple[str, ...]) -> str:
    """Name a synthesiser with its versions; it is not imported."""
    return ", ".join(f"{package} {version(package)}" for package in packages)
