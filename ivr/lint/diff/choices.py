"""What callers may choose: choices and universals that are new, gone, moved to another key, or lead elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ivr.core.flow import Flow
from ivr.core.prompts import ByLanguage
from ivr.core.spoken import normal
from ivr.document.finding import quoted
from ivr.lint.diff.difference import Difference, Kind, listed
from ivr.lint.diff.side import Side
from ivr.nodes.menu import Menu

Say = ByLanguage[tuple[str, ...]]

SAME_TARGET, SAME_LABEL, SAME_PHRASE, SAME_KEY = 4, 4, 3, 2
"""How much speaks for two choices being the same one; a key alone is enough if nothing else is there."""

DOES = {"repeat": "repeats", "back": "goes back", "start": "goes to the start"}
DOING = {"repeat": "repeating", "back": "going back", "start": "going to the start"}


@dataclass(frozen=True, slots=True)
class Offer:
    """A choice of a menu, or a universal, as callers know it."""

    press: str | None
    say: Say
    label: str
    """What it is called, in the flow's language; empty if it has no name."""
    target: str
    """The node, or what a universal does."""

    @property
    def title(self) -> str:
        """What callers know it by; empty if by its key only."""
        return self.label or next((phrases[0] for phrases in self.say.entries.values() if phrases), "")

    @property
    def name(self) -> str:
        """What people call it."""
        return quoted(self.title or self.target)

    @property
    def by(self) -> str:
        """How it is chosen."""
        return f"on {self.press}" if self.press else "by voice only"

    @property
    def does(self) -> str:
        """What it does."""
        return DOES.get(self.target, f"leads to {quoted(self.target)}")


def differences(old: Side, new: Side, pairs: Mapping[str, str]) -> Iterator[Difference]:
    """Menu by menu, then the universals."""
    was = {after: before for before, after in pairs.items()}
    for id, node in new.nodes.items():
        if isinstance(node, Menu):
            before = old.nodes.get(was.get(id, ""))
            offers = [*_choices(node, new.flow)]
            if isinstance(before, Menu):
                yield from _compared([*_choices(before, old.flow)], offers, pairs, (new.flow, id, "choice"))
            else:
                yield Difference(new.flow.id, "menu-added", id, f"this menu is new: {_summary(offers)}")
    for id, node in old.nodes.items():
        if isinstance(node, Menu) and id not in pairs:
            message = f"this menu is gone: {_summary([*_choices(node, old.flow)])}"
            yield Difference(new.flow.id, "menu-removed", id, message)
    place = new.flow, "universals", "universal"
    yield from _compared([*_universals(old.flow)], [*_universals(new.flow)], pairs, place)


def _choices(menu: Menu, flow: Flow) -> Iterator[Offer]:
    for choice in menu.choices:
        label, _ = choice.label.pick(flow.language, flow.language)
        yield Offer(choice.press, choice.say, label.source if label is not None else "", choice.next)


def _universals(flow: Flow) -> Iterator[Offer]:
    for universal in flow.universals:
        yield Offer(universal.press, universal.say, "", universal.next or universal.do or "")


def _summary(offers: Sequence[Offer]) -> str:
    return ", ".join(f"{offer.name} {offer.by}" for offer in offers)


def _compared(
    old: Sequence[Offer], new: Sequence[Offer], pairs: Mapping[str, str], place: tuple[Flow, str, str]
) -> Iterator[Difference]:
    flow, where, what = place
    matched = _matched(old, new, pairs)

    def told(kind: str, message: str, before: Offer | None, after: Offer | None) -> Difference:
        kinds: dict[str, Kind] = {
            "choice-added": "choice-added",
            "choice-removed": "choice-removed",
            "choice-leads": "choice-leads",
            "universal-added": "universal-added",
            "universal-removed": "universal-removed",
            "universal-leads": "universal-leads",
        }
        ends = [each.target if each is not None else "" for each in (before, after)]
        return Difference(flow.id, kinds[f"{what}-{kind}"], where, message, old=ends[0], new=ends[1])

    for place_, before in enumerate(old):
        if place_ not in matched:
            yield told("removed", f"{before.name} is gone; it was {before.by}", before, None)
            continue
        after = new[matched[place_]]
        if before.press != after.press:
            message = f"{after.name} is {after.by} instead of {before.by}"
            yield Difference(flow.id, "choice-moved", where, message, old=before.press or "", new=after.press or "")
        leads_elsewhere = pairs.get(before.target, before.target) != after.target
        renamed = leads_elsewhere and before.title != after.title
        if leads_elsewhere:
            called = f", and is {after.name} instead of {before.name}" if renamed else ""
            key = after.press or after.name
            message = f"{key} {after.does} instead of {_doing(before, after)}{called}"
            yield told("leads", message, before, after)
        if not renamed:
            yield from _phrases(before, after, flow, where)
    for place_, after in enumerate(new):
        if place_ not in matched.values():
            yield told("added", f"{after.name} is new {after.by} and {after.does}", None, after)


def _doing(before: Offer, after: Offer) -> str:
    if before.target in DOING:
        return DOING[before.target]
    return f"leading to {quoted(before.target)}" if after.target in DOES else f"to {quoted(before.target)}"


def _matched(old: Sequence[Offer], new: Sequence[Offer], pairs: Mapping[str, str]) -> dict[int, int]:
    """The place among the new ones of each old one that is still there: the most alike first."""
    scores = sorted(
        (-score, abs(a - b), a, b)
        for a, before in enumerate(old)
        for b, after in enumerate(new)
        if (score := _likeness(before, after, pairs))
    )
    found: dict[int, int] = {}
    for _, _, a, b in scores:
        if a not in found and b not in found.values():
            found[a] = b
    return found


def _likeness(before: Offer, after: Offer, pairs: Mapping[str, str]) -> int:
    shared = any(
        {*map(normal, phrases)} & {*map(normal, after.say.entries.get(tag, ()))}
        for tag, phrases in before.say.entries.items()
    )
    return (
        SAME_TARGET * (pairs.get(before.target, before.target) == after.target)
        + SAME_LABEL * (bool(before.label) and before.label == after.label)
        + SAME_PHRASE * shared
        + SAME_KEY * (before.press is not None and before.press == after.press)
    )


def _phrases(before: Offer, after: Offer, flow: Flow, where: str) -> Iterator[Difference]:
    tags = sorted({*before.say.entries, *after.say.entries})
    for tag in tags:
        old, new = before.say.entries.get(tag, ()), after.say.entries.get(tag, ())
        known, present = {*map(normal, old)}, {*map(normal, new)}
        come = [phrase for phrase in new if normal(phrase) not in known]
        gone = [phrase for phrase in old if normal(phrase) not in present]
        parts = [
            *([f"is chosen by {listed(come)}, too"] if come else []),
            *([f"is no longer chosen by {listed(gone)}"] if gone else []),
        ]
        if parts:
            aside = f" ({tag})" if tag else ""
            words = {"old": ", ".join(gone), "new": ", ".join(come)}
            message = f"{after.name} {' and '.join(parts)}{aside}"
            yield Difference(flow.id, "phrases", where, message, tag, **words)
