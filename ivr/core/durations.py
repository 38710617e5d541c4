"""How long a piece of a prompt takes to be heard."""

from __future__ import annotations

from ivr.core.segments import Segment

BEEP_MS = 200


def duration(segment: Segment) -> int:
    """x."""
    return 1000
