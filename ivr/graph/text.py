"""How wide text will be in a picture, before any font is asked, and its lines."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_GROUPS = (
    ("'ijl|", 0.22),
    (" !,./:;[]fIt\\·", 0.28),
    ("()-`r{}", 0.34),
    ('"*^', 0.40),
    ("Jcksvxyz", 0.50),
    ("#$0123456789?L_abdeghnopqu", 0.556),
    ("+<=>FTZ~", 0.61),
    ("&ABEKPSVXY", 0.667),
    ("CDHNRUw", 0.722),
    ("GOQ", 0.778),
    ("Mm", 0.833),
    ("%@W…—→", 1.0),
)
ADVANCES = {character: width for characters, width in _GROUPS for character in characters}
"""Advance widths of Helvetica, and so of Arial and Liberation Sans, in ems (Adobe Font Metrics), rounded up."""
WIDE, OTHER = 1.0, 0.67
"""Of East Asian characters (Unicode Standard Annex 11), and of all other scripts and letters with accents."""
SPARE = 1.1
"""How much wider the fonts are that stand in for these, such as Noto Sans."""
BOLD = 1.06
"""How much wider bold text is, at most."""
ELLIPSIS = "…"
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def printable(text: str) -> str:
    """The text without what XML can't hold (XML 1.0, 2.2) or a terminal would obey."""
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Pixels that a line of text takes at a font size in pixels; rather too many than too few."""
    thousandths = sum(round(1_000 * _advance(each)) for each in text)
    return thousandths * size * SPARE * (BOLD if bold else 1) / 1_000


def _advance(character: str) -> float:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return WIDE
    return ADVANCES.get(character, OTHER)


def wrapped(text: str, size: float, room: float, most: int, *, bold: bool = False) -> tuple[str, ...]:
    """The text in at most so many lines, none wider than the room; what does not fit is left out behind dots."""
    lines: list[str] = []
    for word in _words(text, size, room, bold):
        longer = f"{lines[-1]} {word.lstrip()}" if lines and not word.startswith("\0") else ""
        if longer and width(longer, size, bold=bold) <= room:
            lines[-1] = longer
        else:
            lines.append(word.removeprefix("\0"))
    if len(lines) > most:
        lines[most - 1 :] = [_shortened(" ".join(lines[most - 1 :]), size, room, bold)]
    return tuple(lines)


def _words(text: str, size: float, room: float, bold: bool) -> Iterator[str]:
    """The words, those too wide for a line in pieces, each but the first marked so that no space comes before it."""
    for word in text.split():
        piece, mark = "", ""
        for character in word:
            if piece and width(piece + character, size, bold=bold) > room:
                # An address is best broken behind a slash.
                kept = piece.rfind("/") + 1 or len(piece)
                yield mark + piece[:kept]
                piece, mark = piece[kept:], "\0"
            piece += character
        yield mark + piece


def _shortened(text: str, size: float, room: float, bold: bool) -> str:
    while text and width(text + ELLIPSIS, size, bold=bold) > room:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS
