"""The keys that a sentence mentions: “press 1 or 2”, “1 दबाएँ”, and without a verb “two for support”."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ivr.lint.wording.menu_words import (
    ANSWERS,
    CHOOSING,
    CONDITIONS,
    COUNTED,
    DIALLING,
    ENGLISH,
    FUNCTION_WORDS,
    LEXICONS,
    NEGATIONS,
    OTHERWISE,
    Lexicon,
)
from ivr.lint.wording.words_and_keys import Token

LONGEST_KEYS = 2
"""More digits are rather a telephone number than keys of a menu."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a sentence tells of keys or of a phrase, in tokens."""

    start: int
    end: int
    keys: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    explicit: bool = True
    is_range: bool = False
    verb_last: bool = False
    verb: str = ""


def is_verb(token: Token) -> bool:
    """Whether it is a verb that goes with keys."""
    return token.kind == "word" and any(token.text in lexicon.press for lexicon in LEXICONS.values())


def pressed(tokens: tuple[Token, ...], language: str) -> Iterator[Mention]:
    """Keys with a verb."""
    taken = 0
    for place, token in enumerate(tokens):
        if token.kind != "word" or place < taken:
            continue
        for lexicon in LEXICONS.values():
            if not lexicon.verb_last and token.text in lexicon.press:
                found = _after_verb(tokens, place, lexicon, _names(lexicon, language))
            elif lexicon.verb_last and _is_last_verb(tokens, place, lexicon):
                found = _before_verb(tokens, place, lexicon)
            else:
                continue
            if found is not None and not _negated(tokens, found):
                taken = max(taken, found.end)
                yield found
                break


def _is_last_verb(tokens: tuple[Token, ...], place: int, lexicon: Lexicon) -> bool:
    """Whether it is a verb that comes last, such as “दबाएँ”, or “press” in “1 press करें”."""
    if tokens[place].text in lexicon.press:
        return True
    after = tokens[place + 1].text if place + 1 < len(tokens) else ""
    return tokens[place].text in ("press", "प्रेस") and after.startswith(("कर", "kar", "kij", "कीज"))


def _names(lexicon: Lexicon, language: str) -> dict[str, str]:
    own = LEXICONS.get(language.split("-")[0].lower(), lexicon)
    return {**(own.keys if not own.verb_last else {}), **lexicon.keys}


def _negated(tokens: tuple[Token, ...], mention: Mention) -> bool:
    return mention.start > 0 and tokens[mention.start - 1].text in NEGATIONS


def _after_verb(tokens: tuple[Token, ...], verb: int, lexicon: Lexicon, names: dict[str, str]) -> Mention | None:
    place = verb + 1
    while place < len(tokens) and (
        tokens[place].text in lexicon.fillers
        or (tokens[place].text in lexicon.joins | lexicon.say and _leads_to_key(tokens, place + 1, lexicon, names))
    ):
        place += 1
    keys, end, is_range = _key_list(tokens, place, lexicon, names)
    if not keys or (tokens[verb].text in DIALLING and any(len(key) > LONGEST_KEYS for key in keys)):
        return None
    behind = tokens[end] if end < len(tokens) else None
    weak = tokens[verb].text in CHOOSING
    if weak and behind is not None and behind.kind == "word" and behind.text not in FUNCTION_WORDS:
        return None  # “choose two toppings”
    while end < len(tokens) and tokens[end].text in ("key", "taste", "button", "sign", "drücken", "wählen", "now"):
        end += 1
    return Mention(verb, end, keys, is_range=is_range, verb=tokens[verb].text)


def _leads_to_key(tokens: tuple[Token, ...], place: int, lexicon: Lexicon, names: dict[str, str]) -> bool:
    """Whether “or say” stands before a key, as in “press or say one”."""
    ahead = tokens[place : place + 2]
    words = [token for token in ahead if token.text not in lexicon.say | lexicon.fillers]
    return bool(words) and _key(words[0], names) is not None


def _key(token: Token, names: dict[str, str]) -> str | None:
    match token.kind:
        case "number" | "sign":
            return token.text
        case "word":
            return names.get(token.text) or None
        case _:
            return None


def _one_key(tokens: tuple[Token, ...], place: int, names: dict[str, str]) -> tuple[str, int]:
    """The key or keys that stand at a place in one go (“1 2” is 12), and where they end; empty if there is none."""
    keys, end = "", place
    while end < len(tokens) and (key := _key(tokens[end], names)) is not None:
        if tokens[end].kind == "word" and keys:
            break
        keys, end = keys + key, end + 1
    after = tokens[end] if end < len(tokens) else None
    if not keys or (after is not None and (after.text in COUNTED or after.kind in ("figure", "value"))):
        return "", place
    if tokens[place].kind == "word" and after is not None and after.text in ("button", "बटन"):
        return "", place  # “press one button”
    return keys, end


def _is_counted(tokens: tuple[Token, ...], place: int, names: dict[str, str]) -> bool:
    """Whether a number of something stands at a place."""
    if place < len(tokens) and "stellig" in tokens[place].text:
        return True  # “die drei- oder vierstellige Nummer”
    return place + 1 < len(tokens) and _key(tokens[place], names) is not None and tokens[place + 1].text in COUNTED


