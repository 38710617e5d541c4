"""Menus whose prompt has to be heard to its end, also by callers who know it."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.reading import Path
from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.checks.long_prompt import spoken_ms
from ivr.lint.wording.call_languages import languages_at
from ivr.nodes.menu import Menu

SHORT_MS = 4_000
"""Nobody minds hearing so much to its end."""


def _find(subject: Subject) -> Iterator[Mistake]:
    flow = subject.flow
    longest: dict[Path, tuple[int, str]] = {}
    for id, node in flow.nodes.items():
        if isinstance(node, Menu) and not node.input.keys_barge_in:
            languages = languages_at(flow).get(id) or {flow.language}
            heard = max(spoken_ms(node.prompt, subject, each, node.announced()) for each in languages)
            if heard > SHORT_MS:
                path = _written(subject, id)
                longest[path] = max(longest.get(path, (0, "")), (heard, id))
    for path, (heard, id) in longest.items():
        message = (
            f"keys pressed during the prompt of {quoted(id)} are lost, so callers who know the menu listen to it for "
            f"{heard / 1_000:.0f} s; leave “barge_in” out, or say less in this menu"
        )
        yield Mistake(path, message)


def _written(subject: Subject, id: str) -> Path:
    own = (subject.source.value or {})["nodes"][id]
    base: Path = ("nodes", id) if "barge_in" in own else ("defaults",)
    return (*base, "barge_in")


UNINTERRUPTIBLE_MENU = Check("uninterruptible-menu", "warning", _find)
