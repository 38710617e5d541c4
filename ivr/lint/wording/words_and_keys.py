"""A text taken apart into what matters to a reader of menus: words, numbers, signs of keys, commas and ends."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ivr.lint.wording.prompt_text import VALUE

Kind = Literal["word", "number", "figure", "sign", "comma", "end", "value", "question"]

NUMBER = re.compile(r"[+]?\d+(?:[.,:/]\d+)*")
ENDS = ".!;।॥…\n"
COMMAS = ",:()–—،"
CURRENCIES = "$€£₹%"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text."""

    kind: Kind
    text: str
    """Words in lower case, numbers in ASCII digits."""


@lru_cache(maxsize=4096)
def sentences(text: str) -> tuple[tuple[Token, ...], ...]:
    """The tokens of each sentence, with a `question` at the end of one that asks."""
    found: list[tuple[Token, ...]] = []
    sentence: list[Token] = []
    for token in _tokens(unicodedata.normalize("NFC", text).casefold()):
        if token.kind in ("end", "question"):
            sentence += [token] if token.kind == "question" else []
            found.append(tuple(sentence))
            sentence = []
        else:
            sentence.append(token)
    found.append(tuple(sentence))
    return tuple(each for each in found if each)


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    place = 0
    while place < len(text):
        character = text[place]
        if _is_letter(character):
            start = place
            while place < len(text) and _is_letter(text[place]):
                place += 1
            found.append(Token("word", text[start:place]))
            continue
        if match := NUMBER.match(text, place):
            found.append(_number(text, match))
            place = match.end()
            while place < len(text) and _is_letter(text[place]) and found[-1].kind == "figure":
                place += 1  # “1st”
            continue
        place += 1
        if character in "*#":
            found.append(Token("sign", character))
        elif character == VALUE:
            found.append(Token("value", character))
        elif character == "?":
            found.append(Token("question", character))
        elif character in ENDS:
            found.append(Token("end", character))
        elif character in COMMAS or (character == "-" and text[place - 2 : place + 1] == " - "):
            found.append(Token("comma", character))
    return found


def _number(text: str, match: re.Match[str]) -> Token:
    digits = "".join(str(unicodedata.decimal(c)) for c in match.group() if c.isdecimal())
    before = text[match.start() - 1 : match.start()]
    after = text[match.end() : match.end() + 1]
    plain = match.group().isdecimal() and before not in CURRENCIES and not _is_letter(after)
    if not before:
        plain = match.group().isdecimal() and not _is_letter(after)
    return Token("number" if plain and after not in ("%", "€") else "figure", digits)


def _is_letter(character: str) -> bool:
    return bool(character) and unicodedata.category(character)[0] in "LM"
