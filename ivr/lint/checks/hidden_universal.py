"""A key or phrase of a universal that means something else in a node, which comes before universals."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.digits import Digits
from ivr.core.spoken import normal
from ivr.document.finding import available, quoted
from ivr.document.source import Path
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.wording.call_languages import languages_at
from ivr.lint.wording.offered_here import Way, choices, universals
from ivr.nodes.collect import Collect
from ivr.nodes.menu import Menu


def _find(subject: Subject) -> Iterator[Mistake]:
    if not subject.flow.universals:
        return
    for id, node in subject.flow.nodes.items():
        match node:
            case Menu():
                yield from _in_menu(node, subject)
            case Collect(digits=Digits() as digits):
                yield from _in_entry(id, digits, subject)


def _in_menu(menu: Menu, subject: Subject) -> Iterator[Mistake]:
    flow = subject.flow
    told: set[Path] = set()
    for language in sorted(languages_at(flow).get(menu.id) or {flow.language}):
        for way in choices(menu, flow, language):
            for universal in universals(flow, language):
                if way.outcome == universal.outcome:
                    continue  # It is the same, announced in this menu.
                for path, what in _shared(way, universal, menu.id):
                    if path not in told:
                        told.add(path)
                        yield Mistake(path, _hidden(what, universal, way, menu.id))


def _shared(way: Way, universal: Way, menu: str) -> Iterator[tuple[Path, str]]:
    base = way.path(menu)
    if way.press is not None and way.press == universal.press:
        yield (*base, "press"), f"key {quoted(way.press)}"
    theirs = set(map(normal, universal.phrases))
    for phrase in way.phrases:
        if normal(phrase) in theirs:
            yield (*base, "say"), f"the phrase {quoted(phrase)}"


def _hidden(what: str, universal: Way, way: Way, menu: str) -> str:
    return (
        f"in {quoted(menu)} {what} leads to {quoted(way.target)} and hides the universal for "
        f"{quoted(universal.target)}, which callers know by it from the rest of the call"
    )


def _in_entry(id: str, digits: Digits, subject: Subject) -> Iterator[Mistake]:
    """Universals that can't be had in an entry, by any key or phrase."""
    own = digits.keys + digits.finish + digits.erase
    all_of_them = universals(subject.flow, subject.flow.language)
    live = {
        each.outcome
        for each, written in zip(all_of_them, subject.flow.universals, strict=True)
        if (each.press is not None and each.press not in own) or written.say.entries
    }
    hidden = [each for each in all_of_them if each.press is not None and each.press in own and each.outcome not in live]
    if hidden:
        keys = available(each.press or "" for each in hidden)
        targets = available(dict.fromkeys(each.target for each in hidden))
        free = [key for key in "*#" if key not in own and all(each.press != key for each in all_of_them)]
        belong, universal = ("belongs", "universal") if len(hidden) == 1 else ("belong", "universals")
        message = f"in {quoted(id)} {keys} {belong} to the entry, so the {universal} for {targets} can't be had there"
        hint = f"; {available(free)} {'is' if len(free) == 1 else 'are'} free" if free else ""
        yield Mistake(("nodes", id, "digits"), message + hint, severity="info")


HIDDEN_UNIVERSAL = Check("hidden-universal", "warning", _find)
