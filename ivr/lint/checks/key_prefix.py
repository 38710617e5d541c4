"""A choice whose keys begin those of another, so that callers who take it wait."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.document.finding import available, quoted
from ivr.document.source import Path
from ivr.lint.check import Check, Mistake, Subject
from ivr.nodes.menu import NEXT_KEY_MS, Menu


def _find(subject: Subject) -> Iterator[Mistake]:
    for id, node in subject.flow.nodes.items():
        if isinstance(node, Menu):
            yield from _in_menu(id, node, subject)


def _in_menu(id: str, menu: Menu, subject: Subject) -> Iterator[Mistake]:
    offered: dict[str, Path] = {}
    for place, choice in enumerate(menu.choices):
        if choice.press is not None:
            offered.setdefault(choice.press, ("nodes", id, "choices", place, "press"))
    own = tuple(offered)
    for place, universal in enumerate(subject.flow.universals):
        if universal.press is not None:
            offered.setdefault(universal.press, ("universals", place, "press"))
    for key, path in offered.items():
        longer = [other for other in own if other.startswith(key) and other != key]
        if not longer:
            continue
        whose = f"choice {quoted(key)} of {quoted(id)}"
        if path[0] == "universals":
            # The menu's own keys are in the way, and they are what can be changed.
            whose, path = f"the universal {quoted(key)} in {quoted(id)}", offered[longer[0]]
        message = (
            f"{whose} begins {available(longer)} as well, so callers who press {quoted(key)} wait "
            f"{NEXT_KEY_MS / 1_000:g} s until it counts; give all choices equally many keys"
        )
        yield Mistake(path, message)


KEY_PREFIX = Check("key-prefix", "warning", _find)
