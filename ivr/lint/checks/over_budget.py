"""Goals that are farther from the answer than their budget allows, or out of reach."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.document.finding import available, quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.states.times import goal_times


def _find(subject: Subject) -> Iterator[Mistake]:
    flow, explored = subject.flow, subject.explored
    if explored is None:
        return
    times = goal_times(explored)
    for goal, budget in flow.budgets.items():
        time = times.get(goal)
        if time is None:
            if explored.complete:
                wanted = f"lead a way to {available(flow.goals[goal])}, or take the budget out"
                yield Mistake(("budgets", goal), f"no call can reach the goal {quoted(goal)}: {wanted}")
            continue
        if budget.within is not None and time.shortest_ms > budget.within:
            seconds = f"{time.shortest_ms / 1_000:.1f} s"
            message = f"the shortest way to {quoted(goal)} takes {seconds}, but {budget.within / 1_000:g} s are allowed"
            yield Mistake(("budgets", goal, "within"), message, time.call)
        if budget.menus is not None and time.menus > budget.menus:
            message = f"the shortest way to {quoted(goal)} has {time.menus} menus and collects"
            yield Mistake(("budgets", goal, "menus"), f"{message}, but {budget.menus} are allowed", time.call)


OVER_BUDGET = Check("over-budget", "error", _find)
