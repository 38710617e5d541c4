"""What a prompt says about keys and phrases: “for sales, press 1 or say sales”, as people write it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ivr.lint.wording.announced_keys import Mention, elided, is_verb, pressed
from ivr.lint.wording.menu_words import (
    COUNTED,
    EMERGENCY,
    ENGLISH,
    FUNCTION_WORDS,
    LEXICONS,
    Lexicon,
)
from ivr.lint.wording.words_and_keys import Token, sentences


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that a prompt tells its caller to press or to say."""

    keys: tuple[str, ...]
    said: tuple[str, ...]
    """The words behind “say”, of which a beginning is the phrase (an ending, where the verb comes last)."""
    explicit: bool
    """Whether a verb goes with the key: “press 1”, and not “two for support”."""
    is_range: bool
    topic: frozenset[str]
    """The words that tell what it is for, as far as they tell anything."""
    around: tuple[str, ...]
    """All words of that, in order."""
    verb_last: bool
    verb: str


LONGEST_SENTENCE = 300
"""Words of a sentence that are read; more are hardly one."""
LONGEST_SAID = 12
"""Words behind “say” that may belong to a phrase."""
JOINS = frozenset(word for lexicon in LEXICONS.values() for word in lexicon.joins)
SAID_BEFORE = frozenset(("sie", "bitte", "einfach", "entweder", "please", "just", "simply", "either", "simplement"))
"""Words between “say” and a phrase."""
EXAMPLES = tuple(
    tuple(words.split())
    for words in (
        "for example", "for instance", "things like", "something like", "phrases like", "zum beispiel", "etwa",
        "beispielsweise", "par exemple", "por ejemplo",
    )
)  # fmt: skip
"""Words between “say” and a phrase that is one of many."""


def is_read(language: str) -> bool:
    """Whether the words of a language are known."""
    return language.split("-")[0].lower() in LEXICONS


@lru_cache(maxsize=4096)
def offers(text: str, language: str, phrases: frozenset[str] = frozenset()) -> tuple[Offer, ...]:
    """What a text offers; the phrases of the menu tell where one of them ends in the text."""
    parts = sentences(text)
    has_verb = any(is_verb(token) for tokens in parts for token in tokens)
    found = tuple(offer for tokens in parts for offer in _in_sentence(tokens, language, phrases))
    # “One for sales, two for support” goes without a verb, but a single number among words is hardly a key.
    several = sum(bool(offer.keys) for offer in found) > 1
    return tuple(offer for offer in found if has_verb or several or not offer.keys)


def key_words(text: str, language: str) -> frozenset[str]:
    """All that may be a key anywhere in a text, however it is said there; ranges written out."""
    lexicon = LEXICONS.get(language.split("-")[0].lower(), ENGLISH)
    names = {**ENGLISH.keys, **lexicon.keys}
    found: set[str] = set()
    for tokens in sentences(text):
        keys = [token.text if token.kind in ("number", "sign") else names.get(token.text, "") for token in tokens]
        for place, key in enumerate(keys):
            if not key or (place + 1 < len(tokens) and tokens[place + 1].text in COUNTED):
                continue
            found.add(key)
            last = keys[place + 2] if place + 2 < len(keys) else ""
            if last and tokens[place + 1].text in lexicon.through:
                found.update(key_range(key, last))
    return frozenset(found)


def key_range(first: str, last: str) -> tuple[str, ...]:
    """The keys from one to another, these included."""
    if len(first) == len(last) == 1 and first.isdecimal() and last.isdecimal():
        return tuple(map(str, range(int(first), int(last) + 1)))
    return first, last


def content(words: Sequence[str]) -> frozenset[str]:
    """The words that tell one thing from another."""
    return frozenset(word for word in words if word not in FUNCTION_WORDS and len(word) > 1)


def _in_sentence(tokens: tuple[Token, ...], language: str, phrases: frozenset[str]) -> Iterator[Offer]:
    tokens = tokens[:LONGEST_SENTENCE]
    if any(token.text in EMERGENCY for token in tokens):
        return
    mentions = [*pressed(tokens, language)]
    taken = {place for each in mentions for place in range(each.start, each.end)}
    mentions += elided(tokens, language, taken)
    mentions += _said(tokens, phrases, {place for each in mentions for place in range(each.start, each.end)})
    groups = [*_joined(tokens, sorted(mentions, key=lambda each: each.start))]
    yield from _with_topics(tokens, groups)


