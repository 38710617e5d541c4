"""Questions that nobody asks: a node waits for keys or words, and on some way to it nothing is said."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.ways import Way
from ivr.nodes.collect import Collect
from ivr.nodes.menu import Menu

SILENT = ("branch", "set", "http")
"""Kinds that go on without a word; what a `waiting` says is no question."""
ASKING = ("menu", "collect", "record")
PATIENT_MS = 5_000
"""With one attempt and less time than this, a node waits for a hidden key, and goes on."""


def _find(subject: Subject) -> Iterator[Mistake]:
    flow = subject.flow
    into: dict[str, list[Way]] = {}
    for way in subject.ways:
        into.setdefault(way.target, []).append(way)
    for id, node in flow.nodes.items():
        if not isinstance(node, Menu | Collect) or node.prompt:
            continue
        if node.input.attempts == 1 and node.input.timeout < PATIENT_MS:
            continue
        before = _before(id, subject, into)
        if before is not None:
            where = f"after {quoted(before)}" if before else "when the call begins"
            message = f"nothing is said {where}, so callers do not know that {quoted(id)} waits for them"
            yield Mistake(("nodes", id), f"{message}: give it a “prompt”", at_key=True)


def _before(id: str, subject: Subject, into: dict[str, list[Way]]) -> str | None:
    """The node behind which a caller hears nothing, "" where it is the beginning of the call; else None."""
    nodes, seen, waiting = subject.flow.nodes, {id}, [id]
    while waiting:
        here = waiting.pop()
        if here == subject.flow.start and not subject.flow.is_subflow:
            return ""
        for way in into.get(here, ()):
            kind = nodes[way.source].kind
            if way.source == id or way.exit.startswith("universals"):
                continue
            if kind in ASKING:
                return way.source
            if kind in SILENT and way.source not in seen:
                seen.add(way.source)
                waiting.append(way.source)
    return None


SILENT_QUESTION = Check("silent-question", "warning", _find)
