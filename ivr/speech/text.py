"""Text as a synthesiser can take it: without markup or control characters, and in pieces.

Written so that nothing a caller's data may hold breaks the engine: what it can't speak becomes a space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
"""What looks like SSML or HTML; `a < b` does not."""
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]+")
"""Controls (NUL ends a C string, and eSpeak takes what follows Ctrl-A for a command), halves of surrogate
pairs (no UTF-8 has them) and code points that are no characters. Line ends stay: two make a pause."""
_SENTENCE_END = re.compile(r"[.!?…।。][\"')\]]*\s+|\n\s*\n")


def plain(text: str) -> str:
    """Take out what is markup or would break the synthesiser; what is left may be empty."""
    return _UNSPEAKABLE.sub(" ", _TAG.sub(" ", text)).strip()


def pieces(text: str, longest: int) -> Iterator[str]:
    """Cut text into pieces of so many characters or fewer: after sentences, else words, else anywhere."""
    while len(text) > longest:
        head = text[:longest]
        ends = [found.end() for found in _SENTENCE_END.finditer(head)]
        at = ends[-1] if ends else head.rfind(" ") + 1 or longest
        yield text[:at]
        text = text[at:]
    yield text
