"""What a menu offers in calls of one language: its choices and universals, and the words that tell of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivr.core.flow import Flow, Universal
from ivr.core.spoken import normal
from ivr.core.templates import Template
from ivr.document.source import Path, Source
from ivr.lint.wording.announcing import content
from ivr.lint.wording.prompt_text import NO_SOURCE, raw_at, script
from ivr.nodes.menu import Choice, Menu

ACTIONS: Mapping[str, str] = {
    "repeat": "repeat again wiederholen nochmal répéter repetir दोबारा",
    "back": "back previous return zurück retour volver atrás वापस",
    "start": "start main beginning anfang début inicio",
}
SHORTEST_STEM = 4


@dataclass(frozen=True, slots=True)
class Way:
    """A choice, or a universal."""

    place: int
    """In the list of choices, or of universals."""
    is_universal: bool
    press: str | None
    phrases: tuple[str, ...]
    label: str
    target: str
    """The node that it leads to, or what a universal does."""
    assigned: str
    """What it sets besides."""
    described: str = ""
    """How its target is described in the file."""
    heard: str = ""
    """What is heard there."""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.press or (self.phrases[0] if self.phrases else self.target)

    @property
    def outcome(self) -> tuple[str, str]:
        """What becomes of a caller who takes it."""
        return self.target, self.assigned

    @property
    def told(self) -> frozenset[str]:
        """The words that its author gives to callers."""
        return content(normal(" ".join((self.label, *self.phrases))).split())

    @property
    def named(self) -> frozenset[str]:
        """The words that its author has for it otherwise."""
        return content(normal(f"{self.target} {ACTIONS.get(self.target, '')} {self.described}").split())

    def path(self, node: str) -> Path:
        """Where it stands."""
        return ("universals", self.place) if self.is_universal else ("nodes", node, "choices", self.place)


def choices(menu: Menu, flow: Flow, language: str, source: Source = NO_SOURCE) -> tuple[Way, ...]:
    """The choices of a menu; with the flow's text, also what that says of their targets."""
    return tuple(_choice(choice, place, flow, language, source) for place, choice in enumerate(menu.choices))


def universals(flow: Flow, language: str) -> tuple[Way, ...]:
    """The universals of a flow."""
    return tuple(_universal(each, place, flow, language) for place, each in enumerate(flow.universals))


def _choice(choice: Choice, place: int, flow: Flow, language: str, source: Source) -> Way:
    said = choice.say.pick(language, flow.language)[0] or ()
    label = choice.label.pick(language, flow.language)[0]
    words = "" if label is None else "".join(part for part in label.parts if isinstance(part, str))
    assigned = repr(sorted((name, _shown(value)) for name, value in choice.set.items()))
    described = str(raw_at(source, ("nodes", choice.next, "description")) or "")
    passages = script(flow, source, ("nodes", choice.next, "prompt"), language).passages
    heard = " ".join(each.text for each in passages)
    return Way(place, False, choice.press, said, words, choice.next, assigned, described, heard)


def _universal(universal: Universal, place: int, flow: Flow, language: str) -> Way:
    said = universal.say.pick(language, flow.language)[0] or ()
    target = universal.next if universal.do is None else universal.do
    return Way(place, True, universal.press, said, "", target or "", "[]")


def _shown(value: Any) -> str:
    return value.source if isinstance(value, Template) else repr(value)


def by_phrase(ways: tuple[Way, ...]) -> dict[str, Way]:
    """The first one that each phrase stands for, as `normal` leaves it."""
    found: dict[str, Way] = {}
    for way in ways:
        for phrase in way.phrases:
            found.setdefault(normal(phrase), way)
    return found


def alike(one: str, other: str) -> bool:
    """Whether two words are forms of one: “billing” and “bills”."""
    if one == other:
        return True
    shorter = min(len(one), len(other))
    needed = max(SHORTEST_STEM, shorter - 1)
    return shorter >= SHORTEST_STEM and one[:needed] == other[:needed]


def matching(words: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    """The words that are among others, in any form."""
    return frozenset(word for word in words if any(alike(word, other) for other in others))


def id_words(id: str) -> frozenset[str]:
    """The words in the id of a node."""
    return content(normal(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", id)).split())
