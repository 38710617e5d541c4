"""What a caller may enter: an entry for each way in which conditions on it come out, and entries that are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from ivr.core.digits import Digits, fits
from ivr.core.expressions import ExpressionError
from ivr.core.turn import Turn
from ivr.core.values import reveal
from ivr.explore.deeds import Deed
from ivr.explore.guesses import Others, lengths, texts
from ivr.explore.marks import Mark
from ivr.nodes.collect import Collect

MOST_ENTRIES = 8
"""Entries that lead elsewhere each, of one collect."""
MOST_TRIED = 4_000
"""Numbers that are tried until one is valid: of a check digit every tenth is."""
FEW = 10
"""Values that can't be judged, after which no other can."""
MOST_LENGTHS = 6
LONGEST_USUAL = 30
"""Keys that a scenario presses for one entry at most, if that is enough."""
COUNTED = "1234567890"
SPOKEN = "something"

Decides = Callable[[Mapping[str, Any]], Any]


def entries(turn: Turn, node: Collect, marks: Sequence[Mark], others: Others, decides: Decides) -> Iterator[Deed]:
    """Entries by keys, or in words where there are no keys."""
    if node.digits is None:
        yield from _spoken(turn, node, marks, others, decides)
        return
    sizes = _sizes(node.digits, marks, others)
    checked = node.validate is not None
    candidates = (*_candidates(node.digits, sizes, marks, others, checked=checked), *_extremes(node.digits, sizes))
    valid, refused = _told_apart(turn, node, candidates, decides)
    if node.validate is not None:
        for size in sizes if not (valid and refused) else ():
            for place, value in enumerate(islice(_counted(node.digits, size), MOST_TRIED)):
                holds = _holds(turn, node, value)
                if (valid and refused) or (holds is None and place > FEW):
                    break
                (valid if holds else refused).append(value)
    for place, value in enumerate(valid[:MOST_ENTRIES]):
        yield _typed("answer", "" if place == 0 else f"entry {place + 1}", node.digits, value)
    if refused and node.validate is not None:
        yield _typed("wrong", "invalid", node.digits, refused[0])
    yield from _incomplete(node.digits, valid)


def _told_apart(turn: Turn, node: Collect, candidates: Iterable[str], decides: Decides) -> tuple[list[str], list[str]]:
    """Valid values, one for each outcome, and one that is refused."""
    known: set[Any] = set()
    valid: list[str] = []
    refused: list[str] = []
    for value in dict.fromkeys(candidates):
        if not _holds(turn, node, value):
            refused.append(value)
            continue
        outcome = decides(node.local(value))
        if outcome not in known:
            known.add(outcome)
            valid.append(value)
    return valid, refused


def _holds(turn: Turn, node: Collect, value: str) -> bool | None:
    """Whether a value is valid; None if that can't be told."""
    if node.validate is None:
        return True
    try:
        return bool(reveal(node.validate.evaluate(turn.scope(node.local(value)))))
    except ExpressionError:
        return None


def _typed(cause: Any, label: str, digits: Digits, value: str) -> Deed:
    """Press the keys of a value, and what ends it."""
    if len(value) == digits.max:
        return Deed(cause, label, keys=value)
    return Deed(cause, label, keys=value + digits.finish[:1], waits=not digits.finish)


def _incomplete(digits: Digits, valid: Sequence[str]) -> Iterator[Deed]:
    """Entries that time or a key ends or empties."""
    typeable = _typeable(digits)
    if not typeable:
        return
    if digits.min > 1:
        short = _filled("", digits.min - 1, typeable)[:1]
        yield Deed("wrong", "too short", keys=short, waits=True)
        if digits.finish:
            yield Deed("wrong", "ended too soon", keys=short + digits.finish[0])
    if digits.finish and valid and digits.min <= len(valid[0]) < digits.max:
        yield Deed("answer", "ended by silence", keys=valid[0], waits=True)
    if digits.erase and valid:
        after = _typed("answer", "erased and entered", digits, valid[0])
        yield Deed("answer", "erased and entered", keys=typeable[0] + digits.erase[0] + after.keys, waits=after.waits)


# Where values come from


