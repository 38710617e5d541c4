"""What the prompts of a field or a recording say about keys, against what the keys do there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

from ivr.core.confirming import ACCEPT, REFUSE
from ivr.core.flow import Flow
from ivr.core.spoken import NO, YES, by_language, normal
from ivr.document.finding import available, quoted
from ivr.lint.check import Mistake, Subject
from ivr.lint.wording.announcing import Offer, content, is_read, offers
from ivr.lint.wording.menu_words import (
    ACCEPTING,
    ENTERING,
    ERASING,
    FINISHING,
    HEARING,
    LEXICONS,
    NEGATIONS,
    NEITHER,
    REFUSING,
    THEREUPON,
)
from ivr.lint.wording.offered_here import by_phrase, matching, universals
from ivr.lint.wording.prompt_text import Passage, prompt_paths, script
from ivr.lint.wording.words_and_keys import Token, sentences
from ivr.nodes.collect import Collect
from ivr.nodes.record import Record

MARGIN = 5
"""Words that may stand between “followed by” and the key."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A node that takes keys, in calls of one language."""

    id: str
    keys: str
    least: int
    finish: str
    erase: str
    is_recording: bool


def field_mistakes(node: Collect | Record, subject: Subject, language: str) -> Iterator[Mistake]:
    """Where its prompts offer keys that do something else, in calls of a language."""
    flow, source = subject.flow, subject.source
    field = _field(node)
    for key, path in prompt_paths(flow, source, node.id, "prompt", "no_input", "no_match", "confirm"):
        if path[0] == "defaults":
            continue  # They are for every node, so they tell no keys of one.
        for passage in script(flow, source, path, language).passages:
            if not is_read(passage.language):
                continue
            if key == "confirm" and isinstance(node, Collect):
                yield from _in_confirmation(passage, node, flow, language)
            else:
                yield from _in_prompt(passage, field, flow, language)


def _field(node: Collect | Record) -> _Field:
    if isinstance(node, Record):
        return _Field(node.id, "", 0, node.finish, "", True)
    if node.digits is None:
        return _Field(node.id, "", 0, "", "", False)
    digits = node.digits
    return _Field(node.id, digits.keys, digits.min, digits.finish, digits.erase, False)


# Entering


def _in_prompt(passage: Passage, field: _Field, flow: Flow, language: str) -> Iterator[Mistake]:
    finishing = {key for tokens in sentences(passage.text) for key in _finishing(tokens)}
    for key in sorted(finishing):
        if key not in field.finish:
            yield Mistake(passage.path, _unfinished(field, key), severity="warning")
    live = {each.press: each for each in universals(flow, language) if each.press and not field.is_recording}
    for offer in offers(passage.text, passage.language):
        if len(offer.keys) != 1 or not offer.explicit or offer.keys[0] in finishing:
            continue
        key, about = offer.keys[0], frozenset(offer.around)
        own = field.finish + field.erase
        if about & ERASING and key not in live and not (field.keys and key in field.keys):
            if key not in field.erase:
                yield Mistake(passage.path, _unerased(field, key), severity="warning")
        elif key in own:
            hidden = live.get(key)
            if hidden is not None and matching(offer.topic, hidden.told | hidden.named):
                yield Mistake(passage.path, _hidden(field, key, hidden.target), severity="warning")
        elif key in field.keys:
            hidden = live.get(key)
            if hidden is not None and field.least > 1 and matching(offer.topic, hidden.told | hidden.named):
                yield Mistake(passage.path, _hidden(field, key, hidden.target), severity="warning")
            elif hidden is None and field.least > 1 and offer.topic and len(key) == 1:
                yield Mistake(passage.path, _too_short(field, key), severity="warning")
        elif key not in live and len(key) == 1:
            keys = available(dict.fromkeys((*live, *field.finish, *field.erase)))
            message = f"the prompt of {quoted(field.id)} offers key {quoted(key)}, which means nothing there"
            message += f"; keys besides those of the entry: {keys}"
            # A recording keeps other keys for the node behind it.
            yield Mistake(passage.path, message, severity="warning" if field.is_recording else None)


