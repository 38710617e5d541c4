"""What was said and decided in a call, as rows that pages show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ivr.core.events import Answered, DeadlinePassed, HungUp, PlaybackEnded
from ivr.document.journal import Entry, Journal, JournalError, read
from ivr.replay.report import happened
from ivr.server.console.words import ended

Who = Literal["caller", "ivr", "engine", "world"]

MOST_ROWS = 2_000
"""So many of the last rows are shown at a time: a caller may press keys for an hour."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was done, said or decided."""

    at: int
    """Milliseconds since the call began."""
    who: Who
    node: str
    """Where, as `flow/node` in a subflow; empty where that says nothing."""
    text: str
    line: int
    """The line of the journal."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What the journal of a call tells after some line of it."""

    rows: tuple[Row, ...] = ()
    line: int = 0
    """The last line of the journal that was read, also if it gave no row; 0 where there is no journal."""
    omitted: int = 0
    """Earlier rows that were left out because there are too many."""
    fault: str = ""
    """Why the journal can't be read."""


def transcript(text: str, after: int = 0) -> Transcript:
    """What a journal tells after a line of it; only what is new is taken apart.

    Args:
        text: all of the journal so far.
        after: the last line that is known already; 0 for none.
    """
    head, found, rest = text.partition("\n")
    if not found:
        return Transcript()
    known = max(after - 1, 0)
    new = rest.split("\n", known)[-1] if rest.count("\n") >= known else ""
    try:
        journal = read(f"{head}\n{new}".encode(), "the journal")
    except JournalError as error:
        return Transcript(line=after, fault=str(error))
    rows = tuple(each for entry in journal.entries for each in _rows(entry, entry.line + known))
    rows += tuple(_end(journal, known))
    last = 1 + known + new.count("\n")
    return Transcript(rows[-MOST_ROWS:], last, max(len(rows) - MOST_ROWS, 0))


def _rows(entry: Entry, line: int) -> Iterator[Row]:
    """The rows of a step: what happened, what was decided because of it, and what is said to the caller."""
    who, what = happened(entry)
    where = entry.decisions[0].node if entry.decisions else entry.place
    if _counts(entry):
        yield Row(entry.at, "caller" if who == "caller" else "world", where, what, line)
    for each in entry.decisions:
        if each.why:
            yield Row(entry.at, "engine", each.node, each.why, line)
    for said in entry.said:
        yield Row(entry.at, "ivr", entry.place, said, line)


def _counts(entry: Entry) -> bool:
    """Whether what happened is worth a row of its own."""
    match entry.event:
        case PlaybackEnded() | Answered() | DeadlinePassed():
            return False
        case HungUp():
            return bool(entry.decisions)  # Carriers tell again of an end that is known.
        case _:
            return True


def _end(journal: Journal, known: int) -> Iterator[Row]:
    if (ending := journal.ending) is not None:
        told = ended(ending.reason, ending.by)
        yield Row(ending.at or 0, "world", "", f"the call is over: {told}", len(journal.entries) + known + 2)
