"""The decisions of a recorded call, made again for whoever looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ivr.document.journal import JournalError, read
from ivr.document.kept import KeptFlow
from ivr.replay.again import Replayed, again, side_by_side
from ivr.replay.kept import FlowsOfThen, NotKeptError


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it."""

    replayed: Replayed | None
    """None where the call can't be made again."""
    fault: str = ""
    """Why it can't."""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The decisions of then and of now where they differ, a pair each; none where all are the same."""
        difference = None if self.replayed is None else self.replayed.difference
        return [] if difference is None else side_by_side(difference)

    @property
    def line(self) -> int:
        """The line of the journal at which they differ; 0 where all are the same."""
        difference = None if self.replayed is None else self.replayed.difference
        return 0 if difference is None else difference.line


def verdict(text: str, kept: KeptFlow | None, data: Path) -> Verdict:
    """Make a call again, on the flow that it was on; that takes a while.

    Args:
        text: its journal.
        kept: its flow, if the store has it.
        data: the data directory, where an older version kept flows.
    """
    if not text:
        return Verdict(None, "its journal is not kept")
    try:
        journal = read(text.encode(), "the journal")
        return Verdict(again(journal, FlowsOfThen(lambda _fingerprint: kept, data).of(journal.head)))
    except (JournalError, NotKeptError, OSError) as error:
        return Verdict(None, str(error))
