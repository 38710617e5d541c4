"""How big boxes and labels are, and what is written in them line by line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ivr.graph.notes import Note
from ivr.graph.picture import Arrow, Box
from ivr.graph.text import width, wrapped

ROOM = 196
"""Pixels of a line of text in a box."""
PAD_X, PAD_Y = 11, 8
NARROWEST = 56
CORNER = 18
"""At both ends of a side of a box where no arrow begins or ends."""
PORT, MOST_PORTS = 11, 24
"""Pixels between arrows at a side where there are many, and for how many of them a box grows."""
TITLE_LINES, BODY_LINES, LABEL_LINES, BADGE_LINES = 2, 3, 2, 2
LABEL_ROOM = 140
LABEL_PAD = 3


@dataclass(frozen=True, slots=True)
class Style:
    """How a line is set; the name is its class in CSS."""

    name: str
    size: float
    height: int
    bold: bool = False


HEADING, TITLE = Style("heading", 11, 15), Style("title", 14, 18, bold=True)
BODY, BADGE, LABEL = Style("body", 12, 15), Style("badge", 11.5, 17, bold=True), Style("label", 11.5, 15)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text."""

    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class Face:
    """What a box or a label takes and shows."""

    width: int
    height: int
    lines: tuple[Line, ...]


def of_box(box: Box, notes: Sequence[Note], arrows: int) -> Face:
    """A box: its kind, its name, what it says, and what is to be known of it.

    `arrows` are those at its fullest side, for which it must be wide enough.
    """
    texts = [(box.heading, HEADING, 1), (box.title, TITLE, TITLE_LINES), (box.body, BODY, BODY_LINES)]
    texts += [(each.badge, BADGE, BADGE_LINES) for each in notes]
    side = 2 * CORNER + PORT * (min(arrows, MOST_PORTS) - 1)
    return _face(texts, ROOM, (PAD_X, PAD_Y), max(NARROWEST, side))


def of_label(arrow: Arrow) -> tuple[Face, ...]:
    """The labels of an arrow, one above the other."""
    return tuple(_face([(each.text, LABEL, LABEL_LINES)], LABEL_ROOM, (LABEL_PAD, 0), 0) for each in arrow.labels)


def _face(texts: Sequence[tuple[str, Style, int]], room: int, pad: tuple[int, int], narrowest: int) -> Face:
    lines = tuple(
        Line(line, style)
        for text, style, most in texts
        for line in wrapped(text, style.size, room, most, bold=style.bold)
    )
    if not lines:
        return Face(narrowest, 2 * pad[1], ())
    widest = max(width(each.text, each.style.size, bold=each.style.bold) for each in lines)
    across = max(narrowest, math.ceil(widest) + 2 * pad[0])
    return Face(across + across % 2, sum(each.style.height for each in lines) + 2 * pad[1], lines)
