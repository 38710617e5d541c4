"""Menus with more choices than callers keep in mind."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.wording.offered_here import choices
from ivr.nodes.menu import Menu

MOST_CHOICES = 5


def _find(subject: Subject) -> Iterator[Mistake]:
    for id, node in subject.flow.nodes.items():
        if not isinstance(node, Menu):
            continue
        # Two ways to the same are one choice to callers, and a phrase that no key goes with is answered, not kept.
        places: dict[tuple[str, str], int] = {}
        for way in choices(node, subject.flow, subject.flow.language):
            if way.press is not None or node.choices[way.place].label.entries:
                places.setdefault(way.outcome, way.place)
        if len(places) > MOST_CHOICES:
            message = (
                f"{quoted(id)} has {len(places)} choices, and callers keep at most {MOST_CHOICES} in mind: lead the "
                f"rarer ones to a second menu"
            )
            yield Mistake(("nodes", id, "choices", [*places.values()][MOST_CHOICES]), message)


MANY_CHOICES = Check("many-choices", "warning", _find)
