"""The figures of a run as one SVG that needs nothing else: what a second of a call costs, server by server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from benchmarks.capacity.figures import Figures

WIDTH, LEFT, RIGHT, TOP, BAR, GAP = 860, 250, 120, 76, 15, 12
COLOURS = {40: "#8fb8dc", 100: "#1a6fb5"}
"""Of bars, by calls; those of other numbers are not drawn."""
OTHERS = ("#cbb8a0", "#8a6d3b")
"""The same for servers that are not ours."""


def as_svg(figures: Mapping[tuple[str, int], Figures], titles: Mapping[str, str]) -> str:
    """Draw the costs as bars, each with the spread of its rounds."""
    drawn = [each for each in figures.values() if each.calls in COLOURS]
    high = max((max(each.costs_ms) for each in drawn), default=1.0)
    parts, top = list(_legend()), float(TOP)
    for name in dict.fromkeys(each.server for each in drawn):
        mine = [each for each in drawn if each.server == name]
        middle = top + BAR * len(mine) / 2 + 4
        parts.append(
            f'<text x="{LEFT - 10}" y="{middle:.0f}" text-anchor="end">{escape(titles[name].replace("`", ""))}</text>'
        )
        for each in mine:
            parts += _bar(top, each, high)
            top += BAR
        top += GAP
    height = round(top + GAP)
    head = "Processor time for a second of a call"
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
            f' role="img" aria-label="{head}">',
            '<style>text { font: 12px system-ui, "Noto Sans", sans-serif; fill: #1f2328 }</style>',
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            f'<text x="24" y="30" style="font-size: 16px; font-weight: 600">{head}</text>',
            *parts,
            "</svg>",
            "",
        )
    )


def _legend() -> Iterator[str]:
    x = 24
    for place, calls in enumerate(COLOURS):
        for colour in (COLOURS[calls], OTHERS[place]):
            yield f'<rect x="{x}" y="44" width="12" height="12" fill="{colour}"/>'
            x += 14
        yield f'<text x="{x + 4}" y="54">{calls} calls</text>'
        x += 90
    yield f'<text x="{x}" y="54">blue is ours; a line is the spread of the rounds</text>'


def _bar(top: float, each: Figures, high: float) -> Iterator[str]:
    def x(cost: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * cost / high

    place = list(COLOURS).index(each.calls)
    colour = COLOURS[each.calls] if each.server.startswith("ivr") else OTHERS[place]
    middle = top + BAR / 2
    least, most = x(min(each.costs_ms)), x(max(each.costs_ms))
    yield f'<rect x="{LEFT}" y="{top:.1f}" width="{x(each.cost_ms) - LEFT:.1f}" height="{BAR - 2}" fill="{colour}"/>'
    yield (f'<line x1="{least:.1f}" x2="{most:.1f}" y1="{middle - 1:.1f}" y2="{middle - 1:.1f}" stroke="#1f2328"/>')
    yield f'<text x="{most + 8:.1f}" y="{middle + 3:.1f}">{each.cost_ms:.2f} ms</text>'
