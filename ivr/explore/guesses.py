"""Values worth trying, guessed from what a flow does with them: the usual one first, then those that may decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from ivr.core.uses import Key
from ivr.explore.marks import Mark

Others = Callable[[Mark], tuple[Any, ...]]
"""What the other side of a comparison is now: one value, or none if that can't be told."""

MOST_VALUES = 64
"""Values of one thing that are worth trying."""
USUAL_LENGTHS, LONGEST_LIST = (2, 3, 4), 12
SMALL_NUMBERS = range(21)
"""Tried where a number is compared only after something was computed from it, such as a remainder."""
COUNTING = ("length", "count")
OF_LISTS = frozenset({*COUNTING, "join", "first", "last", "map", "select", "reject", "list", "sort", "sum", "unique"})
SIGNS = frozenset({"+", "-", "*", "/", "//", "%"})
OF_NUMBERS = SIGNS | {"currency", "round", "ordinal", "float", "int", "abs"}
NUMBER, DATE, MOMENT = 100, "2026-01-15", "2026-01-15T10:30:00"
NAMES = {"name": "Asha", "first_name": "Asha", "last_name": "Rao", "city": "Pune", "language": "en-US"}
"""What some things are usually called."""
UNSAID = "something else"


@dataclass
class Shape:
    """What a value must be like, and what is done with it."""

    keys: dict[str, Shape] = field(default_factory=dict)
    items: Shape | None = None
    """What each item is like, if it is a list."""
    longest: int = 0
    """The largest index that is written in the flow, and one."""
    marks: list[Mark] = field(default_factory=list)


def shape(marks: Iterable[Mark]) -> Shape:
    """Put the marks of parts together."""
    whole = Shape()
    for mark in marks:
        part = whole
        for key in mark.path:
            part = _into(part, key)
        part.marks.append(mark)
    return whole


def _into(part: Shape, key: Key) -> Shape:
    if isinstance(key, str):
        return part.keys.setdefault(key, Shape())
    part.items = part.items or Shape()
    part.longest = max(part.longest, 0 if key is None else key + 1 if key >= 0 else -key)
    return part.items


@dataclass(frozen=True, slots=True)
class Guess:
    """A value, and how far it is from the usual one."""

    value: Any
    changes: int


def guesses(wanted: Shape, name: str, others: Others) -> tuple[Guess, ...]:
    """Values of a shape, the nearest to the usual one first."""
    if wanted.keys:
        found = list(_mappings(wanted, others))
        found.extend(Guess(None, 1) for _ in filter(_may_be_nothing, wanted.marks))
    elif wanted.items is not None or _is_list(wanted):
        found = list(_lists(wanted, name, others))
    else:
        found = [Guess(value, min(place, 1)) for place, value in enumerate(_leaves(wanted, name, others))]
    found.sort(key=lambda guess: guess.changes)
    return tuple(_different(found))[:MOST_VALUES]


def _different(found: Iterable[Guess]) -> Iterator[Guess]:
    known: set[str] = set()
    for guess in found:
        if repr(guess.value) not in known:
            known.add(repr(guess.value))
            yield guess


def _mappings(wanted: Shape, others: Others) -> Iterator[Guess]:
    keys = list(wanted.keys)
    parts = [guesses(inner, key, others) for key, inner in wanted.keys.items()]
    usual = {key: part[0].value for key, part in zip(keys, parts, strict=True)}
    yield Guess(usual, 0)
    for key, part in zip(keys, parts, strict=True):
        yield from (Guess({**usual, key: guess.value}, guess.changes) for guess in part[1:])
    varied = [place for place, part in enumerate(parts) if len(part) > 1]
    for first, second in ((a, b) for a in varied for b in varied if a < b):
        for one, two in product(parts[first][1:], parts[second][1:]):
            yield Guess({**usual, keys[first]: one.value, keys[second]: two.value}, one.changes + two.changes)


