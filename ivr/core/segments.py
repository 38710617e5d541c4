"""The pieces of audio that a prompt comes down to, ready to be made into frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, assert_never

Engine = Literal["espeak", "piper"]
"""A synthesiser: eSpeak NG is quick and speaks every language, Piper sounds natural where it has a voice."""

RATE = 165
"""Words a minute, where a flow does not say."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How text is spoken."""

    name: str | None = None
    """A voice of the engine; None lets the language pick."""
    rate: int = RATE
    """Words a minute."""
    volume: float = 1.0
    """0 to 1, relative to the usual level."""
    engine: Engine = "espeak"


@dataclass(frozen=True, slots=True)
class Speech:
    """Text to synthesise."""

    text: str = field(repr=False)
    shown: str
    """The same text as people may read it: sensitive values and secrets are masked."""
    language: str
    """A BCP 47 tag."""
    voice: Voice
    static: bool
    """No value of the call is in it, so it may be cached on disk and shared by all calls."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording from a WAV file."""

    path: str
    """Empty where the file is gone since the call began: its words are spoken then, or nothing for as long."""
    duration: int
    """Milliseconds, from the file's header."""
    text: str = ""
    """The words it holds, where the author gave them."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing to hear, for so many milliseconds."""

    duration: int


@dataclass(frozen=True, slots=True)
class Beep:
    """The tone after which a caller's voice is recorded."""


Segment = Speech | Recording | Silence | Beep


def words(prompt: Iterable[Segment]) -> str:
    """What a prompt says, as people may read it: sensitive values are masked."""
    return " ".join(filter(None, map(_words, prompt)))


def _words(segment: Segment) -> str:
    match segment:
        case Speech(shown=shown):
            return shown
        case Recording(text=text, path=path):
            return text or f"[{path.rsplit('/', 1)[-1]}]"
        case Silence():
            return ""
        case Beep():
            return "[beep]"
        case _:
            assert_never(segment)
