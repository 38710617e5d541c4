"""Two choices on one key, of which the second can never be chosen by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ivr.document.finding import quoted
from ivr.document.source import Path
from ivr.lint.check import Check, Mistake, Subject
from ivr.nodes.menu import Menu


def _find(subject: Subject) -> Iterator[Mistake]:
    flow = subject.flow
    universals = (
        (("universals", place, "press"), each.press, _shown(each.next, each.do))
        for place, each in enumerate(flow.universals)
    )
    yield from _twice(universals, "universal", "the universals")
    for id, node in flow.nodes.items():
        if isinstance(node, Menu):
            choices = (
                (("nodes", id, "choices", place, "press"), each.press, _shown(each.next))
                for place, each in enumerate(node.choices)
            )
            yield from _twice(choices, "choice", quoted(id))


def _twice(offered: Iterable[tuple[Path, str | None, str]], kind: str, where: str) -> Iterator[Mistake]:
    found = [(path, key, target) for path, key, target in offered if key is not None]
    first: dict[str, str] = {}
    keys = {key for _, key, _ in found}
    free = next((key for key in "1234567890" if key not in keys), None)
    for path, key, target in found:
        if key in first:
            message = (
                f"key {quoted(key)} is taken already by the {kind} that {first[key]}, so in {where} it never {target}"
            )
            yield Mistake(path, message + (f"; {quoted(free)} is free" if free else ""))
        first.setdefault(key, target)


def _shown(target: str | None, action: str | None = None) -> str:
    does = {"repeat": "repeats", "back": "goes back", "start": "goes to the start"}
    return does[action] if action is not None else f"leads to {quoted(target or '')}"


SAME_KEY = Check("same-key", "error", _find)
