"""What is told of a caller's speech while somebody listens."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Began:
    """The caller started to make sounds that may be speech."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A phrase is certain, although the caller may not have ended yet."""

    text: str = field(repr=False)
    confidence: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The caller fell silent; `text` is empty where nothing of what is listened for was said."""

    text: str = field(default="", repr=False)
    confidence: float = 0.0
    noisy: bool = False
    """The line is so noisy that nothing could be understood."""


@dataclass(frozen=True, slots=True)
class Deaf:
    """Nobody listens any more, or ever did: no report follows."""

    why: str


Report = Began | Heard | Ended | Deaf
