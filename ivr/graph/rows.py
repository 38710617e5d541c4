"""Which row each box and each label stands in, and in which order: a layered drawing (Sugiyama, Tagawa, Toda 1981)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ivr.graph.order import ordered


@dataclass(frozen=True, slots=True)
class Rows:
    """The vertices of each row from left to right: boxes by their index, then what stands on arrows."""

    rows: tuple[tuple[int, ...], ...]
    """Even rows hold boxes, odd rows labels; arrows pass through all of them."""
    chains: tuple[tuple[int, ...], ...]
    """The vertices of each arrow from its source to its target; an arrow to its own box has none between."""
    labels: tuple[int | None, ...]
    """The vertex at which the label of each arrow stands; None for an arrow to its own box."""
    upward: tuple[bool, ...]
    """Whether an arrow leads back up."""
    count: int
    """Of all vertices."""


def arranged(boxes: int, arrows: Sequence[tuple[int, int]]) -> Rows:
    """Give rows to boxes, numbered from 0 in the order of the file, and to the arrows between them."""
    upward = _backward(boxes, arrows)
    ranks = _ranks(boxes, [arrow[::-1] if up else arrow for arrow, up in zip(arrows, upward, strict=True)])
    row_of = [2 * rank for rank in ranks]
    chains: list[tuple[int, ...]] = []
    labels: list[int | None] = []
    for source, target in arrows:
        step = 1 if row_of[target] > row_of[source] else -1
        between = range(row_of[source] + step, row_of[target], step) if source != target else ()
        first = len(row_of)
        row_of.extend(between)
        chains.append((source, *range(first, len(row_of)), target))
        labels.append(first if source != target else None)
    rows = ordered(row_of, _links(chains, row_of))
    return Rows(tuple(map(tuple, rows)), tuple(chains), tuple(labels), tuple(upward), len(row_of))


def _backward(boxes: int, arrows: Sequence[tuple[int, int]]) -> list[bool]:
    """Which arrows lead back to a box on the way to their own, as met from the first box on."""
    out: dict[int, list[int]] = {}
    for number, (source, _) in enumerate(arrows):
        out.setdefault(source, []).append(number)
    backward = [False] * len(arrows)
    on_way, done = set[int](), set[int]()
    for root in range(boxes):
        stack = [(root, iter(out.get(root, ())))] if root not in done else []
        on_way.update(box for box, _ in stack)
        while stack:
            box, rest = stack[-1]
            for number in rest:
                target = arrows[number][1]
                if target in on_way:
                    backward[number] = target != box
                elif target not in done:
                    on_way.add(target)
                    stack.append((target, iter(out.get(target, ()))))
                    break
            else:
                stack.pop()
                on_way.discard(box)
                done.add(box)
    return backward


def _ranks(boxes: int, downward: Sequence[tuple[int, int]]) -> list[int]:
    """The rank of each box, from 0: below all that lead to it; what nothing leads to stands just above its first."""
    out: list[list[int]] = [[] for _ in range(boxes)]
    into = [0] * boxes
    for source, target in downward:
        if source != target:
            out[source].append(target)
            into[target] += 1
    first = [box for box in range(boxes) if not into[box]]
    ranks = [0] * boxes
    waiting = [*first]
    for box in waiting:
        for target in out[box]:
            ranks[target] = max(ranks[target], ranks[box] + 1)
            into[target] -= 1
            if not into[target]:
                waiting.append(target)
    for box in first:
        ranks[box] = min((ranks[target] for target in out[box]), default=1) - 1
    return ranks


def _links(chains: Sequence[tuple[int, ...]], row_of: Sequence[int]) -> list[tuple[int, int]]:
    """What is drawn between neighbouring rows, from above to below."""
    pairs = [pair for chain in chains for pair in pairwise(chain) if pair[0] != pair[1]]
    return [(one, other) if row_of[one] < row_of[other] else (other, one) for one, other in pairs]
