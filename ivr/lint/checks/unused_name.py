"""Prompts, opening hours and languages that nothing uses: the rest of a change, or another place errs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.wording.unused_language import unused_languages

OWN_USE = ("apology", "keys_only")
"""Prompts that the engine says by itself."""
ASKED = re.compile(r"\bis_open\b")
ASKED_BY_NAME = re.compile(r"""\bis_open\s*\(\s*(?:'[^'"\\]*'|"[^'"\\]*")\s*\)""")
ANCHOR = re.compile(r":\s*&(\S+)")


def _find(subject: Subject) -> Iterator[Mistake]:
    raw: dict[str, Any] = subject.source.value or {}
    used = {each.name for each in subject.reading.references if each.kind == "prompt"}
    used.update(_named_in(raw.get("defaults", {})))
    for name in subject.flow.prompts:
        path = ("prompts", name)
        if name not in used and name not in OWN_USE and not _is_anchor(subject, path):
            message = f"nothing says the prompt {quoted(name)}: say it by {{prompt: {name}}}, or delete it"
            yield Mistake(path, message, at_key=True)
    if not _asks_by_value(subject):
        asked = {name for use in subject.reading.uses for name in use.expression.hours}
        for name in subject.flow.hours:
            path = ("hours", name)
            if name not in asked and not _is_anchor(subject, path):
                message = f"nothing asks for the hours {quoted(name)}: ask by is_open('{name}') in a branch"
                yield Mistake(path, f"{message}, or delete them", at_key=True)
    yield from unused_languages(subject)


def _named_in(raw: Any) -> Iterator[str]:
    """The prompts that a value of the file names, for defaults that no node takes."""
    match raw:
        case {"prompt": str(name)}:
            yield name
        case dict():
            for inner in raw.values():
                yield from _named_in(inner)
        case list():
            for inner in raw:
                yield from _named_in(inner)


def _is_anchor(subject: Subject, path: tuple[str, ...]) -> bool:
    """Whether the value is given a name of YAML that stands elsewhere in the file as well."""
    lines = subject.source.lines
    found = ANCHOR.search(lines[subject.source.key_at(path).line - 1])
    return found is not None and any(f"*{found[1]}" in line for line in lines)


def _asks_by_value(subject: Subject) -> bool:
    """Whether an expression computes the name of the hours that it asks for."""
    sources = {use.expression.source for use in subject.reading.uses}
    return any(len(ASKED.findall(source)) > len(ASKED_BY_NAME.findall(source)) for source in sources)


UNUSED_NAME = Check("unused-name", "warning", _find)
