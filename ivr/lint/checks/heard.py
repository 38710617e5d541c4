"""Phrases that callers will hardly be understood by, from what `ivr hear` measured."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from ivr.core.flow import Flow
from ivr.core.spoken import normal
from ivr.document.finding import Finding, quoted
from ivr.document.load import Loaded
from ivr.lint.checks.unknown_word import Phrase, listened_for

CONFUSED = "confused-phrases"
UNHEARD = "unheard-phrase"

CONFUSED_ABOVE = 0.10
"""The share of trials in which a phrase may give another answer."""
HEARD_FROM = 0.50
"""The share of trials in which it must give its own."""


class HeardError(ValueError):
    """A file is not what `ivr hear` writes; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How one phrase fared in one node."""

    node: str
    language: str
    phrase: str
    trials: int
    right: int
    wrong: int
    taken_for: str
    """What it was most often wrongly taken for; empty if for nothing."""

    @property
    def confused(self) -> bool:
        """Whether it gives another answer too often."""
        return self.wrong > CONFUSED_ABOVE * self.trials

    @property
    def unheard(self) -> bool:
        """Whether it gives its own too rarely."""
        return self.right < HEARD_FROM * self.trials


@dataclass(frozen=True, slots=True)
class Heard:
    """What was measured of one flow."""

    flow: str
    phrases: tuple[Measured, ...]


def read(file: FilePath) -> Heard:
    """Read what `ivr hear -o FILE` wrote.

    Raises:
        HeardError: it is something else.
        OSError: the file can't be read.
    """
    try:
        told = json.loads(file.read_bytes())
        return Heard(_of(str, told["flow"]), tuple(each for node in told["nodes"] for each in _measured(node)))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise HeardError(f"{file}: this is no file that `ivr hear FLOW -o FILE` wrote") from None


def check(loaded: Loaded, heard: Iterable[Heard]) -> Iterator[Finding]:
    """Find the phrases that were confused, or not understood; those that the flow no longer has are passed over."""
    for each in heard:
        if each.flow in loaded.flows:
            yield from _in_flow(loaded.flows[each.flow], loaded, each.phrases)


def _in_flow(flow: Flow, loaded: Loaded, measured: Iterable[Measured]) -> Iterator[Finding]:
    source = loaded.sources[flow.file]
    written = listened_for(flow)
    # A universal is measured in every node, and told of once.
    worst: dict[tuple[str, Phrase], tuple[float, str]] = {}
    for each in measured:
        offered = written.get(each.language, ())
        for phrase in offered:
            if normal(phrase.text) == normal(each.phrase) and _belongs(phrase, each.node):
                if each.confused and _written(each.taken_for, each.node, offered):
                    found = CONFUSED, each.wrong / each.trials, _confused(each)
                elif each.unheard:
                    found = UNHEARD, 1 - each.right / each.trials, _unheard(each)
                else:
                    continue
                key = found[0], phrase
                worst[key] = max(worst.get(key, found[1:]), found[1:], key=lambda other: other[0])
    for (check_id, phrase), (_, message) in worst.items():
        place = source.at(phrase.path)
        yield Finding(check_id, "warning", message, source.file, place.line, place.column)


def _belongs(phrase: Phrase, node: str) -> bool:
    """Whether a phrase is one of a node, or of the universals."""
    return phrase.path[0] == "universals" or phrase.path[1] == node


def _written(text: str, node: str, offered: Iterable[Phrase]) -> bool:
    return any(normal(phrase.text) == normal(text) and _belongs(phrase, node) for phrase in offered)


def _confused(found: Measured) -> str:
    return (
        f"callers who say {quoted(found.phrase)} in {quoted(found.node)} may be taken for others: it gave another "
        f"answer in {found.wrong} of {found.trials} trials in {found.language}, most often that of "
        f"{quoted(found.taken_for)}; offer phrases that sound less alike"
    )


def _unheard(found: Measured) -> str:
    return (
        f"callers who say {quoted(found.phrase)} in {quoted(found.node)} will often not be understood: only "
        f"{found.right} of {found.trials} trials in {found.language} gave its answer; offer a longer phrase"
    )


def _measured(node: Any) -> Iterator[Measured]:
    for phrase in node["phrases"]:
        if phrase["answer"] is None:  # spoken digits, which nobody chose
            continue
        found = Measured(
            node=_of(str, node["node"]),
            language=_of(str, node["language"]),
            phrase=_of(str, phrase["phrase"]),
            trials=_of(int, phrase["trials"]),
            right=_of(int, phrase["right"]),
            wrong=_of(int, phrase["wrong"]),
            taken_for=_of(str, phrase["taken_for"] or ""),
        )
        if found.trials:
            yield found


def _of(kind: type[Any], value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError
    return value
