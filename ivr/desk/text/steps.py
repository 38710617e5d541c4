"""What was done in a call, in the words of a scenario: what `hear` says of a prompt, and pauses put together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ivr.core.spoken import normal
from ivr.core.values import MASK
from ivr.document.scenarios import Hear, Step, Wait

LONGEST_HEARD = 80
"""Characters of a prompt that a `hear` needs to tell it from others."""
_UNSAYABLE = re.compile(rf"{MASK}|\[secret [^\]]*\]|[\ufdd0-\ufdef]")
_SENTENCE = re.compile(r"(?<=[.!?।])\s+")


def place_of(wanted: str, heard: Sequence[str], begin: int) -> int | None:
    """Which prompt is the first with this text, from one on."""
    return next((place for place in range(begin, len(heard)) if wanted in normal(heard[place])), None)


def hearable(shown: str, heard: Sequence[str], begin: int, place: int) -> str | None:
    """A text that the prompt has and none before it, from one on; without what no one may see. None if there is none.

    The shortest that a person would write: its first sentence, else more of it.
    """
    pieces = sorted(filter(normal, (piece.strip() for piece in _UNSAYABLE.split(shown))), key=len, reverse=True)
    for piece in pieces:
        sentence = _SENTENCE.split(piece)[0]
        for text in (_shortened(sentence), sentence, piece):
            if normal(text) and place_of(normal(text), heard, begin) == place:
                return text
    return None


def _shortened(sentence: str) -> str:
    text = sentence if len(sentence) <= LONGEST_HEARD else sentence[:LONGEST_HEARD].rpartition(" ")[0]
    return text.rstrip(".!,;:।").strip()


def tidy(steps: Sequence[Step]) -> Iterator[Step]:
    """The same steps with pauses that follow each other as one; one of no time lets happen what is due."""
    waited: int | None = None
    for step in steps:
        if isinstance(step, Wait):
            waited = (waited or 0) + step.duration
            continue
        if waited or (waited == 0 and not isinstance(step, Hear)):
            yield Wait(waited)
        waited = None
        yield step
    if waited:
        yield Wait(waited)
