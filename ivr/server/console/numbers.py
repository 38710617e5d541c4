"""Numbers, shares and times as people read them."""

from __future__ import annotations

LEAST = 0.005
"""A share that would be told as none."""
SECOND, MINUTE = 1_000, 60_000


def percent(share: float | None) -> str:
    """A share in whole percent; what is less than half of one, and more than none, is not told as none."""
    if share is None:
        return "–"
    return "<1%" if 0 < share < LEAST else f"{100 * share:.0f}%"


def seconds(milliseconds: float | None) -> str:
    """A time in milliseconds below a second, in seconds below a minute, else in minutes and seconds."""
    if milliseconds is None:
        return "–"
    if milliseconds < SECOND:
        return f"{milliseconds:.0f} ms"
    if milliseconds < MINUTE:
        return f"{milliseconds / SECOND:.1f} s"
    minutes, rest = divmod(round(milliseconds / SECOND), MINUTE // SECOND)
    return f"{minutes} min {rest:02} s" if rest else f"{minutes} min"
