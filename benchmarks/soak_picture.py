"""What was sampled of a server over time, as one SVG that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

WIDTH, PANEL, MARGIN, LEFT, RIGHT = 860, 150, 24, 70, 150
SETTLED = 1 / 3
"""The share of the time after which memory is to be flat."""
COLOURS = ("#1a6fb5", "#c4481d", "#5b8c2a", "#8a4fbf", "#6b7280", "#b58a1a")


@dataclass(frozen=True, slots=True)
class Sample:
    """How a server is, and was since the sample before."""

    seconds: float
    resident_kb: Mapping[str, int]
    """By process."""
    descriptors: int
    threads: int
    cores: float
    median_ms: float
    """From a key to `clearAudio`."""
    slow_ms: float
    """99 of 100 are faster."""
    ended: int
    errors: int

    def fields(self) -> dict[str, Any]:
        return asdict(self)

    def line(self) -> str:
        """One line for who watches."""
        memory = sum(self.resident_kb.values()) / 1024
        held = f"{memory:6.1f} MB  {self.descriptors} descriptors  {self.threads} threads"
        work = f"{self.cores:.2f} cores  {self.median_ms:.1f}/{self.slow_ms:.0f} ms"
        return f"{self.seconds / 60:6.1f} min  {held}  {work}  {self.ended} calls  {self.errors} errors"


def growth(samples: Sequence[Sample], process: str) -> float:
    """How much memory a process takes more each minute, in kB, by least squares, once it has settled."""
    points = [(each.seconds / 60, each.resident_kb[process]) for each in samples if process in each.resident_kb]
    points = points[int(len(points) * SETTLED) :]
    if len(points) < 2:
        return 0.0
    x_mean = sum(x for x, _ in points) / len(points)
    y_mean = sum(y for _, y in points) / len(points)
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / spread


Lines = Mapping[str, Sequence[float]]


def as_svg(title: str, samples: Sequence[Sample]) -> str:
    """Draw memory, descriptors and threads, delays, and the work done, each over time."""
    names = list(dict.fromkeys(name for sample in samples for name in sample.resident_kb))
    panels: Mapping[str, Lines] = {
        "memory, MB": {name: [sample.resident_kb.get(name, 0) / 1024 for sample in samples] for name in names},
        "open": {
            "descriptors": [float(sample.descriptors) for sample in samples],
            "threads": [float(sample.threads) for sample in samples],
        },
        "from a key to clearAudio, ms": {
            "median": [sample.median_ms for sample in samples],
            "99 of 100": [sample.slow_ms for sample in samples],
        },
        "cores at work": {"server": [sample.cores for sample in samples]},
        "errors": {"errors": [float(sample.errors) for sample in samples]},
    }
    height = MARGIN * 3 + len(panels) * (PANEL + 44)
    minutes = [sample.seconds / 60 for sample in samples]
    parts = [
        part
        for place, (name, lines) in enumerate(panels.items())
        for part in _panel(MARGIN * 3 + place * (PANEL + 44), name, minutes, lines)
    ]
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
            f' role="img" aria-label="{escape(title)}">',
            '<style>text { font: 12px system-ui, "Noto Sans", sans-serif; fill: #1f2328 }</style>',
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            f'<text x="{LEFT}" y="{MARGIN + 6}" style="font-size: 16px; font-weight: 600">{escape(title)}</text>',
            *parts,
            "</svg>",
            "",
        )
    )


def _panel(top: float, name: str, minutes: Sequence[float], lines: Lines) -> Iterator[str]:
    high = max((value for values in lines.values() for value in values), default=0.0) * 1.1 or 1.0
    right, last = WIDTH - RIGHT, max(minutes[-1], 0.1)

    def x(minute: float) -> float:
        return LEFT + (right - LEFT) * minute / last

    def y(value: float) -> float:
        return top + PANEL * (1 - value / high)

    yield f'<text x="{LEFT}" y="{top - 8}" style="font-weight: 600">{escape(name)}</text>'
    for part in (0.0, 0.5, 1.0):
        height = y(high * part)
        yield f'<line x1="{LEFT}" x2="{right}" y1="{height:.1f}" y2="{height:.1f}" stroke="#d5dae0"/>'
        yield f'<text x="{LEFT - 6}" y="{height + 4:.1f}" text-anchor="end">{high * part:.4g}</text>'
        yield f'<text x="{x(last * part):.1f}" y="{top + PANEL + 16}" text-anchor="middle">{last * part:.3g} min</text>'
    for place, (label, values) in enumerate(lines.items()):
        colour = COLOURS[place % len(COLOURS)]
        points = " ".join(f"{x(minute):.1f},{y(value):.1f}" for minute, value in zip(minutes, values, strict=True))
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        yield f'<text x="{right + 8}" y="{top + 12 + 16 * place}" style="fill: {colour}">{escape(label)}</text>'
