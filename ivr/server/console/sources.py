"""The texts of flows that are served, and where their parts stand in them."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.document.load import Loaded
from ivr.document.source import Source
from ivr.server.line import Line


@dataclass(frozen=True, slots=True)
class Section:
    """The lines of one node, or of one key of a flow."""

    first: int
    """The number of its first line, from 1."""
    lines: tuple[str, ...]


def loaded(line: Line, flow: str) -> Loaded:
    """The texts that a flow was made of; KeyError if it is not served."""
    for part in line.parts:
        if flow in part.flows:
            return part
    raise KeyError(flow)


def section(source: Source, name: str, *, is_node: bool) -> Section | None:
    """The lines of a node or of a key at the top of a file, with the comments above them; None where there is none."""
    raw = source.value or {}
    nodes = raw.get("nodes")
    if name not in (nodes if is_node and isinstance(nodes, dict) else raw):
        return None
    begins = {source.key_at((each,)).line for each in raw}
    begins.update(source.key_at(("nodes", each)).line for each in nodes or () if isinstance(nodes, dict))
    begin = source.key_at(("nodes", name) if is_node else (name,)).line
    after = min((each for each in begins if each > begin), default=len(source.lines) + 1)
    first, end = _above(source, begin), _above(source, after) if after <= len(source.lines) else after
    lines = source.lines[first - 1 : max(end, begin + 1) - 1]
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return Section(first, lines)


def _above(source: Source, line: int) -> int:
    """The first line of the comments right above a line, else this line: what they say is about what they are above."""
    while line > 1 and source.lines[line - 2].lstrip().startswith("#"):
        line -= 1
    return line
