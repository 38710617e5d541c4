"""A prompt and what it stands for have parted: “press 3 for billing” where 3 does something else, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ivr.core.spoken import normal
from ivr.document.finding import available, quoted
from ivr.document.source import Path
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.wording.announcing import Offer, content, is_read, offers
from ivr.lint.wording.anytime import promised_anywhere
from ivr.lint.wording.astray import leads_nowhere, named_elsewhere
from ivr.lint.wording.call_languages import languages_at
from ivr.lint.wording.field_prompts import field_mistakes
from ivr.lint.wording.menu_words import OPEN_WORDS
from ivr.lint.wording.offered_here import Way, by_phrase, choices, id_words, matching, universals
from ivr.lint.wording.prompt_text import Passage, Script, prompt_paths, script
from ivr.nodes.collect import Collect
from ivr.nodes.menu import Menu
from ivr.nodes.play import Play
from ivr.nodes.record import Record

SLOTS = ("{label}", "{press}", "{say}")
LONGEST_PHRASE = 4


@dataclass(frozen=True, slots=True)
class _Place:
    """A menu in calls of one language."""

    menu: Menu
    language: str
    choices: tuple[Way, ...]
    universals: tuple[Way, ...]
    is_one_of_several: bool
    """Whether calls may be in other languages here, too."""

    @property
    def keys(self) -> dict[str, Way]:
        """What each key stands for; a choice beats a universal."""
        ways = (*reversed(self.universals), *reversed(self.choices))
        return {way.press: way for way in ways if way.press is not None}


def _find(subject: Subject) -> Iterator[Mistake]:
    told: set[tuple[Path, str]] = set()
    for mistake in _all(subject):
        if (mistake.path, mistake.message) not in told:
            told.add((mistake.path, mistake.message))
            yield mistake


def _all(subject: Subject) -> Iterator[Mistake]:
    flow = subject.flow
    at = languages_at(flow)
    for id, node in flow.nodes.items():
        languages = at.get(id) or {flow.language}
        for language in sorted(languages):
            match node:
                case Menu():
                    ways = choices(node, flow, language, subject.source), universals(flow, language)
                    yield from _in_menu(_Place(node, language, *ways, len(languages) > 1), subject)
                case Collect() | Record():
                    yield from field_mistakes(node, subject, language)
        for _, path in prompt_paths(flow, subject.source, id, "prompt", "no_input", "no_match"):
            yield from _unfilled(script(flow, subject.source, path, flow.language))
    yield from promised_anywhere(subject)


def _unfilled(read: Script) -> Iterator[Mistake]:
    for passage in read.passages:
        slot = next((slot for slot in SLOTS if slot in passage.text), None)
        if slot is not None and not passage.is_announcement:
            message = f"callers hear {quoted(slot)} as it is written: only a {{choices: …}} fills it in"
            yield Mistake(passage.path, message)


def _in_menu(place: _Place, subject: Subject) -> Iterator[Mistake]:
    flow, id = subject.flow, place.menu.id
    known = frozenset({*by_phrase(place.choices), *by_phrase(place.universals)})
    speaks = False
    for key, path in prompt_paths(flow, subject.source, id, "prompt", "no_input", "no_match"):
        read = script(flow, subject.source, path, place.language)
        for passage in read.passages:
            if passage.is_announcement:
                speaks = True
                yield from _in_announcement(passage, place)
            elif is_read(passage.language):
                found = offers(passage.text, passage.language, known)
                speaks = speaks or (key == "prompt" and bool(found))
                yield from _in_passage(passage, found, place, certain=path[0] == "nodes" or key == "prompt")
    if not speaks:
        for source in flow.nodes.values():
            if isinstance(source, Play) and source.next == id and id != flow.start:
                for passage in script(flow, subject.source, ("nodes", source.id, "prompt"), place.language).passages:
                    found = offers(passage.text, passage.language, known)
                    if sum(len(offer.keys) for offer in found) > 1:
                        yield from _in_passage(passage, found, place, certain=False)
    astray = [*_led_astray(place, subject)]
    yield from astray
    for way in (*place.choices, *place.universals):
        if not any(mistake.path == (*way.path(id), "next") for mistake in astray):
            yield from named_elsewhere(way, id, subject)
            yield from leads_nowhere(way, id, place.language)


def _in_passage(passage: Passage, found: tuple[Offer, ...], place: _Place, *, certain: bool) -> Iterator[Mistake]:
    keys = place.keys
    for offer in found:
        said = [*_said(passage, offer, place)] if offer.said and passage.language == place.language else []
        yield from said
        for key in offer.keys:
            if key not in keys:
                if _means_nothing(offer, key, found, place):
                    sure = certain and offer.explicit and not offer.is_range
                    yield Mistake(passage.path, _no_choice(offer, key, place), severity="error" if sure else "warning")
            elif not said and len(offer.keys) == 1 and (parted := _parted(offer, keys[key], found, place)) is not None:
                other, sure = parted
                message = _elsewhere(offer, keys[key], other, place)
                yield Mistake(passage.path, message, severity="error" if sure and certain else "warning")


# Keys


def _means_nothing(offer: Offer, key: str, found: tuple[Offer, ...], place: _Place) -> bool:
    """Whether a key that is no choice is plainly told as one."""
    offered = place.keys
    if len(key) > 1 and all(each in offered for each in key):
        return False  # “press 1 2 or 3”
    if any(press.startswith(key) for press in offered):
        return False  # the first of several keys
    if not offer.explicit and len(key) > max((len(press) for press in offered), default=1):
        return False  # a number of something
    return offer.explicit or any(each in offered for other in found for each in other.keys)


def _no_choice(offer: Offer, key: str, place: _Place) -> str:
    what = f"the prompt of {quoted(place.menu.id)} offers key {quoted(key)}"
    what += f" ({quoted(' '.join(offer.around))})" if offer.topic else ""
    meant = _meant(offer.topic, (*place.choices, *place.universals))
    keys = [way.press for way in (*place.choices, *place.universals) if way.press is not None]
    hint = f"; what fits is on {quoted(meant.press)}" if meant is not None and meant.press is not None else ""
    return f"{what}, which is no choice and no universal{_in(place)}{hint}; keys: {available(dict.fromkeys(keys))}"


def _in(place: _Place) -> str:
    return f" in {place.language}" if place.is_one_of_several else ""


def _meant(topic: frozenset[str], ways: tuple[Way, ...]) -> Way | None:
    """The one way that a topic tells of, if it is plainly one."""
    scored = [(len(matching(topic, way.told)) * 2 + len(matching(topic, way.named)), way) for way in ways]
    best = max((score for score, _ in scored), default=0)
    meant = [way for score, way in scored if score == best]
    return meant[0] if best and len({way.outcome for way in meant}) == 1 else None


def _parted(offer: Offer, taken: Way, found: tuple[Offer, ...], place: _Place) -> tuple[Way, bool] | None:
    """The other way that is told for the key of this one, and whether that is certain."""
    topic = offer.topic
    if not topic or matching(topic, taken.told | taken.named | content(normal(taken.heard).split())):
        return None
    others = tuple(way for way in (*place.choices, *place.universals) if way.outcome != taken.outcome)
    meant = _meant(topic, others)
    if meant is None:
        return None
    own = [other.topic for other in found if meant.press in other.keys and other is not offer and other.topic]
    if any(matching(topic_of, meant.told | meant.named) for topic_of in own):
        return None  # It is told with its own key, so this is about something else.
    swapped = any(matching(topic_of, taken.told | taken.named) for topic_of in own)
    plainly = matching(topic, meant.told) == topic and bool(taken.told)
    if swapped:
        return meant, plainly or bool(matching(topic, meant.told) and taken.told)
    if own and not plainly:
        return None
    if matching(topic, meant.told | meant.named) != topic:
        return None
    return meant, plainly and not own


def _elsewhere(offer: Offer, taken: Way, meant: Way, place: _Place) -> str:
    told = quoted(" ".join(offer.around))
    where = f"what fits is on {quoted(meant.press)}" if meant.press else f"what fits is said as {quoted(meant.name)}"
    what = f"the prompt of {quoted(place.menu.id)} offers key {quoted(taken.press or '')} ({told})"
    return f"{what}, which leads to {quoted(taken.target)}; {where}"


# Phrases


def _said(passage: Passage, offer: Offer, place: _Place) -> Iterator[Mistake]:
    words = offer.said
    known = {**by_phrase(place.universals), **by_phrase(place.choices)}
    runs = [words[-n:] if offer.verb_last else words[:n] for n in range(len(words), 0, -1)]
    phrase = next((run for run in map(" ".join, map(_bare, runs)) if run in known), None)
    if phrase is not None:
        taken = place.keys.get(offer.keys[0]) if len(offer.keys) == 1 else None
        meant = known[phrase]
        both = taken is not None and phrase in map(normal, taken.phrases)
        if taken is not None and not both and taken.outcome != meant.outcome:
            message = (
                f"the prompt of {quoted(place.menu.id)} offers key {quoted(offer.keys[0])} or the phrase "
                f"{quoted(phrase)} for the same, but the key leads to {quoted(taken.target)} and the phrase to "
                f"{quoted(meant.target)}"
            )
            yield Mistake(passage.path, message)
        return
    bare = _bare(words)
    if not bare or bare[0] in OPEN_WORDS or not all(word.isprintable() and word != "\ufffc" for word in words):
        return
    if len(bare) > LONGEST_PHRASE or (not offer.keys and len(bare) > LONGEST_PHRASE - 1):
        return
    named = quoted(" ".join(words))
    message = f"the prompt of {quoted(place.menu.id)} offers to say {named}, which is no phrase of it{_in(place)}"
    message += f"; phrases: {available(known)}"
    yield Mistake(passage.path, message, severity="error" if offer.keys else "warning")


def _bare(words: tuple[str, ...]) -> tuple[str, ...]:
    """Without what only leads to a phrase."""
    return words[2:] if words[:2] in (("the", "word"), ("das", "wort"), ("le", "mot"), ("la", "palabra")) else words


def _in_announcement(passage: Passage, place: _Place) -> Iterator[Mistake]:
    for way in place.choices:
        if not place.menu.choices[way.place].label.entries:
            continue
        for slot, there, name in (("{press}", way.press, "key"), ("{say}", way.phrases, "phrase")):
            if slot in passage.text and not there:
                message = (
                    f"{quoted(passage.text)} leaves a gap for this choice, which has no {name}{_in(place)}: "
                    f"give it one, or announce it in words of its own"
                )
                yield Mistake(way.path(place.menu.id), message, severity="warning")


# Targets


def _led_astray(place: _Place, subject: Subject) -> Iterator[Mistake]:
    """Choices that lead where another one leads, though a node bears their own name."""
    for way in place.choices:
        words = way.told
        target = id_words(way.target)
        if not words or not target or matching(words, target) or place.menu.choices[way.place].set:
            continue
        same = [other for other in place.choices if other is not way and other.outcome == way.outcome]
        if not any(matching(other.told, target) for other in same):
            continue
        taken = {other.target for other in place.choices}
        nodes = [
            id
            for id in subject.flow.nodes
            if id not in taken and (named := id_words(id)) and matching(named, words) == named
        ]
        if len(nodes) == 1:
            message = (
                f"the choice for {quoted(way.label or way.phrases[0])} leads to {quoted(way.target)}, as "
                f"{quoted(same[0].name)} does, though there is the node {quoted(nodes[0])}"
            )
            yield Mistake((*way.path(place.menu.id), "next"), message, severity="warning")


PROMPT_CHOICES = Check("prompt-choices", "error", _find)
