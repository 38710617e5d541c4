"""The confusion matrices of a flow as heat maps, in one SVG that needs nothing else."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from html import escape

from ivr.hear.asked import NAMES
from ivr.hear.figures import UNDECIDED, Figures, Row, right
from ivr.hear.hearing import Hearing

CELL_WIDTH, CELL_HEIGHT, GAP = 44, 28, 2
MARGIN, TITLE_HEIGHT, LEGEND_HEIGHT, HEAD_HEIGHT = 24, 44, 40, 30
CHARACTER = 7.2
"""The mean width of a letter of 13 px."""
LONGEST_LABEL = 28
"""Characters of a phrase that are shown."""
STRONG_FROM = 0.4
"""From this share on, the colour of a cell is so strong that its number needs the other colour."""

_COLOURS = {
    "page": ("#ffffff", "#14171a"),
    "ink": ("#1f2328", "#e6e9ec"),
    "faint": ("#5c6670", "#98a2ab"),
    "strong": ("#ffffff", "#14171a"),
    "empty": ("#eef0f2", "#22272c"),
    "right": ("#1a6fb5", "#6cb6f5"),
    "wrong": ("#c4481d", "#f59a6c"),
    "nothing": ("#6b7280", "#a9b1ba"),
}
"""By day and by night. They are plain rules, as programs that draw SVG outside of browsers know no CSS variables."""


def _rules(night: bool) -> str:
    return " ".join(f".{name} {{ fill: {colours[night]} }}" for name, colours in _COLOURS.items())


_STYLE = f"""
  text {{ font: 13px system-ui, "Noto Sans", sans-serif }}
  .title {{ font-size: 18px; font-weight: 600 }}
  .node {{ font-size: 15px; font-weight: 600 }}
  .number {{ text-anchor: middle; font-size: 12px }}
  .said {{ text-anchor: end }}
  {_rules(night=False)}
  @media (prefers-color-scheme: dark) {{ {_rules(night=True)} }}
"""


def as_svg(hearing: Hearing) -> str:
    """Draw a matrix for each node: what was said from top to bottom, what it was taken for from left to right."""
    parts: list[str] = []
    y, width = MARGIN + TITLE_HEIGHT + LEGEND_HEIGHT, 640.0
    for found in hearing.figures:
        matrix = _Matrix(found)
        parts.append(f'<g transform="translate({MARGIN} {y})">\n' + "\n".join(matrix.draw()) + "\n</g>")
        y += round(matrix.height)
        width = max(width, matrix.width + 2 * MARGIN)
    title = f"{hearing.flow}: what its phrases are taken for"
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {y}" width="{width:.0f}" height="{y}" '
            f'role="img" aria-label="{escape(title)}">',
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE}</style>",
            f'<rect class="page" width="{width:.0f}" height="{y}"/>',
            f'<text class="title ink" x="{MARGIN}" y="{MARGIN + 18}">{escape(title)}</text>',
            *_legend(hearing),
            *parts,
            "</svg>",
            "",
        )
    )


def _legend(hearing: Hearing) -> Iterator[str]:
    models = ", ".join(f"{ear.language}: {ear.model or 'no model'}" for ear in hearing.ears)
    y = MARGIN + TITLE_HEIGHT
    yield f'<text class="faint" x="{MARGIN}" y="{y}">per cent of each row; {escape(models)}</text>'
    x = float(MARGIN)
    for kind, text in (("right", "the right answer"), ("wrong", "another answer"), ("nothing", "nothing: asked again")):
        yield f'<rect class="{kind}" x="{x:.0f}" y="{y + 12}" width="16" height="16" rx="3"/>'
        yield f'<text class="ink" x="{x + 22:.0f}" y="{y + 25}">{text}</text>'
        x += 22 + CHARACTER * len(text) + 20


class _Matrix:
    """The heat map of one node."""

    def __init__(self, found: Figures) -> None:
        """Measure it."""
        self._found = found
        self._columns = found.columns
        said = (_width(_shown(row.label)) for row in found.rows)
        self._left = max((*said, 80.0)) + 12
        # Names of columns stand slanted: they need less height than upright ones, and less width than level ones.
        self._top = HEAD_HEIGHT + max(_width(_named(each)) for each in self._columns) * 0.71 + 12
        self._slant = max(_width(_named(self._columns[-1])) * 0.71, 60.0)

    @property
    def width(self) -> float:
        """Its width in pixels."""
        head = _width(self._found.question.title) * 15 / 13
        return max(self._left + len(self._columns) * (CELL_WIDTH + GAP) + self._slant, head)

    @property
    def height(self) -> float:
        """Its height in pixels, with the space below it."""
        return self._top + len(self._found.rows) * (CELL_HEIGHT + GAP) + 34

    def draw(self) -> Iterator[str]:
        """Draw it from its upper left corner on."""
        yield f'<text class="node ink" x="0" y="16">{escape(self._found.question.title)}</text>'
        for place, column in enumerate(self._columns):
            x, y = self._x(place) + CELL_WIDTH / 2, self._top - 8
            ink = "faint" if column in NAMES else "ink"
            turned = f"translate({x:.1f} {y:.1f}) rotate(-45)"
            yield f'<text class="{ink}" transform="{turned}">{escape(_named(column))}</text>'
        for place, row in enumerate(self._found.rows):
            yield from self._row(row, self._top + place * (CELL_HEIGHT + GAP))

    def _x(self, place: int) -> float:
        return self._left + place * (CELL_WIDTH + GAP)

    def _row(self, row: Row, y: float) -> Iterator[str]:
        middle = y + CELL_HEIGHT / 2 + 4.5
        yield f'<text class="said ink" x="{self._left - 8:.1f}" y="{middle:.1f}">{escape(_shown(row.label))}</text>'
        for place, (column, count) in enumerate(zip(self._columns, row.heard, strict=True)):
            x, share = self._x(place), count / row.trials if row.trials else 0.0
            box = f'x="{x:.1f}" y="{y:.1f}" width="{CELL_WIDTH}" height="{CELL_HEIGHT}" rx="3"'
            told = f"“{row.label}” taken for {_told(column)}: {count} of {row.trials}"
            yield f'<g><title>{escape(told)}</title><rect class="empty" {box}/>'
            if count:
                ink = "strong" if share >= STRONG_FROM else "ink"
                # The square root keeps the rare visible: one trial in fifty is what one looks for here.
                yield f'<rect class="{self._kind(row, column)}" {box} fill-opacity="{share**0.5:.2f}"/>'
                number = f'x="{x + CELL_WIDTH / 2:.1f}" y="{middle:.1f}">{100 * share:.0f}'
                yield f'<text class="number {ink}" {number}</text>'
            yield "</g>"

    def _kind(self, row: Row, column: str) -> str:
        if column in UNDECIDED:
            return "nothing"
        return "right" if right(self._found.question, row.label, column) else "wrong"


def _named(column: str) -> str:
    return NAMES.get(column, _shown(column))


def _told(column: str) -> str:
    return NAMES.get(column, f"“{column}”")


def _shown(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"


def _width(text: str) -> float:
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return CHARACTER * (len(text) + wide)
