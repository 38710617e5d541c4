"""Goals that can no longer be reached, or newly, and how long the way to each of them is."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.lint.diff.difference import Difference
from ivr.lint.diff.side import Side
from ivr.lint.states.times import GoalTime

MS = 1_000
AT_WORST = "at worst "


def differences(old: Side, new: Side) -> Iterator[Difference]:
    """Goal by goal; none of a flow whose calls were not explored on both sides."""
    if old.times is None or new.times is None:
        return
    for goal in {**new.flow.goals, **old.flow.goals}:
        before, after = old.times.get(goal), new.times.get(goal)
        yield from _goal(new, goal, before, after, was_named=goal in old.flow.goals)


def _goal(
    new: Side, goal: str, before: GoalTime | None, after: GoalTime | None, *, was_named: bool
) -> Iterator[Difference]:
    flow = new.flow.id
    if before is not None and after is not None:
        parts = [
            f"{b} instead of {a.removeprefix(AT_WORST)}"
            for a, b in zip(_parts(before), _parts(after), strict=True)
            if a != b
        ]
        if parts:
            yield Difference(flow, "goal-time", goal, ", ".join(parts), old=_figures(before), new=_figures(after))
    elif after is not None:
        message = f"{'it can be reached now' if was_named else 'this goal is new'}: {_shown(after)}, {_call(after)}"
        yield Difference(flow, "goal-gained", goal, message, new=_figures(after))
    elif before is not None:
        why = "it can no longer be reached" if goal in new.flow.goals else "this goal is no longer named"
        yield Difference(flow, "goal-lost", goal, f"{why}; it took {_shown(before)}", old=_figures(before))


def _shown(time: GoalTime) -> str:
    """The shortest way: `14.2 s, 2 keys, 1 menu`."""
    return ", ".join(_parts(time)[:3])


def _parts(time: GoalTime) -> tuple[str, ...]:
    keys = f"{time.presses} key{'' if time.presses == 1 else 's'}"
    menus = f"{time.menus} menu{'' if time.menus == 1 else 's'}"
    return f"{time.shortest_ms / MS:.1f} s", keys, menus, f"{AT_WORST}{time.worst_ms / MS:.0f} s"


def _figures(time: GoalTime) -> dict[str, float]:
    seconds = {"seconds": time.shortest_ms / MS, "worst_seconds": time.worst_ms / MS}
    return {**seconds, "keys": time.presses, "menus": time.menus}


def _call(time: GoalTime) -> str:
    return " – ".join(time.call) if time.call else "at once"
