"""Where a flow says what callers may say: the one walk over its universals, menus and collects."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.flow import Flow
from ivr.core.prompts import ByLanguage
from ivr.core.reading import Path
from ivr.nodes.collect import Collect
from ivr.nodes.menu import Menu

Say = ByLanguage[tuple[str, ...]]
"""Phrases by language; without entries where there are none."""


def asked(flow: Flow) -> Iterator[tuple[Path, Say | None]]:
    """Each place at which a flow may list phrases, with these; None stands for digits or any words."""
    for place, universal in enumerate(flow.universals):
        yield ("universals", place, "say"), universal.say
    for id, node in flow.nodes.items():
        match node:
            case Menu(choices=choices):
                for place, choice in enumerate(choices):
                    yield ("nodes", id, "choices", place, "say"), choice.say
            case Collect(spoken="phrases", phrases=say):
                yield ("nodes", id, "speech"), say
            case Collect(spoken="digits" | "any"):
                yield ("nodes", id, "speech"), None
