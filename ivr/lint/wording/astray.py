"""Choices and universals that lead past the node that bears their name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from ivr.core.flow import Flow
from ivr.core.spoken import normal
from ivr.document.finding import quoted
from ivr.lint.check import Mistake, Subject
from ivr.lint.ways import reached
from ivr.lint.wording.announcing import content, is_read
from ivr.lint.wording.menu_words import AGAIN
from ivr.lint.wording.offered_here import Way, id_words, matching

SHORTEST = 3
"""Letters of a name that is more than “no”."""


@lru_cache(maxsize=64)
def _by_name(flow: Flow) -> Mapping[str, tuple[str, ...]]:
    """The nodes by what their ids say."""
    found: dict[str, tuple[str, ...]] = {}
    for id in flow.nodes:
        if len(id) >= SHORTEST:
            name = normal(re.sub("[_-]", " ", id))
            found[name] = (*found.get(name, ()), id)
    return found


def leads_nowhere(way: Way, menu: str, language: str) -> Iterator[Mistake]:
    """Tell of a choice that only asks the same question again, though it promises something."""
    if way.is_universal or way.target != menu or way.assigned != "[]" or not is_read(language):
        return
    words = normal(" ".join((way.label, *way.phrases))).split()
    if not words or any(matching(frozenset((word,)), AGAIN) for word in words):
        return
    promised = quoted(way.label or way.phrases[0])
    message = f"the choice for {promised} leads back to its own menu {quoted(menu)}, which only asks again"
    yield Mistake((*way.path(menu), "next"), message, severity="warning")


def named_elsewhere(way: Way, menu: str, subject: Subject) -> Iterator[Mistake]:
    """Tell of a choice for “sales” that does not come to the node `sales`, nor to one that speaks of sales.

    It may come there later, if no menu is between, or if every call that comes there has gone that way.
    """
    target = subject.flow.nodes.get(way.target)
    spoken = frozenset(normal(each) for each in (way.label, *way.phrases) if each)
    if target is None or way.assigned != "[]" or not spoken:
        return
    names = _by_name(subject.flow)
    named = [id for words in sorted(spoken) for id in names.get(words, ()) if id not in (way.target, menu)]
    if not named or matching(way.told, id_words(way.target) | way.named | content(normal(way.heard).split())):
        return
    asks = {id for id, node in subject.flow.nodes.items() if node.kind == "menu"}
    onward = [each for each in subject.ways if each.source not in asks and not each.exit.startswith("universals")]
    if not reached([way.target], onward).isdisjoint(named):
        return
    past = reached([subject.flow.start], [each for each in subject.ways if each.target != way.target])
    if menu in past and named[0] not in past:
        return
    words = quoted(way.label or way.phrases[0])
    message = f"the {'universal' if way.is_universal else 'choice'} for {words} leads to {quoted(way.target)}"
    path = (*way.path(menu), "next")
    yield Mistake(path, f"{message}, though there is the node {quoted(named[0])}", severity="warning")
