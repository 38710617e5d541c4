"""The parts of a document that benchmarks write: between two comments that name who does."""

from __future__ import annotations

from pathlib import Path


def write(document: Path, writer: str, text: str) -> None:
    """Put a text in the place of what this writer wrote before.

    Raises:
        ValueError: the document has no place for it.
    """
    begin, end = f"<!-- Written by {writer}. -->", f"<!-- Up to here by {writer}. -->"
    before, found, rest = document.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{document} has no lines {begin} and {end}")
    document.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")
