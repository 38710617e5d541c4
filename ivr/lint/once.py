"""One mistake is told once, by the check that explains it best, where several find it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ivr.document.finding import Severity
from ivr.lint.check import Check, Mistake

BETTER: Mapping[str, tuple[str, ...]] = {
    "constant-condition": ("impossible-comparison",),
    "unset-variable": ("failed-result",),
    "failing-expression": ("impossible-comparison",),
    "cycle-without-caller": ("subflow-recursion",),
}
"""Of a check, those that tell the same of what both are about, and why it is so."""
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""The worst first."""


def once(found: Iterable[tuple[Check, Mistake]]) -> tuple[tuple[Check, Mistake], ...]:
    """The mistakes in a flow without those that another check tells better.

    What is left takes over the worse severity, and the call that shows it where it has none.
    """
    told = dict(enumerate(found))
    places = {(check.id, each): place for place, (check, mistake) in told.items() for each in mistake.matters}
    for place, (check, mistake) in tuple(told.items()):
        keys = [(id, each) for id in BETTER.get(check.id, ()) for each in mistake.matters]
        better = {places[key] for key in keys if key in places}
        for other in better:
            told[other] = _joined(*told[other], check, mistake)
        if better:
            del told[place]
    return tuple(told.values())


def _joined(check: Check, mistake: Mistake, less: Check, spared: Mistake) -> tuple[Check, Mistake]:
    severities = mistake.severity or check.severity, spared.severity or less.severity
    return check, replace(mistake, severity=min(severities, key=SEVERITIES.index), call=mistake.call or spared.call)
