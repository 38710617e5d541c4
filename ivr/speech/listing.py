"""The speech models of a machine, and those that could be fetched, as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ivr.speech.downloads import SMALL, Offer
from ivr.speech.machine import Machine
from ivr.speech.models import Model
from ivr.speech.vocabulary import VocabularyError

MEGABYTE = 1_000_000


def installed(machine: Machine) -> str:
    """What listens on a machine, and what should but can't."""
    rows = [
        (each.language, each.name, _size(each.size), _count(each, machine), str(each.directory))
        for each in machine.models
    ]
    faults = [f"{each.directory} can't be used: {each.why}\n" for each in machine.broken]
    return _table(("language", "model", "size", "words", "where"), rows) + "".join(faults)


def offered(offers: Iterable[Offer]) -> str:
    """What can be fetched and can listen for phrases; obsolete models and those with a fixed graph are left out."""
    rows = [
        (offer.language, offer.name, _size(offer.size), offer.language_name)
        for offer in offers
        if not offer.obsolete and offer.kind in SMALL
    ]
    return _table(("language", "model", "archive", ""), rows)


def _count(model: Model, machine: Machine) -> str:
    try:
        return f"{len(machine.vocabulary(model)):,}"
    except VocabularyError:
        return "unknown"


def _size(count: int) -> str:
    return f"{count / MEGABYTE:,.0f} MB"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    shown = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "".join(f"{line.rstrip()}\n" for line in shown)
