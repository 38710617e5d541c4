"""What calls did at the nodes of a flow, as notes over its picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.calls.records.traffic import Traffic
from ivr.core.flow import Flow
from ivr.graph.notes import Note, Overlay

MANY = 0.1
"""So large a share of callers who hang up at one node, or of tries that miss, is worth a look."""
LEAST = 0.005
SECOND, MINUTE = 1_000, 60_000


def of_traffic(found: Mapping[str, Traffic], flow: Flow) -> Overlay:
    """Calls and drop-off at each node of a flow, also where no call came."""
    return {node: _note(found.get(node)) for node in flow.nodes}


def _note(traffic: Traffic | None) -> Note:
    if traffic is None or not traffic.reached:
        return Note("plain", "no calls", ("no call came here in this time",))
    badge = f"{counted(traffic.reached, 'call')}"
    if traffic.left:
        badge += f", {percent(traffic.left_rate)} left"
    if traffic.missed:
        badge += f", {percent(traffic.missed / traffic.tries)} missed"
    worth = (traffic.left_rate or 0) >= MANY or (traffic.missed / traffic.tries if traffic.tries else 0) >= MANY
    return Note("warning" if worth else "plain", badge, tuple(_lines(traffic)))


def _lines(traffic: Traffic) -> Iterator[str]:
    yield f"{counted(traffic.reached, 'call')} in {counted(traffic.visits, 'visit')}, {seconds(traffic.mean)} each"
    for each in traffic.attempts:
        yield f"attempt {each.number}: {each.began:,} began, {each.missed:,} missed, {each.left:,} left"


def counted(number: int, what: str) -> str:
    """A number of things, in words."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


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
