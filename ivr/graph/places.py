"""Where everything of a picture stands, in pixels: boxes in rows, labels in rows of their own, arrows between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ivr.graph import faces
from ivr.graph.columns import Thing, Tie, columns
from ivr.graph.faces import Face
from ivr.graph.notes import Note
from ivr.graph.picture import Arrow, Box, Picture
from ivr.graph.rows import Rows, arranged

BOX_GAP, LABEL_GAP, LANE = 26, 12, 14
"""Between boxes, between labels, and the width of a lane in which an arrow passes."""
NEAREST_ROWS, FARTHEST_ROWS = 18, 64
STEEP = 0.1
"""Pixels that rows draw apart for each pixel that an arrow between them goes to the side."""
PORTS = 22
"""Between two arrows at one side of a box, if there is room."""
LOOP = 30
"""How far an arrow to its own box reaches out."""
STRAIGHT, LABELLED, NEAR = 8, 3, 1
"""How much arrows want to be straight: between lanes most of all."""


@dataclass(frozen=True, slots=True)
class PlacedBox:
    """A box and its corner at the upper left."""

    box: Box
    face: Face
    notes: tuple[Note, ...]
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class PlacedArrow:
    """An arrow, the commands of its path (SVG 1.1, 8.3), its labels' corners, and where its head is."""

    arrow: Arrow
    path: str
    labels: tuple[tuple[Face, int, int], ...]
    tip: tuple[int, int]
    heading: str
    """`down`, `up` or `left`."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A whole picture."""

    width: int
    height: int
    boxes: tuple[PlacedBox, ...]
    arrows: tuple[PlacedArrow, ...]


def placed(picture: Picture, notes: Sequence[tuple[Note, ...]]) -> Placed:
    """Give everything its place; `notes` are those of each box."""
    index = {box.key: place for place, box in enumerate(picture.boxes)}
    ends = [(index[arrow.source], index[arrow.target]) for arrow in picture.arrows]
    rows = arranged(len(picture.boxes), ends)
    fullest = _fullest(rows, len(picture.boxes))
    boxes = [faces.of_box(box, notes[place], fullest[place]) for place, box in enumerate(picture.boxes)]
    labels = [faces.of_label(arrow) for arrow in picture.arrows]
    page = _Page(rows, boxes, labels)
    return Placed(
        page.width,
        page.height,
        tuple(
            PlacedBox(box, boxes[place], notes[place], *page.corner(place)) for place, box in enumerate(picture.boxes)
        ),
        tuple(page.arrow(number, arrow) for number, arrow in enumerate(picture.arrows)),
    )


def _fullest(rows: Rows, boxes: int) -> list[int]:
    """How many arrows are at the side of each box that has the most."""
    sides = [[0, 0] for _ in range(boxes)]
    for chain, up in zip(rows.chains, rows.upward, strict=True):
        if chain[0] != chain[-1]:
            sides[chain[0]][up] += 1
            sides[chain[-1]][not up] += 1
    return [max(side) for side in sides]


