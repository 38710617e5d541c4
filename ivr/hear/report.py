"""What was found of a flow, told to people."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from ivr.hear.asked import NAMES
from ivr.hear.figures import Figures, Row, Threshold
from ivr.hear.hearing import Ear, Hearing

MARGIN = "  "
_HEADS = ("means", "phrase", "right", "wrong", "nothing", "")


def as_text(hearing: Hearing) -> str:
    """Tell it as tables, a node each, and the phrases to avoid at the end."""
    lines = [_title(hearing), *map(_ear, hearing.ears)]
    for found in hearing.figures:
        lines += ["", *_of_node(found, hearing.limit)]
    lines += ["", *_avoid(hearing)]
    return "\n".join(lines) + "\n"


def _title(hearing: Hearing) -> str:
    rates = ", ".join(map(str, hearing.rates))
    noise = " and ".join("no noise" if each is None else f"noise {each:g} dB below speech" for each in hearing.noise)
    return f"{hearing.flow}: at {rates} words a minute, with {noise}"


def _ear(ear: Ear) -> str:
    if ear.model is None:
        return f"{ear.language}: there is no model, so nothing was tried"
    lacking = ", ".join(f"“{phrase}”" for phrase in ear.unknown)
    heard = f"heard by {ear.model}" + (f", which lacks words of {lacking}" if lacking else "")
    return f"{ear.language}: spoken by {', '.join(ear.voices)}, {heard}"


def _of_node(found: Figures, limit: float) -> Iterator[str]:
    yield found.question.title
    rows = [_HEADS, *(_cells(row) for row in found.rows)]
    widths = [max(_width(row[place]) for row in rows) for place in range(len(_HEADS))]
    for row in rows:
        first = (_left(cell, width) for cell, width in zip(row[:2], widths[:2], strict=True))
        figures = (cell.rjust(width) for cell, width in zip(row[2:5], widths[2:5], strict=True))
        yield (MARGIN + MARGIN.join((*first, *figures, row[5]))).rstrip()
    yield from (MARGIN + told for told in _thresholds(found, limit))


def _cells(row: Row) -> tuple[str, ...]:
    nothing = row.trials - row.right - row.wrong
    shares = tuple(_percent(count / row.trials) if row.trials else "" for count in (row.right, row.wrong, nothing))
    mark = " ← avoid" if row.fault else ""
    return (row.answer or "digits", row.label, *shares, (f"taken for “{row.taken_for}”" if row.wrong else "") + mark)


def _thresholds(found: Figures, limit: float) -> Iterator[str]:
    """What passes at which confidence: that of the table first."""
    if not found.foreign:
        return
    yield f"at confidence {_at(found.counted)} ({_passed(found)})"
    if found.lowest is None:
        yield f"no confidence keeps the other utterances within {_percent(limit)}"
    elif found.lowest.confidence > found.own.confidence:
        yield f"at {_at(found.lowest)}: that keeps them within {_percent(limit)}"
    elif found.lowest.confidence < found.own.confidence:
        yield f"at {_at(found.own)}: that is the node's own"


def _passed(found: Figures) -> str:
    """How many passed, and for what most of them were taken: that phrase is one to think about."""
    told = f"{sum(found.passed.values())} of {found.foreign}"
    if not found.passed:
        return told
    label, count = max(found.passed.items(), key=lambda each: each[1])
    return f"{told}, {count} as {NAMES.get(label, f'“{label}”')}"


def _at(found: Threshold) -> str:
    phrases, others = _percent(found.recognised), _percent(found.false_accepts)
    return f"{found.confidence:g} {phrases} of the phrases are understood and {others} of other utterances pass"


def _avoid(hearing: Hearing) -> Iterator[str]:
    if not hearing.figures:
        yield "No node listens to speech in a language that has a model."
    elif not hearing.to_avoid:
        yield "No phrase is to be avoided."
    else:
        yield "Phrases to avoid; longer ones, of several syllables, are understood better:"
        for found, row in hearing.to_avoid:
            yield f"{MARGIN}{found.question.title}: {_why(row)}"


def _why(row: Row) -> str:
    if row.fault == "confused":
        return f"“{row.label}” gives another answer in {row.wrong} of {row.trials}, most often “{row.taken_for}”"
    by_voice = f" ({', '.join(f'{name} {right}' for name, right in row.by_voice.items())})"
    return f"“{row.label}” is understood in {row.right} of {row.trials} only{by_voice if row.right else ''}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _left(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """How many columns of a terminal a text takes (Unicode Standard Annex 11)."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
