"""Where things stand in their row: as straight above each other as the things beside them let them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SWEEPS = 24
"""Down and up; after some twenty hardly anything moves any more."""
ROUNDS = 3
"""Of straightening: each makes room for others."""
FAR = 1_000_000
"""Where nothing stands."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something in a row, or a place where only an arrow passes."""

    left: int
    """Pixels that it needs to the left of its axis, half the gap to its neighbour included."""
    right: int


Tie = tuple[int, int, int]
"""Two things in neighbouring rows that want to stand above each other, and how much they want it."""


def columns(
    things: Sequence[Thing], rows: Sequence[Sequence[int]], ties: Sequence[Tie], lanes: Sequence[Sequence[int]]
) -> list[int]:
    """The axis of each thing, in pixels; the leftmost thing begins at 0.

    Args:
        things: all of them.
        rows: the things of each row by index, from left to right; things that are tied keep that order.
        ties: what wants to stand above each other.
        lanes: things one above the other that an arrow passes, which look best in one line.
    """
    axes = [0] * len(things)
    edges = [0] * len(rows)
    for part in _parts(len(things), ties):
        within = set(part)
        own = [[thing for thing in row if thing in within] for row in rows]
        _settle(things, own, ties, axes)
        _straighten(things, own, [lane for lane in lanes if lane[0] in within], axes)
        # Parts that nothing ties stand beside each other, as near as the shapes of their sides let them.
        taken = [(number, row[0], row[-1]) for number, row in enumerate(own) if row]
        shift = max(edges[number] + things[first].left - axes[first] for number, first, _ in taken)
        low, high = taken[0][0], taken[-1][0]
        for thing in part:
            axes[thing] += shift
        for number, _, last in taken:
            edges[number] = axes[last] + things[last].right
        for number in range(low, high + 1):
            edges[number] = max(edges[number], min(edges[low : high + 1]))
    first = min((axis - thing.left for axis, thing in zip(axes, things, strict=True)), default=0)
    return [axis - first for axis in axes]


def _parts(count: int, ties: Sequence[Tie]) -> list[list[int]]:
    """What is tied together, the part of the first thing first, then the bigger ones."""
    near: dict[int, list[int]] = {}
    for one, other, _ in ties:
        near.setdefault(one, []).append(other)
        near.setdefault(other, []).append(one)
    parts: list[list[int]] = []
    seen: set[int] = set()
    for thing in range(count):
        part = [thing] if thing not in seen else []
        seen.update(part)
        for each in part:
            fresh = list(dict.fromkeys(other for other in near.get(each, ()) if other not in seen))
            seen.update(fresh)
            part.extend(fresh)
        if part:
            parts.append(part)
    return sorted(parts, key=lambda part: (0 not in part, -len(part), min(part)))


def _settle(things: Sequence[Thing], rows: Sequence[Sequence[int]], ties: Sequence[Tie], axes: list[int]) -> None:
    """Let all go where their ties draw them, row by row, down and up in turns."""
    row_of = {thing: number for number, row in enumerate(rows) for thing in row}
    tied: dict[int, list[tuple[int, int]]] = {}
    for one, other, weight in ties:
        tied.setdefault(one, []).append((other, weight))
        tied.setdefault(other, []).append((one, weight))
    for row in rows:
        _place(row, things, axes, dict.fromkeys(row, 0), dict.fromkeys(row, 1))
    for sweep in range(SWEEPS):
        both_ways = sweep >= SWEEPS - 2
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            wanted: dict[int, int] = {}
            weights: dict[int, int] = {}
            for thing in row:
                drawn = [
                    (axes[other], weight)
                    for other, weight in tied.get(thing, ())
                    if both_ways or (row_of[other] < row_of[thing]) == down
                ]
                weight = sum(each for _, each in drawn)
                wanted[thing] = sum(axis * each for axis, each in drawn) // weight if weight else axes[thing]
                weights[thing] = weight or 1
            _place(row, things, axes, wanted, weights)


def _place(
    row: Sequence[int],
    things: Sequence[Thing],
    axes: list[int],
    wanted: Mapping[int, int],
    weights: Mapping[int, int],
) -> None:
    """Put the things of a row as near to where they want to be as their order and widths allow.

    Least squares with distances to keep is an isotonic regression, solved exactly by pooling adjacent violators
    (Barlow, Bartholomew, Bremner and Brunk 1972).
    """
    offset = 0
    offsets: list[int] = []
    for place, thing in enumerate(row):
        if place:
            offset += things[row[place - 1]].right + things[thing].left
        offsets.append(offset)
    pools: list[tuple[int, int, int]] = []
    for thing, far in zip(row, offsets, strict=True):
        total, weight, count = (wanted[thing] - far) * weights[thing], weights[thing], 1
        while pools and pools[-1][0] * weight >= total * pools[-1][1]:
            before = pools.pop()
            total, weight, count = total + before[0], weight + before[1], count + before[2]
        pools.append((total, weight, count))
    at = iter(zip(row, offsets, strict=True))
    for total, weight, count in pools:
        for _ in range(count):
            thing, far = next(at)
            axes[thing] = total // weight + far


def _straighten(
    things: Sequence[Thing], rows: Sequence[Sequence[int]], lanes: Sequence[Sequence[int]], axes: list[int]
) -> None:
    """Draw lanes into lines as long as what stands beside them lets them be."""
    beside = {
        thing: (row[place - 1 : place], row[place + 1 : place + 2]) for row in rows for place, thing in enumerate(row)
    }
    for _ in range(ROUNDS):
        for lane in lanes:
            line: list[int] = []
            low = high = 0
            for thing in lane:
                least, most = _free(thing, things, beside[thing], axes)
                if line and max(low, least) <= min(high, most):
                    low, high = max(low, least), min(high, most)
                    line.append(thing)
                else:
                    _align(line, low, high, axes)
                    line, low, high = [thing], least, most
            _align(line, low, high, axes)


def _free(
    thing: int, things: Sequence[Thing], beside: tuple[Sequence[int], Sequence[int]], axes: Sequence[int]
) -> tuple[int, int]:
    """Between which axes a thing can move while its neighbours stay."""
    before, after = beside
    least = max((axes[each] + things[each].right + things[thing].left for each in before), default=-FAR)
    most = min((axes[each] - things[each].left - things[thing].right for each in after), default=FAR)
    return least, most


def _align(line: Sequence[int], low: int, high: int, axes: list[int]) -> None:
    if line:
        middle = sorted(axes[each] for each in line)[len(line) // 2]
        for each in line:
            axes[each] = min(max(middle, low), high)