def _finishing(tokens: tuple[Token, ...]) -> Iterator[str]:
    """The star or hash that a sentence says to end with."""
    signs = [(place, _sign(token)) for place, token in enumerate(tokens)]
    signs = [(place, key) for place, key in signs if key]
    if len({key for _, key in signs}) != 1:
        return
    place, key = signs[0]
    before = [token.text for token in tokens[:place]]
    near = before[-MARGIN:]
    others = {token.text for token in tokens}
    if others & ERASING & {"erase", "clear", "delete", "löschen", "effacer", "borrar"}:
        return
    ends = bool(others & FINISHING)
    then = bool(set(near) & THEREUPON) and bool(set(before) & ENTERING)
    if ends or then:
        yield key


def _sign(token: Token) -> str:
    if token.kind == "sign":
        return token.text
    if token.kind != "word":
        return ""
    found = next((lexicon.keys[token.text] for lexicon in LEXICONS.values() if token.text in lexicon.keys), "")
    return found if found in ("*", "#") else ""


def _unfinished(field: _Field, key: str) -> str:
    what = "the recording" if field.is_recording else "the entry"
    with_ = f"ends with {available(field.finish)}" if field.finish else "is ended by no key"
    message = f"the prompt of {quoted(field.id)} says to finish with {quoted(key)}, but {what} {with_}"
    return f"{message}; “finish” in {'the node' if field.is_recording else '“digits”'} names the key"


def _unerased(field: _Field, key: str) -> str:
    with_ = f"{available(field.erase)} erases" if field.erase else "no key erases"
    return (
        f"the prompt of {quoted(field.id)} offers {quoted(key)} to begin again, but {with_} the entry; "
        f"“erase” in “digits” names the key"
    )


def _hidden(field: _Field, key: str, target: str) -> str:
    return (
        f"the prompt of {quoted(field.id)} offers {quoted(key)} for {quoted(target)}, but {quoted(key)} belongs to the "
        f"entry there, which comes before universals"
    )


def _too_short(field: _Field, key: str) -> str:
    return (
        f"the prompt of {quoted(field.id)} offers {quoted(key)}, but that only begins an entry, which has at least "
        f"{field.least} digits"
    )


# Confirming


def _in_confirmation(passage: Passage, node: Collect, flow: Flow, language: str) -> Iterator[Mistake]:
    live = {each.press: each for each in universals(flow, language) if each.press}
    answers = tuple(map(normal, (*by_language(YES, language, ()), *by_language(NO, language, ()))))
    known = frozenset({*answers, *by_phrase(universals(flow, language))})
    for offer in offers(passage.text, passage.language, known):
        if len(offer.keys) == 1:
            yield from _confirming_key(passage, offer, node, live.keys())
        if offer.said and offer.said[0] in answers and not node.is_spoken:
            message = (
                f"the confirmation of {quoted(node.id)} offers to say {quoted(offer.said[0])}, but the node has no "
                f"“speech”, so it does not listen"
            )
            yield Mistake(passage.path, message)


def _confirming_key(passage: Passage, offer: Offer, node: Collect, live: Collection[str]) -> Iterator[Mistake]:
    key, meaning = offer.keys[0], _meaning(offer)
    does = f"{ACCEPT} accepts and {REFUSE} refuses"
    what = f"the confirmation of {quoted(node.id)} offers key {quoted(key)}"
    if key not in (ACCEPT, REFUSE):
        if key not in live and not HEARING.intersection(offer.around):
            yield Mistake(passage.path, f"{what}, which only asks again: {does}")
    elif meaning and meaning != {ACCEPT: "accept", REFUSE: "refuse"}[key]:
        other = "refuse" if key == ACCEPT else "accept"
        yield Mistake(passage.path, f"{what} to {other} the value ({quoted(' '.join(offer.around))}), but {does}")


def _meaning(offer: Offer) -> str:
    """Whether words accept or refuse; empty where that is not plain."""
    words = set(offer.around)
    if words & NEITHER:
        return ""
    # “To correct it” refuses, “if it is correct” accepts.
    corrects = any(pair == ("to", "correct") for pair in pairwise(offer.around))
    refuses = corrects or bool(words & (REFUSING | NEGATIONS))
    accepts = bool(words & ACCEPTING)
    if refuses:
        return "refuse"
    return "accept" if accepts and content(offer.around) else ""
