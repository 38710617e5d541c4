"""The order of things within rows, so that few arrows cross."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence

ROUNDS = 24
"""Down and up in turns; the best order is often found within ten."""
SWAPS = 4
"""Times that neighbours are tried the other way round in each round."""

Link = tuple[int, int]
"""Two things in neighbouring rows, the upper one first."""


def ordered(row_of: Sequence[int], links: Sequence[Link]) -> list[list[int]]:
    """The things of each row from left to right, given the row of each.

    The barycentre heuristic of Sugiyama, Tagawa and Toda (1981), with the exchange of neighbours of Gansner,
    Koutsofios, North and Vo (1993), section 3; of all orders met, the one with the fewest crossings.
    """
    above: dict[int, list[int]] = {}
    below: dict[int, list[int]] = {}
    for upper, lower in links:
        below.setdefault(upper, []).append(lower)
        above.setdefault(lower, []).append(upper)
    rows: list[list[int]] = [[] for _ in range(max(row_of, default=-1) + 1)]
    for thing in _by_depth(len(row_of), row_of, above, below):
        rows[row_of[thing]].append(thing)
    best, fewest = rows, crossings(rows, below)
    for number in range(ROUNDS):
        if not fewest:
            break
        rows = [[*row] for row in rows]
        _sweep(rows, above if number % 2 == 0 else below, down=number % 2 == 0)
        for _ in range(SWAPS):
            if not _swap(rows, above, below):
                break
        count = crossings(rows, below)
        if count < fewest:
            best, fewest = rows, count
    return best


def _by_depth(
    count: int, row_of: Sequence[int], above: Mapping[int, Sequence[int]], below: Mapping[int, Sequence[int]]
) -> Iterator[int]:
    """All things, what belongs together in sequence: each is followed at once by what it is linked with."""
    seen: set[int] = set()
    for root in sorted(range(count), key=lambda thing: (row_of[thing], thing)):
        stack = [root]
        while stack:
            thing = stack.pop()
            if thing not in seen:
                seen.add(thing)
                yield thing
                stack.extend(reversed((*below.get(thing, ()), *above.get(thing, ()))))


def _sweep(rows: list[list[int]], near: Mapping[int, Sequence[int]], *, down: bool) -> None:
    """Put each thing at the mean place of what it is linked with in the row before."""
    at = _places(rows)
    for row in rows if down else reversed(rows):
        wanted = {
            thing: sum(at[each] for each in near[thing]) / len(near[thing]) if thing in near else at[thing]
            for thing in row
        }
        row.sort(key=wanted.__getitem__)
        at.update((thing, place) for place, thing in enumerate(row))


def _swap(rows: list[list[int]], above: Mapping[int, Sequence[int]], below: Mapping[int, Sequence[int]]) -> bool:
    """Exchange neighbours whose arrows cross more often than they would; tell whether any were."""
    at = _places(rows)
    changed = False
    for row in rows:
        for place in range(len(row) - 1):
            left, right = row[place], row[place + 1]
            gain = sum(
                (at[one] > at[other]) - (at[one] < at[other])
                for near in (above, below)
                for one in near.get(left, ())
                for other in near.get(right, ())
            )
            if gain > 0:
                row[place], row[place + 1] = right, left
                at[left], at[right] = place + 1, place
                changed = True
    return changed


def _places(rows: Sequence[Sequence[int]]) -> dict[int, int]:
    return {thing: place for row in rows for place, thing in enumerate(row)}


def crossings(rows: Sequence[Sequence[int]], below: Mapping[int, Sequence[int]]) -> int:
    """How many pairs of links cross."""
    at = _places(rows)
    found = 0
    for row in rows:
        ends: list[int] = []
        for thing in row:
            lower = sorted(at[each] for each in below.get(thing, ()))
            found += sum(len(ends) - bisect_right(ends, end) for end in lower)
            for end in lower:
                insort(ends, end)
    return found