def _lists(wanted: Shape, name: str, others: Others) -> Iterator[Guess]:
    items = guesses(wanted.items or Shape(), name.removesuffix("s"), others)
    lengths = [max(1, wanted.longest), 0, *USUAL_LENGTHS]
    for mark in wanted.marks:
        if mark.use.filters[:1] and mark.use.filters[0] in COUNTING:
            for value in others(mark):
                lengths.extend(length for length in _near(value) if isinstance(length, int))
    for place, length in enumerate(dict.fromkeys(lengths)):
        if 0 <= length <= LONGEST_LIST:
            yield Guess([items[0].value] * length, min(place, 1))
    for guess in items[1:]:
        yield Guess([guess.value] * lengths[0], guess.changes)


def _is_list(wanted: Shape) -> bool:
    first = {mark.use.filters[0] for mark in wanted.marks if mark.use.filters}
    as_text = any(not mark.use.filters and mark.use.how in ("compared", "said") for mark in wanted.marks)
    return bool(first & OF_LISTS.difference(COUNTING)) or (bool(first.intersection(COUNTING)) and not as_text)


def _may_be_nothing(mark: Mark) -> bool:
    return mark.use.how == "truth" or (mark.use.how == "tested" and mark.use.operator in ("none", "mapping", "defined"))


def _leaves(wanted: Shape, name: str, others: Others) -> Iterator[Any]:
    """The usual value, then others."""
    compared = [value for mark in wanted.marks if mark.use.how == "compared" for value in _compared(mark, others)]
    filters = frozenset(each for mark in wanted.marks for each in mark.use.filters)
    asked = [mark for mark in wanted.marks if mark.use.how == "truth" and not mark.use.filters]
    tested = [mark for mark in wanted.marks if mark.use.how == "tested" and mark.use.operator == "none"]
    said = any(mark.use.how == "said" for mark in wanted.marks)
    spoken = list(_spoken(filters, name))
    if compared:
        yield from compared
        if any(not filters.isdisjoint(SIGNS) for filters in (frozenset(mark.use.filters) for mark in wanted.marks)):
            yield from SMALL_NUMBERS
        if all(isinstance(value, str) for value in compared):
            yield UNSAID
    elif spoken:
        yield from spoken
    elif asked and not said:
        yield True
    elif name == "status":
        yield 200
    else:
        yield NAMES.get(name, name.replace("_", " ") or "something")
    if asked:
        number = any(isinstance(value, int | float) for value in (*compared, *spoken))
        plain = not compared and not spoken and not said
        yield False if plain else 0 if number else ""
    if asked or tested:
        yield None


def _spoken(filters: frozenset[str], name: str) -> Iterator[Any]:
    if "time" in filters:
        yield MOMENT
    elif "date" in filters:
        yield DATE
    elif filters & OF_NUMBERS:
        yield NUMBER
    elif "digits" in filters or "luhn" in filters:
        yield "18" if "luhn" in filters else "1234"
    elif filters & {"upper", "lower", "trim", "title", "capitalize"}:
        yield NAMES.get(name, name.replace("_", " ") or "something")


def _compared(mark: Mark, others: Others) -> Iterator[Any]:
    """What a value may be that is compared with these."""
    for other in others(mark):
        match mark.use.operator, other:
            case "in" | "not in", list():
                yield from other
            case "has", _:
                yield f"{other}"
            case (("==" | "!="), int() | float()) if not isinstance(other, bool):
                yield other
                yield other + 1
            case (("==" | "!="), bool()):
                yield other
                yield not other
            case _, int() | float() if not isinstance(other, bool):
                yield from _near(other)
            case _:
                yield other


def _near(value: Any) -> tuple[Any, ...]:
    """A number and its neighbours."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return (value,)
    return (value, value + 1, value - 1)


def texts(marks: Sequence[Mark], others: Others) -> Iterator[str]:
    """Texts that conditions on a text may be about; an entry may have to begin or to end with them."""
    for mark in marks:
        if mark.use.how == "compared" and not (mark.use.filters and mark.use.filters[-1] in COUNTING):
            for value in _compared(mark, others):
                if isinstance(value, str | int | float) and not isinstance(value, bool):
                    yield str(value)


def lengths(marks: Sequence[Mark], others: Others) -> Iterator[int]:
    """Lengths that conditions on a text may be about."""
    for mark in marks:
        if mark.use.how == "compared" and mark.use.filters and mark.use.filters[-1] in COUNTING:
            for value in others(mark):
                yield from (near for near in _near(value) if isinstance(near, int) and near >= 0)
