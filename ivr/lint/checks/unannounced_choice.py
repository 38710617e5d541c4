"""Choices that no prompt tells of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ivr.core.spoken import NO, YES, by_language, normal
from ivr.document.finding import available, quoted
from ivr.document.source import Path
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.wording.announcing import EXAMPLES, content, is_read, key_range, key_words, offers
from ivr.lint.wording.call_languages import languages_at
from ivr.lint.wording.menu_words import LEXICONS
from ivr.lint.wording.offered_here import Way, by_phrase, choices, matching, universals
from ivr.lint.wording.prompt_text import Script, prompt_paths, script
from ivr.lint.wording.words_and_keys import sentences
from ivr.nodes.menu import Menu
from ivr.nodes.play import Play

MOST_STEPS = 5
"""Nodes between a menu and the plays that announce its choices."""
MOST_PLAYS = 50
"""Plays before a menu that are read."""
VERBS = frozenset().union(*(lexicon.press for lexicon in LEXICONS.values()))


@dataclass(frozen=True)
class _Told:
    """What callers of one language hear before and in a menu."""

    scripts: tuple[Script, ...]
    language: str
    known: frozenset[str]
    """The phrases of the menu, as `normal` leaves them."""

    @cached_property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """Each text that is no `{choices: …}`, with its language."""
        return tuple(
            (text, passage.language)
            for read in self.scripts
            for passage in read.passages
            if not passage.is_announcement
            for text in (passage.text, *passage.maybe)
        )

    @cached_property
    def keys(self) -> frozenset[str]:
        """All keys that are told."""
        found: set[str] = set()
        for text, language in self.texts:
            found |= key_words(text, language)
            for offer in offers(text, language, self.known):
                found.update(offer.keys)
                if offer.is_range:
                    found.update(key_range(offer.keys[0], offer.keys[-1]))
        return frozenset(found)

    @cached_property
    def offered(self) -> frozenset[str]:
        """The keys that are plainly offered."""
        return frozenset(
            key for text, language in self.texts for offer in offers(text, language, self.known) for key in offer.keys
        )

    @cached_property
    def words(self) -> str:
        """All words, with blanks around them."""
        return " ".join(("", *(normal(text) for text, _ in self.texts), ""))

    @cached_property
    def has_examples(self) -> bool:
        """Whether it names but some of the phrases: “you can say, for example, lost card”."""
        return any(f" {' '.join(words)} " in self.words for words in (*EXAMPLES, ("such", "as")))

    @cached_property
    def is_known(self) -> bool:
        """Whether that is all; not so where words can't be read, or the key itself is a value."""
        if not all(read.readable for read in self.scripts):
            return False
        kinds = [
            (any(token.kind == "value" for token in tokens), any(token.text in VERBS for token in tokens))
            for text, _ in self.texts
            for tokens in sentences(text)
        ]
        return not any(value and verb for value, verb in kinds) and all(is_read(tag) for _, tag in self.texts)


def _find(subject: Subject) -> Iterator[Mistake]:
    flow = subject.flow
    before = _before(subject)
    for id, node in flow.nodes.items():
        if isinstance(node, Menu):
            lacking: dict[Path, Mistake] = {}
            languages = languages_at(flow).get(id) or {flow.language}
            for language in sorted(languages):
                where = f" in {language}" if len(languages) > 1 else ""
                for mistake in _in_menu(node, subject, language, before, where):
                    lacking.setdefault(mistake.path, mistake)
            yield from lacking.values()
        else:
            yield from _elsewhere(id, subject)


def _elsewhere(id: str, subject: Subject) -> Iterator[Mistake]:
    for _, path in prompt_paths(subject.flow, subject.source, id, "prompt", "confirm", "waiting"):
        for passage in script(subject.flow, subject.source, path, subject.flow.language).passages:
            if passage.is_announcement:
                place = passage.path if passage.path[0] == "nodes" else path
                kind = subject.flow.nodes[id].kind
                message = (
                    f"{{choices: …}} says nothing in {quoted(id)}, because a {kind} has no choices; only a menu has"
                )
                yield Mistake(place, message)