def _key_list(
    tokens: tuple[Token, ...], place: int, lexicon: Lexicon, names: dict[str, str]
) -> tuple[tuple[str, ...], int, bool]:
    keys: list[str] = []
    end = place
    is_range = False
    while True:
        key, after = _one_key(tokens, place, names)
        if not key:
            return tuple(keys), end, is_range
        keys.append(key)
        end = place = after
        while place < len(tokens) and (
            tokens[place].kind == "comma" or tokens[place].text in lexicon.joins | {"the", "die", "le", "el"}
        ):
            place += 1
        if place < len(tokens) and place == end and tokens[place].text in lexicon.through:
            other, behind = _one_key(tokens, place + 1, names)
            if other:
                return (*keys, other), behind, True
            if _is_counted(tokens, place + 1, names):
                return (), end, False
        if any(token.text in lexicon.joins for token in tokens[end:place]) and _is_counted(tokens, place, names):
            return (), end, False  # “enter the three or four digits”
        if place == end or not _stands_alone(tokens, place, lexicon, names):
            return tuple(keys), end, is_range


def _stands_alone(tokens: tuple[Token, ...], place: int, lexicon: Lexicon, names: dict[str, str]) -> bool:
    """Whether a further key is one of a list, and not one with a topic of its own: “1, 2 or 3”, not “1, 2 for …”."""
    key, after = _one_key(tokens, place, names)
    while after < len(tokens) and (tokens[after].kind == "comma" or tokens[after].text in lexicon.joins):
        after += 1
    return bool(key) and (after == len(tokens) or tokens[after].text not in lexicon.topic)


def _before_verb(tokens: tuple[Token, ...], verb: int, lexicon: Lexicon) -> Mention | None:
    names = dict(lexicon.keys)
    end = verb + 1
    place = verb - 1
    while place >= 0 and tokens[place].text in lexicon.fillers:
        place -= 1
    keys: list[str] = []
    start = verb
    while place >= 0 and (key := _key(tokens[place], names)) is not None:
        if place + 1 < len(tokens) and tokens[place + 1].text in COUNTED:
            return None
        if tokens[place].text in ("एक", "ek") and any(t.text in ("बटन", "button") for t in tokens[place:verb]):
            return None
        if keys and start == place + 1:
            keys[0] = key + keys[0]
        else:
            keys.insert(0, key)
        start = place
        place -= 1
        joined = place
        while joined >= 0 and (tokens[joined].text in lexicon.joins or tokens[joined].kind == "comma"):
            joined -= 1
        if joined < place and joined >= 0 and _key(tokens[joined], names) is not None:
            place = joined
    if not keys or any(len(key) > LONGEST_KEYS for key in keys):
        return None
    return Mention(start, end, tuple(keys), verb_last=True, verb=tokens[verb].text)


def elided(tokens: tuple[Token, ...], language: str, taken: set[int]) -> Iterator[Mention]:
    """Keys without a verb of their own, at tokens that are not taken yet."""
    own = LEXICONS.get(language.split("-")[0].lower(), ENGLISH)
    spoken = [each for each in LEXICONS.values() if any(token.text in each.press for token in tokens)] or [own]
    for place, _ in enumerate(tokens):
        if place in taken:
            continue
        for lexicon in spoken:
            names = dict(lexicon.keys)
            key, end = _one_key(tokens, place, names)
            if key and len(key) <= LONGEST_KEYS and _is_elided(tokens, place, end, lexicon):
                taken.update(range(place, end))
                yield Mention(place, end, (key,), explicit=False, verb_last=lexicon.verb_last)
                break


def _is_elided(tokens: tuple[Token, ...], place: int, end: int, lexicon: Lexicon) -> bool:
    before = place - 1
    while before >= 0 and tokens[before].text in lexicon.fillers and not lexicon.verb_last:
        before -= 1
    opens = before < 0 or tokens[before].kind == "comma" or tokens[before].text in lexicon.joins
    after = tokens[end] if end < len(tokens) else None
    if lexicon.verb_last:
        return (
            before >= 0 and tokens[before].text in ("लिए", "लिये", "liye") and (after is None or _parts(after, lexicon))
        )
    if before >= 0 and tokens[before].text in OTHERWISE:
        return after is None or _parts(after, lexicon)
    if opens and after is not None and after.text in lexicon.topic:
        ahead = tokens[end + 1] if end + 1 < len(tokens) else None
        return ahead is not None and ahead.kind == "word"
    if after is not None and not _parts(after, lexicon):
        return False
    behind = end
    while behind < len(tokens) and tokens[behind].kind == "comma":
        behind += 1
    if behind < len(tokens) and tokens[behind].text in lexicon.press:
        return False  # “for news about version 3, press 1”
    if after is not None and after.text in lexicon.joins and not _goes_on(tokens, end + 1, lexicon):
        return False  # “for persons of 65 or older”
    last = before - 1 if before >= 0 and tokens[before].kind == "comma" else before
    start = last
    while start >= 0 and tokens[start].kind == "word" and tokens[start].text not in lexicon.topic | lexicon.press:
        start -= 1
    if 0 <= start < last and {token.text for token in tokens[start + 1 : last + 1]} <= ANSWERS:
        return before > last  # “if not, 2”
    return 0 <= start < last and tokens[start].text in lexicon.topic - CONDITIONS


def _goes_on(tokens: tuple[Token, ...], place: int, lexicon: Lexicon) -> bool:
    """Whether another offer begins behind “or”."""
    if place == len(tokens):
        return True
    ahead = tokens[place]
    return ahead.text in lexicon.topic | lexicon.press | lexicon.say or _key(ahead, dict(lexicon.keys)) is not None


def _parts(token: Token, lexicon: Lexicon) -> bool:
    return token.kind in ("comma", "question") or token.text in lexicon.joins