def _typeable(digits: Digits) -> str:
    taken = set(digits.finish) | set(digits.erase)
    found = [key for key in digits.keys if key not in taken]
    counted = [key for key in COUNTED if key in found]
    return "".join(counted or found)


def _sizes(digits: Digits, marks: Sequence[Mark], others: Others) -> list[int]:
    """How long entries are tried: as short as may be, as conditions ask for, as long as may be."""
    wanted = [max(digits.min, 1), *lengths(marks, others), *([digits.max] if digits.max <= LONGEST_USUAL else [])]
    if digits.min == 0:
        wanted.append(0)
    return [size for size in dict.fromkeys(wanted) if digits.min <= size <= digits.max][:MOST_LENGTHS]


def _candidates(
    digits: Digits, sizes: Sequence[int], marks: Sequence[Mark], others: Others, *, checked: bool
) -> Iterator[str]:
    """Values that conditions may be about, and the usual ones."""
    typeable = _typeable(digits)
    wanted = tuple(dict.fromkeys(texts(marks, others)))
    yield from (text for text in wanted if fits(digits, text))
    for text in ("", *wanted):
        for size in sizes:
            for padded in _padded(text, size, typeable) if len(text) < size else ():
                # The last key may be one that checks the others.
                variants = (padded[:-1] + key for key in typeable) if checked else ()
                yield from (each for each in (padded, *variants) if fits(digits, each))
    if 0 in sizes:
        yield ""


def _padded(text: str, size: int, typeable: str) -> Iterator[str]:
    yield _filled(text, size, typeable)
    if not text:
        return
    yield _filled("", size - len(text), typeable) + text
    yield text.rjust(size, "0")
    # Of texts that are compared from their second key on, such as `number[1:2]`.
    for place in range(1, size - len(text)):
        yield _filled("", place, typeable) + _filled(text, size - place, typeable)


def _extremes(digits: Digits, sizes: Sequence[int]) -> Iterator[str]:
    """The smallest and the largest number of a size."""
    typeable = sorted(_typeable(digits))
    for size in sizes:
        if typeable:
            yield typeable[0] * size
            yield typeable[-1] * size


def _filled(text: str, size: int, typeable: str) -> str:
    """The text, and then keys in turn until it is as long as is wanted."""
    missing = size - len(text)
    return text + (typeable * (missing // max(len(typeable), 1) + 1))[:missing] if missing > 0 else text


def _counted(digits: Digits, size: int) -> Iterator[str]:
    """Numbers one after the other, from one that looks like any other on."""
    typeable = sorted(_typeable(digits))
    if not typeable:
        return
    base = len(typeable)
    begin = sum(((place + 1) % base) * base ** (size - place - 1) for place in range(size))
    for number in range(begin, begin + MOST_TRIED):
        rest, keys = number % base**size, []
        for _ in range(size):
            rest, key = divmod(rest, base)
            keys.append(typeable[key])
        yield "".join(reversed(keys))


# Words


def _spoken(turn: Turn, node: Collect, marks: Sequence[Mark], others: Others, decides: Decides) -> Iterator[Deed]:
    match node.spoken:
        case "digits":
            valid, refused = _told_apart(turn, node, _said_digits(marks, others), decides)
            said = {value: " ".join(value) for value in (*valid, *refused)}
        case "phrases":
            own = node.phrases.pick(turn.language, turn.flow.language)[0] or ()
            valid, refused = _told_apart(turn, node, own, decides)
            said = {value: value for value in own}
        case _:
            valid, refused = _told_apart(turn, node, (SPOKEN, *texts(marks, others)), decides)
            said = {value: value for value in (*valid, *refused)}
    for place, value in enumerate(valid[:MOST_ENTRIES]):
        yield Deed("answer", "" if place == 0 else f"entry {place + 1}", says=said[value])
    if refused:
        yield Deed("wrong", "invalid", says=said[refused[0]])


def _said_digits(marks: Sequence[Mark], others: Others) -> Iterator[str]:
    yield "1"
    yield from (_filled("", size, COUNTED) for size in lengths(marks, others) if 0 < size <= LONGEST_USUAL)
    yield from (text for text in texts(marks, others) if text.isdecimal())
    yield from (str(number) for number in range(10, 110))
