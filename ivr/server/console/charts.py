"""Pictures of figures: SVG that is as wide as its place, whose colours and patterns are classes of figures.css.

Whatever lies from left to right is in percent, so that no letter shrinks with its picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import accumulate
from math import ceil

HEIGHT, FOOT, HEAD = 200, 22, 12
"""Of the area of columns, of the line of days below it, and of what its uppermost line needs, in pixels."""
STEPS = (1, 2, 5)
LINES = 5
"""Of the scale, at most, besides that of 0."""
TICKS = 6
"""Days that are written, at most."""
FULL, GAP = 100.0, 0.22
"""Percent of all, and the share of a column's place that is left empty."""
THIN = 0.5
"""Pixels: what is there at all can be seen."""
ROW, LOW = 14, 26
"""The height of bars in tables, and of small pictures."""
PATTERNED = ("transferred", "abandoned", "failed", "left", "missed")
"""What has a pattern of its own besides its colour."""

Part = tuple[str, float]
"""A class, and how much of it there is."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of several parts, one above the other."""

    label: str
    told: str
    """All of it in words."""
    href: str
    parts: tuple[Part, ...]

    @property
    def total(self) -> float:
        """Of all parts."""
        return sum(number for _, number in self.parts)


def columns(all_of_them: Sequence[Column], told: str) -> str:
    """Columns beside each other above a scale; each is a link, and says what it is when it is pointed at."""
    most = max((each.total for each in all_of_them), default=0)
    step = scale(most)
    lines = [step * number for number in range(max(ceil(most / step), 1) + 1)]
    top = lines[-1]
    high = HEAD + HEIGHT + FOOT
    marks = "".join(f'<text x="100%" y="{_y(line, top) + 4:g}">{line:,g}</text>' for line in lines)
    grid = "".join(_line(_y(each, top), base=not each) for each in lines)
    drawn = "".join(_column(each, place, len(all_of_them), top) for place, each in enumerate(all_of_them))
    days = "".join(_ticks([each.label for each in all_of_them]))
    return (
        f'<div class="plot"><svg class="scale" width="44" height="{high}" aria-hidden="true">{marks}</svg>'
        f'<svg class="columns" width="100%" height="{high}" role="group" aria-label="{escape(told)}">'
        f"{grid}{drawn}{days}</svg></div>"
    )


def scale(most: float) -> int:
    """How far apart the lines of a scale are: the least round number of which few reach so far."""
    power = 1
    while True:
        for step in STEPS:
            if most <= LINES * step * power:
                return step * power
        power *= 10


def _line(y: float, *, base: bool) -> str:
    kind = "base" if base else "line"
    return f'<line class="{kind}" x1="0" x2="100%" y1="{y:g}" y2="{y:g}"/>'


def _y(value: float, top: float) -> float:
    return HEAD + HEIGHT * (1 - value / top)


def _column(column: Column, place: int, count: int, top: float) -> str:
    each = FULL / count
    x, wide = place * each + each * GAP / 2, each * (1 - GAP)
    ends = list(accumulate((number for _, number in column.parts), initial=0.0))
    parts = "".join(
        _patterned(kind, f'x="{x:.3f}%" y="{_y(end, top):.1f}" width="{wide:.3f}%" height="{_high(number, top):.1f}"')
        for (kind, number), end in zip(column.parts, ends[1:], strict=True)
        if number
    )
    ground = f'<rect class="ground" x="{place * each:.3f}%" y="{HEAD}" width="{each:.3f}%" height="{HEIGHT}"/>'
    return (
        f'<a href="{escape(column.href)}" tabindex="-1" aria-label="{escape(column.told)}">'
        f"<title>{escape(column.told)}</title>{ground}{parts}</a>"
    )


def _high(number: float, top: float) -> float:
    return max(HEIGHT * number / top, THIN)


def _patterned(kind: str, where: str) -> str:
    """A rectangle in its colour, with its pattern, if it has one, above it."""
    pattern = f'<rect {where} fill="url(#pattern-{kind})"/>' if kind in PATTERNED else ""
    return f'<rect class="of {kind}" {where}/>{pattern}'


def _ticks(labels: Sequence[str]) -> Iterator[str]:
    """Some of the labels, evenly apart, the last one among them."""
    apart = -(-len(labels) // TICKS) or 1
    for place in range((len(labels) - 1) % apart, len(labels), apart):
        x = (place + 0.5) * FULL / len(labels)
        yield f'<text class="day" x="{x:.3f}%" y="{HEAD + HEIGHT + FOOT - 6}">{escape(labels[place])}</text>'


def bar(parts: Sequence[Part], whole: float, told: str) -> str:
    """One bar of several parts from left to right, as a share of the whole."""
    starts = accumulate((number for _, number in parts), initial=0.0)
    drawn = "".join(
        _patterned(
            kind, f'x="{_share(start, whole):.3f}%" y="1" width="{_share(number, whole):.3f}%" height="{ROW - 2}"'
        )
        for (kind, number), start in zip(parts, starts, strict=False)
        if number
    )
    ground = f'<rect class="track" x="0" y="1" width="100%" height="{ROW - 2}"/>'
    return _picture("share", ROW, told, ground + drawn)


def _share(number: float, whole: float) -> float:
    return FULL * number / whole if whole else 0.0


def heights(values: Sequence[float | None], most: float, kind: str, told: str) -> str:
    """A small picture of values beside each other; None is left empty."""
    each = FULL / max(len(values), 1)
    drawn = "".join(
        f'<rect class="of {kind}" x="{place * each:.3f}%" y="{LOW - _tall(value, most):.1f}" '
        f'width="{each * (1 - GAP):.3f}%" height="{_tall(value, most):.1f}"/>'
        for place, value in enumerate(values)
        if value is not None
    )
    base = f'<line class="base" x1="0" x2="100%" y1="{LOW - THIN}" y2="{LOW - THIN}"/>'
    return _picture("heights", LOW, told, base + drawn)


def _tall(value: float, most: float) -> float:
    return max((LOW - 2) * value / most, THIN) if most else THIN


def _picture(name: str, high: int, told: str, drawn: str) -> str:
    return f'<svg class="{name}" width="100%" height="{high}" role="img" aria-label="{escape(told)}">{drawn}</svg>'
