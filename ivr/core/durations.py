"""How long a piece of a prompt takes to be heard.

Where a scenario, a budget or the explorer asks, nothing has been synthesised. So the length of speech is
estimated from its text: a sum over what there is to pronounce, with weights fitted by least squares to what
eSpeak NG made of some 250 texts of telephone menus, each at 120 to 250 words a minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from operator import mul
from typing import NamedTuple, assert_never

from ivr.core.effects import Clear, Effect, Play
from ivr.core.segments import Beep, Recording, Segment, Silence, Speech

BEEP_MS = 200
"""How long the tone before a recording is."""

_PAUSE_MS = 150
"""What is left of the silence after speech, at any rate (`ivr.media.convert`)."""
_USUAL_RATE = 165
"""Words a minute for which the weights hold."""
_SLOWEST_RATE = 80
"""The synthesiser goes no slower."""


class _Parts(NamedTuple):
    """What there is to pronounce: how many of each are in a text, or how many milliseconds each one takes."""

    opening: float
    """Once in every text."""
    vowels: float
    """Runs of Latin vowels: the syllables of a language that does not pronounce all it writes."""
    letters: float
    """Of any script; the vowel signs of an Indic script are none."""
    words: float
    digits: float
    """Digits that stand alone."""
    figures: float
    """Digits of longer numbers, but for zeros: each is a word, as in `two hundred forty one`."""
    zeros: float
    """The zeros of these."""
    decimals: float
    """Digits after a decimal point, and minutes."""
    commas: float
    sentences: float
    """Ends of sentences, but for the last one."""
    signs: float
    """Signs that are spoken, such as `%`."""
    capitals: float
    """Letters that are spelt."""


_ENGLISH = _Parts(162, 0, 55, 43, 218, 373, 320, 298, 282, 348, 550, 40)
_GERMAN = _Parts(177, 0, 48, 49, 240, 582, 491, 314, 208, 535, 395, 0)
_SPANISH = _Parts(134, 0, 68, 0, 257, 447, 105, 375, 233, 344, 384, 0)
_FRENCH = _Parts(111, 133, 4, 0, 268, 307, 66, 456, 311, 481, 10, 0)
_CONSONANTS = _Parts(107, 0, 103, 73, 151, 373, 0, 417, 281, 324, 0, 0)
"""Scripts that leave most vowels to signs or to the reader; fitted to Hindi."""
_EAST_ASIAN = _Parts(0, 0, 290, 0, 350, 350, 100, 450, 240, 420, 400, 0)
_OTHER = _Parts(140, 0, 58, 35, 240, 450, 200, 340, 230, 430, 390, 0)
_PACES = {
    "en": _ENGLISH,
    "de": _GERMAN,
    "es": _SPANISH,
    "fr": _FRENCH,
    **dict.fromkeys(("ar", "fa", "he", "ur"), _CONSONANTS),
    **dict.fromkeys(("as", "bn", "gu", "hi", "kn", "ml", "mr", "ne", "or", "pa", "ta", "te"), _CONSONANTS),
    **dict.fromkeys(("ja", "yue", "zh"), _EAST_ASIAN),
}
"""By language. The first four and Hindi are fitted each on its own; elsewhere it is a rougher estimate."""

_VOWELS = re.compile("[aeiouyáéíóúàâèêëîïôûùüöäœæãõ]+", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_SEPARATOR = re.compile(r"([.,:])")
_TEEN = re.compile("1[1-9]$")
"""Two figures that are one word."""
_GROUP = 3
"""Digits of a group in a long number; after a point or comma, other counts are decimals."""
_COMMAS = (", ", "; ", ": ")
_SENTENCES = (". ", "! ", "? ", "… ", "। ")
_SIGNS = "$€£₹%+*#@&="
_UNSPELT = frozenset({"A", "I"})
"""Capitals that are words."""


def duration(segment: Segment) -> int:
    """Tell how many milliseconds a segment lasts; for speech it is an estimate."""
    match segment:
        case Speech(text=text, language=language, voice=voice, static=True):
            return _static_speech(text, language, voice.rate)
        case Speech(text=text, language=language, voice=voice):
            return _speech(text, language, voice.rate)
        case Recording(duration=milliseconds) | Silence(duration=milliseconds):
            return milliseconds
        case Beep():
            return BEEP_MS
        case _:
            assert_never(segment)


def lasting(prompt: Iterable[Segment]) -> int:
    """Tell how many milliseconds a prompt lasts."""
    return sum(map(duration, prompt))


def queued(effects: Iterable[Effect], before: int = 0) -> int:
    """Tell how many milliseconds are to be heard after a step, if `before` were to be heard before it."""
    total = before
    for effect in effects:
        match effect:
            case Play(prompt=prompt):
                total += lasting(prompt)
            case Clear():
                total = 0
            case _:
                pass
    return total


def _speech(text: str, language: str, rate: int) -> int:
    pace = _PACES.get(language.partition("-")[0].lower(), _OTHER)
    parts = _parts(text, with_vowels=pace.vowels > 0)
    if parts is None:
        return 0
    usual: float = sum(map(mul, parts, pace))
    return round(usual * _USUAL_RATE / max(rate, _SLOWEST_RATE)) + _PAUSE_MS


_static_speech = lru_cache(maxsize=4096)(_speech)
"""The same for the prompts that a simulation meets again and again; what holds values of a call is not kept."""


def _parts(text: str, *, with_vowels: bool) -> _Parts | None:
    """Count what there is to pronounce; None if there is nothing."""
    words = text.split()
    line = " ".join(words)
    letters = sum(map(str.isalpha, line))
    numbers = _NUMBER.findall(line)
    signs = sum(map(line.count, _SIGNS))
    if not (letters or numbers or signs):
        return None
    digits = figures = zeros = decimals = 0
    for number in numbers:
        if len(number) == 1:
            digits += 1
            continue
        whole, after = _split(number)
        zeros += whole.count("0")
        figures += len(whole) - whole.count("0") - bool(_TEEN.search(whole))
        decimals += after
    return _Parts(
        opening=1,
        vowels=len(_VOWELS.findall(line)) if with_vowels else 0,
        letters=letters,
        words=len(words),
        digits=digits,
        figures=figures,
        zeros=zeros,
        decimals=decimals,
        commas=sum(map(line.count, _COMMAS)),
        sentences=sum(map(line.count, _SENTENCES)),
        signs=signs,
        capitals=sum(len(word) for word in words if word.isupper() and word not in _UNSPELT),
    )


def _split(number: str) -> tuple[str, int]:
    """Part a number such as `1,250.00` into its digits before the decimals, and how many decimals it has."""
    whole, *rest = _SEPARATOR.split(number)
    after = 0
    for separator, group in zip(rest[::2], rest[1::2], strict=True):
        if len(group) == _GROUP and separator != ":":
            whole += group
        else:
            after += len(group)
    return whole, after