class _Page:
    """The places of all vertices."""

    def __init__(self, rows: Rows, boxes: Sequence[Face], labels: Sequence[tuple[Face, ...]]) -> None:
        self.rows, self.boxes, self.labels = rows, boxes, labels
        self.row_of = {vertex: number for number, row in enumerate(rows.rows) for vertex in row}
        self.label_of = {vertex: number for number, vertex in enumerate(rows.labels) if vertex is not None}
        self.loops = [number for number, chain in enumerate(rows.chains) if chain[0] == chain[-1]]
        things = [self._thing(vertex) for vertex in range(rows.count)]
        self.axes = columns(things, rows.rows, self._ties(), [each[1:-1] for each in rows.chains if each[1:-1]])
        self.width = max((axis + things[vertex].right for vertex, axis in enumerate(self.axes)), default=0)
        self.ports = self._ports()
        self.bands = self._bands()
        self.height = self.bands[-1][1] if self.bands else 0

    def _thing(self, vertex: int) -> Thing:
        if vertex < len(self.boxes):
            half = (self.boxes[vertex].width + BOX_GAP) // 2
            loops = [_stacked(self.labels[each])[0] for each in self._loops_of(vertex)]
            return Thing(half, half + (max(loops) + LOOP if loops else 0))
        width, _ = _stacked(self.labels[self.label_of[vertex]]) if vertex in self.label_of else (0, 0)
        half = max(LANE, width + LABEL_GAP) // 2
        return Thing(half, half)

    def _loops_of(self, box: int) -> list[int]:
        return [each for each in self.loops if self.rows.chains[each][0] == box]

    def _ties(self) -> list[Tie]:
        """Neighbours on an arrow: the more, the more of them are lanes."""
        return [
            (one, other, (STRAIGHT, LABELLED, NEAR)[(one < len(self.boxes)) + (other < len(self.boxes))])
            for chain in self.rows.chains
            for one, other in pairwise(chain)
            if one != other
        ]

    def _ports(self) -> dict[tuple[int, bool], int]:
        """Where each arrow begins and ends on its boxes; the key is its number, and whether it is the target."""
        sides: dict[tuple[int, bool], list[tuple[int, int, bool]]] = {}
        for number, chain in enumerate(self.rows.chains):
            if chain[0] != chain[-1]:
                for box, next_to, is_target in ((chain[0], chain[1], False), (chain[-1], chain[-2], True)):
                    below = self.row_of[next_to] > self.row_of[box]
                    sides.setdefault((box, below), []).append((self.axes[next_to], number, is_target))
        ports: dict[tuple[int, bool], int] = {}
        for (box, _), arrows in sides.items():
            room = self.boxes[box].width - 2 * faces.CORNER
            step = min(PORTS, room // max(1, len(arrows) - 1))
            first = self.axes[box] - step * (len(arrows) - 1) // 2
            for place, (_, number, is_target) in enumerate(sorted(arrows)):
                ports[number, is_target] = first + step * place
        return ports

    def _bands(self) -> list[tuple[int, int]]:
        """The upper and lower edge of each row."""
        bands: list[tuple[int, int]] = []
        aside = [0] * len(self.rows.rows)
        for number, chain in enumerate(self.rows.chains):
            across = self._across(number)
            for place in range(1, len(chain)):
                lower = max(self.row_of[chain[place - 1]], self.row_of[chain[place]])
                aside[lower] = max(aside[lower], abs(across[place] - across[place - 1]))
        for number, row in enumerate(self.rows.rows):
            gap = max(NEAREST_ROWS, min(FARTHEST_ROWS, round(aside[number] * STEEP)))
            top = bands[-1][1] + gap if bands else 0
            bands.append((top, top + max(map(self._height, row), default=0)))
        return bands

    def _across(self, number: int) -> list[int]:
        """Where an arrow passes each of its rows."""
        chain = self.rows.chains[number]
        if chain[0] == chain[-1]:
            return [self.axes[each] for each in chain]
        return [self.ports[number, False], *(self.axes[each] for each in chain[1:-1]), self.ports[number, True]]

    def _height(self, vertex: int) -> int:
        if vertex < len(self.boxes):
            return self.boxes[vertex].height
        return _stacked(self.labels[self.label_of[vertex]])[1] if vertex in self.label_of else 0

    def corner(self, box: int) -> tuple[int, int]:
        """The upper left of a box, which stands in the middle of its row."""
        top, bottom = self.bands[self.row_of[box]]
        return self.axes[box] - self.boxes[box].width // 2, top + (bottom - top - self.boxes[box].height) // 2

    def arrow(self, number: int, arrow: Arrow) -> PlacedArrow:
        """An arrow with its path and its labels."""
        chain = self.rows.chains[number]
        if chain[0] == chain[-1]:
            return self._loop(number, arrow)
        vertex = self.rows.labels[number]
        assert vertex is not None  # noqa: S101 - only an arrow to its own box has no such vertex
        up = self.rows.upward[number]
        path, tip = self._path(number, up)
        top, bottom = self.bands[self.row_of[vertex]]
        y = top + (bottom - top - _stacked(self.labels[number])[1]) // 2
        labels = tuple(_down(self.labels[number], self.axes[vertex], y))
        return PlacedArrow(arrow, path, labels, tip, "up" if up else "down")

    def _path(self, number: int, up: bool) -> tuple[str, tuple[int, int]]:
        """Straight through each row, curved between them, where nothing stands."""
        chain, across = self.rows.chains[number], self._across(number)
        leaving, entering = (0, 1) if up else (1, 0)
        begin = self._edge(chain[0], below=not up)
        y = self.bands[self.row_of[chain[0]]][leaving]
        parts = [f"M{across[0]} {begin}V{y}"]
        for before, x, vertex in zip(across, across[1:], chain[1:], strict=False):
            into, out = (self.bands[self.row_of[vertex]][each] for each in (entering, leaving))
            middle = (y + into) // 2
            parts.append(f"V{into}" if x == before else f"C{before} {middle} {x} {middle} {x} {into}")
            y = out
            if vertex != chain[-1]:
                parts.append(f"V{out}")
        end = self._edge(chain[-1], below=up)
        return "".join((*parts, f"V{end}")), (across[-1], end)

    def _edge(self, box: int, *, below: bool) -> int:
        _, top = self.corner(box)
        return top + self.boxes[box].height if below else top

    def _loop(self, number: int, arrow: Arrow) -> PlacedArrow:
        box = self.rows.chains[number][0]
        x, top = self.corner(box)
        right = x + self.boxes[box].width
        loops = self._loops_of(box)
        middle = top + self.boxes[box].height * (2 * loops.index(number) + 1) // (2 * len(loops))
        path = f"M{right} {middle - 9}C{right + LOOP} {middle - 16} {right + LOOP} {middle + 16} {right} {middle + 9}"
        width, height = _stacked(self.labels[number])
        labels = tuple(_down(self.labels[number], right + LOOP - 4 + width // 2, middle - height // 2))
        return PlacedArrow(arrow, path, labels, (right, middle + 9), "left")


def _stacked(labels: Sequence[Face]) -> tuple[int, int]:
    """The width and height of labels one above the other."""
    return max(each.width for each in labels), sum(each.height for each in labels)


def _down(labels: Sequence[Face], axis: int, y: int) -> Iterator[tuple[Face, int, int]]:
    for each in labels:
        yield each, axis - each.width // 2, y
        y += each.height
