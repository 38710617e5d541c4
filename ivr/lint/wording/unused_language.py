"""Texts in languages that no call of the flow is ever in: mostly the choice of the language was forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ivr.core.reading import PIECES
from ivr.document.finding import available, quoted
from ivr.document.source import Path
from ivr.lint.check import Mistake, Subject
from ivr.lint.wording.call_languages import languages_at

TAG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]+)*")
FEWEST = 2
"""Texts of a language; a single one may have been written in advance."""


def unused_languages(subject: Subject) -> Iterator[Mistake]:
    """Tell of each language once, at its first text."""
    flow = subject.flow
    if flow.is_subflow:
        return  # Its calls are in the languages of others.
    heard = {tag for tags in languages_at(flow).values() for tag in tags} | {flow.language}
    first: dict[str, Path] = {}
    times: dict[str, int] = {}
    for tag, path in _tags((subject.source.value or {}).get("nodes"), ("nodes",)):
        first.setdefault(tag, path)
        times[tag] = times.get(tag, 0) + 1
    for tag, path in first.items():
        if times[tag] >= FEWEST and tag.split("-")[0] not in {each.split("-")[0] for each in heard}:
            message = f"no call hears the texts in {quoted(tag)}: calls of this flow are in {available(sorted(heard))}"
            mend = f"set “language” to {quoted(tag)} somewhere, or delete them"
            yield Mistake(path, f"{message}; {mend}", at_key=True)


def _tags(value: Any, path: Path) -> Iterator[tuple[str, Path]]:
    """Each language of a prompt, with its place."""
    if isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _tags(inner, (*path, place))
    elif isinstance(value, dict):
        prompt = any(part in ("prompt", "no_input", "no_match", "confirm", "waiting") for part in path)
        if prompt and value and not any(key in value for key in PIECES) and all(map(TAG.fullmatch, value)):
            yield from ((tag, (*path, tag)) for tag in value)
        else:
            for key, inner in value.items():
                yield from _tags(inner, (*path, key))
