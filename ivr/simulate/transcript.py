"""A call as a dialogue that people read, with the reasons of the engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ivr.core.segments import Beep, Recording, Segment, Silence, Speech

Who = Literal["ivr", "caller", "engine", "world"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was said, done or decided."""

    at: int
    """Milliseconds since the call began."""
    who: Who
    text: str


def words(prompt: Iterable[Segment]) -> str:
    """What a prompt says, as people may read it: sensitive values are masked."""
    return " ".join(filter(None, (_words(segment, shown=True) for segment in prompt)))


def spoken(prompt: Iterable[Segment]) -> str:
    """What a prompt says to the caller, sensitive values included: only to compare with, never to show."""
    return " ".join(filter(None, (_words(segment, shown=False) for segment in prompt)))


def _words(segment: Segment, *, shown: bool) -> str:
    match segment:
        case Speech():
            return segment.shown if shown else segment.text
        case Recording(text=text, path=path):
            return text or f"[{path.rsplit('/', 1)[-1]}]"
        case Silence():
            return ""
        case Beep():
            return "[beep]"


def told(lines: Iterable[Line]) -> str:
    """The dialogue as text, a line each: seconds, who, what."""
    return "".join(f"{line.at / 1000:9.3f}  {line.who:<6}  {line.text}\n" for line in lines)
