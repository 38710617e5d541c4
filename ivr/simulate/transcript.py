"""A call as a dialogue that people read, with the reasons of the engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ivr.core.segments import Segment, Speech, words

Who = Literal["ivr", "caller", "engine", "world"]
STOPS = "stops"
"""What the telephone line tells of a prompt that is cut short."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was said, done or decided."""

    at: int
    """Milliseconds since the call began."""
    who: Who
    text: str


def spoken(prompt: Iterable[Segment]) -> str:
    """What a prompt says to the caller, sensitive values included: only to compare with, never to show."""
    said = (each.text if isinstance(each, Speech) else words((each,)) for each in prompt)
    return " ".join(filter(None, said))


def told(lines: Iterable[Line]) -> str:
    """The dialogue as text, a line each: seconds, who, what."""
    return "".join(f"{line.at / 1000:9.3f}  {line.who:<6}  {line.text}\n" for line in lines)