# Phrases


def _said(tokens: tuple[Token, ...], phrases: frozenset[str], taken: set[int]) -> Iterator[Mention]:
    for place, token in enumerate(tokens):
        if token.kind != "word" or place in taken:
            continue
        for lexicon in LEXICONS.values():
            if token.text not in lexicon.say:
                continue
            if lexicon.verb_last:
                start = place
                while (
                    start > max(0, place - LONGEST_SAID)
                    and tokens[start - 1].kind in ("word", "number")
                    and not (
                        start - 1 in taken or tokens[start - 1].text in lexicon.joins | lexicon.topic - {"के", "ke"}
                    )
                ):
                    start -= 1
                words = tuple(each.text for each in tokens[start:place])
                if words:
                    size = next((n for n in range(len(words), 0, -1) if " ".join(words[-n:]) in phrases), len(words))
                    yield Mention(place - size, place + 1, (), words, verb_last=True, verb=token.text)
            else:
                start = place + 1
                while start < len(tokens) and tokens[start].text in SAID_BEFORE:
                    start += 1
                ahead = tuple(token.text for token in tokens[start : start + 2])
                start += next((len(words) for words in EXAMPLES if ahead[: len(words)] == words), 0)
                end = start
                while (
                    end < min(len(tokens), start + LONGEST_SAID)
                    and tokens[end].kind in ("word", "number", "value")
                    and end not in taken
                ):
                    end += 1
                words = tuple(each.text for each in tokens[start:end])
                if words:
                    yield _mention_said(place, start, words, phrases, lexicon)
            break


def _mention_said(verb: int, start: int, words: tuple[str, ...], phrases: frozenset[str], lexicon: Lexicon) -> Mention:
    found = next((n for n in range(len(words), 0, -1) if " ".join(words[:n]) in phrases), 0)
    if not found:
        ends = (lexicon.topic - {"to"}) | lexicon.joins
        found = next((n for n, word in enumerate(words) if n and word in ends), len(words))
        words = words[:found]
    return Mention(verb, start + found, (), words, verb="say")


# Together


def _joined(tokens: tuple[Token, ...], mentions: list[Mention]) -> Iterator[list[Mention]]:
    """Mentions that are one offer: “press 1 or say sales”."""
    polite = frozenset({"you", "can", "may", "also", "simply", "just", "sie", "please", "bitte", "einfach"})
    group: list[Mention] = []
    for mention in mentions:
        if group:
            between = tokens[group[-1].end : mention.start]
            gap = {token.text for token in between if token.kind != "comma"}
            one_of_each = not (group[-1].keys and mention.keys) and bool(group[-1].keys or mention.keys)
            if one_of_each and gap & JOINS and gap <= JOINS | polite:
                group.append(mention)
                continue
            yield group
        group = [mention]
    if group:
        yield group


def _with_topics(tokens: tuple[Token, ...], groups: list[list[Mention]]) -> Iterator[Offer]:
    if not groups:
        return
    edges = [0, *(each for group in groups for each in (group[0].start, group[-1].end)), len(tokens)]
    segments = [
        tuple(token.text for token in tokens[edges[n] : edges[n + 1]] if token.kind == "word")
        for n in range(0, len(edges), 2)
    ]
    before, after = bool(content(segments[0])), bool(content(segments[-1]))
    before = before or any(token.kind == "value" for token in tokens[: edges[1]])
    after = after or any(token.kind == "value" for token in tokens[edges[-2] :])
    if not (before or after):
        before = bool(segments[0]) and not segments[-1]
    for place, group in enumerate(groups):
        around = segments[place] if before and not after else segments[place + 1]
        if before and after:
            around = (*segments[place], *segments[place + 1])
        yield Offer(
            keys=tuple(key for each in group for key in each.keys),
            said=next((each.said for each in group if each.said), ()),
            explicit=any(each.explicit and bool(each.keys) for each in group),
            is_range=any(each.is_range for each in group),
            topic=content(around),
            around=_trimmed(around),
            verb_last=any(each.verb_last for each in group if each.said),
            verb=next((each.verb for each in group if each.keys), ""),
        )


def _trimmed(words: tuple[str, ...]) -> tuple[str, ...]:
    """Without the “and” that leads to the next offer."""
    while words and words[-1] in JOINS:
        words = words[:-1]
    return words
