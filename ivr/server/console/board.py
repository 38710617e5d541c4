"""What all pages of the console look at."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.config import Settings
from ivr.server.line import Line
from ivr.server.standing import Standing


@dataclass(frozen=True, slots=True)
class Board:
    """One process's view of the line; what other processes do is in its store."""

    line: Line
    settings: Settings
    standing: Standing
