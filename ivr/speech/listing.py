"""The speech models of a machine, and those that could be fetched, as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ivr.speech.downloads import SMALL, Offer
from ivr.speech.models import Broken, Model
from ivr.speech.vocabulary import VocabularyError, vocabulary

MEGABYTE = 1_000_000


def installed(found: Iterable[Model | Broken], words: Path) -> str:
    """What listens on this machine, and what should but can't; lists of words are kept in the folder `words`."""
    rows, faults = [], []
    for each in found:
        if isinstance(each, Broken):
            faults.append(f"{each.directory} can't be used: {each.why}\n")
        else:
            rows.append((each.language, each.name, _size(each.size), _count(each, words), str(each.directory)))
    return _table(("language", "model", "size", "words", "where"), rows) + "".join(faults)


def offered(offers: Iterable[Offer]) -> str:
    """What can be fetched and can listen for phrases; obsolete models and those with a fixed graph are left out."""
    rows = [
        (offer.language, offer.name, _size(offer.size), offer.language_name)
        for offer in offers
        if not offer.obsolete and offer.kind in SMALL
    ]
    return _table(("language", "model", "archive", ""), rows)


def _count(model: Model, words: Path) -> str:
    try:
        return f"{len(vocabulary(model, words)):,}"
    except VocabularyError:
        return "unknown"


def _size(count: int) -> str:
    return f"{count / MEGABYTE:,.0f} MB"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    shown = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "".join(f"{line.rstrip()}\n" for line in shown)