def _in_menu(
    menu: Menu, subject: Subject, language: str, before: dict[str, tuple[str, ...]], where: str
) -> Iterator[Mistake]:
    flow, id = subject.flow, menu.id
    own, shared = choices(menu, flow, language), universals(flow, language)
    paths = [path for _, path in prompt_paths(flow, subject.source, id, "prompt", "no_input", "no_match")]
    plays = _plays(id, subject, before)
    if plays is None:
        return
    paths += [("nodes", play, "prompt") for play in plays]
    scripts = tuple(script(flow, subject.source, path, language) for path in paths)
    told = _Told(scripts, language, frozenset({*by_phrase(own), *by_phrase(shared)}))
    if not told.is_known:
        return
    announces = any(read.announces for read in scripts)
    announced = [
        way for way in own if _is_told(way, told) or (announces and _has_label(menu, way, language, flow.language))
    ]
    outcomes = {way.outcome for way in (*announced, *shared)}
    keys = {way.press for way in shared if way.press}
    missing = [way for way in own if way not in announced and way.outcome not in outcomes and way.press not in keys]
    missing = [way for way in missing if not (way.phrases and told.has_examples)]
    # A key of the prompt that is none of the menu's is told by another check, and rather that of a missing choice.
    strange = told.offered - {way.press for way in (*own, *shared)}
    if len(missing) <= len(strange):
        return
    if announced or announces or any(offers(text, tag, told.known) for text, tag in told.texts):
        for way in missing:
            yield Mistake(way.path(id), _message(way, id, where, announces, told))
    elif not _answers_itself(own, language):
        silent = "has no prompt" if not told.texts else "names no key and no phrase"
        offered = available(way.name for way in own)
        message = f"the prompt of {quoted(id)} {silent}, so callers can't know its choices{where}: {offered}"
        place: Path = ("nodes", id, "prompt") if menu.prompt else ("nodes", id)
        guessed = bool(told.texts) and all(way.phrases for way in own)
        yield Mistake(place, message, severity="info" if guessed else None)


def _is_told(way: Way, told: _Told) -> bool:
    if way.press is not None and way.press in told.keys:
        return True
    if way.press is not None and len(way.press) > 1 and f" {' '.join(way.press)} " in told.words:
        return True  # “1 2” is 12
    if any(f" {normal(phrase)} " in told.words for phrase in way.phrases):
        return True
    label = content(normal(way.label).split())
    return bool(label) and matching(label, content(told.words.split())) == label


def _has_label(menu: Menu, way: Way, language: str, fallback: str) -> bool:
    return menu.choices[way.place].label.pick(language, fallback)[0] is not None


def _message(way: Way, id: str, where: str, announces: bool, told: _Told) -> str:
    what = f"no prompt of {quoted(id)} tells of {quoted(way.name)}{where}, which leads to {quoted(way.target)}"
    if announces:
        return f"{what}: {{choices: …}} tells of choices with a “label”, and this one has none"
    keys = sorted(told.keys)
    return f"{what}; it tells of {'keys ' + available(keys) if keys else 'other choices'}"


def _answers_itself(own: tuple[Way, ...], language: str) -> bool:
    """Whether the question is one of yes or no."""
    answers = {*map(normal, by_language(YES, language, ())), *map(normal, by_language(NO, language, ()))}
    return any(normal(phrase) in answers for way in own for phrase in way.phrases)


# What is heard before


def _before(subject: Subject) -> dict[str, tuple[str, ...]]:
    """The nodes that lead to each node."""
    found: dict[str, list[str]] = {}
    for way in subject.ways:
        if way.source != way.target:
            found.setdefault(way.target, []).append(way.source)
    return {node: tuple(dict.fromkeys(sources)) for node, sources in found.items()}


def _plays(menu: str, subject: Subject, before: dict[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """The plays that callers hear right before a menu; None if other flows say what comes before it."""
    flow = subject.flow
    found: dict[str, None] = {}
    nodes, seen = [menu], {menu}
    has_prompt = bool(flow.nodes[menu].prompts()[0])
    for _ in range(MOST_STEPS):
        nodes = [source for node in nodes for source in before.get(node, ()) if source not in seen]
        nodes = [source for source in dict.fromkeys(nodes) if not flow.nodes[source].is_input]
        seen.update(nodes)
        if not has_prompt and any(flow.nodes[node].kind == "subflow" for node in nodes):
            return None
        found.update(dict.fromkeys(node for node in nodes if isinstance(flow.nodes[node], Play)))
    if not has_prompt and flow.is_subflow and flow.start in seen:
        return None
    return tuple(found)[:MOST_PLAYS]


UNANNOUNCED_CHOICE = Check("unannounced-choice", "warning", _find)
