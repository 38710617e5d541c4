"""Things that lead to others, and to each other."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


def groups(names: Iterable[Name], onward: Mapping[Name, Sequence[Name]]) -> tuple[tuple[Name, ...], ...]:
    """The largest groups of names in which each leads to each other; those that are led to come first.

    A name that is in no circle is a group of its own. Within a group they are in the order in which they were given.
    The names that are led to are passed over where they are not among the given ones.

    R. Tarjan, Depth-first search and linear graph algorithms, 1972; without recursion, so that flows may be long.
    """
    order = {name: place for place, name in enumerate(names)}
    found: list[tuple[Name, ...]] = []
    number: dict[Name, int] = {}
    low: dict[Name, int] = {}
    open_names: list[Name] = []
    is_open: set[Name] = set()
    for root in order:
        walk = [(root, iter(onward.get(root, ())))] if root not in number else []
        while walk:
            name, rest = walk[-1]
            if name not in number:
                number[name] = low[name] = len(number)
                open_names.append(name)
                is_open.add(name)
            for other in rest:
                if other in order and other not in number:
                    walk.append((other, iter(onward.get(other, ()))))
                    break
                if other in is_open:
                    low[name] = min(low[name], number[other])
            else:
                walk.pop()
                if walk:
                    above = walk[-1][0]
                    low[above] = min(low[above], low[name])
                if low[name] == number[name]:
                    group = [open_names.pop()]
                    while group[-1] != name:
                        group.append(open_names.pop())
                    is_open.difference_update(group)
                    found.append(tuple(sorted(group, key=order.__getitem__)))
    return tuple(found)


def led_to(begin: Iterable[Name], onward: Mapping[Name, Sequence[Name]]) -> frozenset[Name]:
    """All that some names lead to, these included."""
    seen: set[Name] = set()
    waiting = [*begin]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(onward.get(name, ()))
    return frozenset(seen)
