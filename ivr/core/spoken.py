"""Values as a caller wants to hear them: digits, ordinals, amounts, dates; and digits as a caller says them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from jinja2 import pass_context
from jinja2.runtime import Context

if TYPE_CHECKING:
    from babel import Locale

T = TypeVar("T")

DEFAULT_LANGUAGE = "en-US"
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
"""What is accepted as a tag of BCP 47."""

KEY_NAMES: Mapping[str, Mapping[str, str]] = {
    "en": {"*": "star", "#": "hash"},
    "en-US": {"*": "star", "#": "pound"},
    "hi": {"*": "स्टार", "#": "हैश"},
    "de": {"*": "Stern", "#": "Raute"},
    "es": {"*": "asterisco", "#": "almohadilla"},
    "fr": {"*": "étoile", "#": "dièse"},
}
"""What the two keys without a digit are called, by language."""

YES: Mapping[str, tuple[str, ...]] = {
    "en": ("yes", "yeah", "correct"),
    "hi": ("हाँ", "हां", "जी", "haan"),
    "de": ("ja",),
    "es": ("sí", "si"),
    "fr": ("oui",),
    "ko": ("네", "예", "YES"),
}
NO: Mapping[str, tuple[str, ...]] = {
    "en": ("no", "nope"),
    "hi": ("नहीं", "ना", "nahin"),
    "de": ("nein",),
    "es": ("no",),
    "fr": ("non",),
    "ko": ("아니요", "NO"),
}

ENGLISH_DIGITS: Mapping[str, str] = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
ENGLISH_REPEATS: Mapping[str, int] = {"double": 2, "triple": 3, "treble": 3}

DIGIT_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": ENGLISH_DIGITS,
    "hi": {
        "शून्य": "0", "एक": "1", "दो": "2", "तीन": "3", "चार": "4", "पांच": "5", "पाँच": "5", "छह": "6", "छः": "6",
        "छे": "6", "सात": "7", "आठ": "8", "नौ": "9",
        # Numbers of accounts and telephones are as often said in English.
        "ज़ीरो": "0", "जीरो": "0", "वन": "1", "टू": "2", "थ्री": "3", "फोर": "4", "फाइव": "5", "सिक्स": "6",
        "सेवन": "7", "एट": "8", "नाइन": "9",
    },
    "de": {
        "null": "0", "eins": "1", "zwei": "2", "zwo": "2", "drei": "3", "vier": "4", "fünf": "5", "sechs": "6",
        "sieben": "7", "acht": "8", "neun": "9",
    },
    "es": {
        "cero": "0", "uno": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5", "seis": "6", "siete": "7",
        "ocho": "8", "nueve": "9",
    },
    "fr": {
        "zéro": "0", "un": "1", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "six": "6", "sept": "7",
        "huit": "8", "neuf": "9",
    },
    "ko": {
        "영": "0", "공": "0", "일": "1", "이": "2", "삼": "3", "사": "4", "오": "5", "육": "6", "칠": "7", "팔": "8",
        "구": "9",
        **ENGLISH_DIGITS,
    },
}  # fmt: skip
"""What each digit is called, by language, as `normal` leaves it; in other languages as in English."""

REPEATS: Mapping[str, Mapping[str, int]] = {
    "en": ENGLISH_REPEATS,
    "hi": {"डबल": 2, "ट्रिपल": 3},
    "de": {},
    "es": {"doble": 2, "triple": 3},
    "fr": {"double": 2, "triple": 3},
    "ko": ENGLISH_REPEATS,
}
"""Words that say how often the next digit comes, by language, as `normal` leaves them."""

MOST_DIGITS = 15
"""Of an amount, before the point: nobody owes more, and `1e999999999` written out would fill memory."""

ORDINAL_SUFFIX: Mapping[str, str] = {"de": ".", "es": ".º", "fr": "e", "hi": "वां"}


MOST_LANGUAGES = 64
"""Languages whose rules are kept."""
MOST_KEPT = 4096
"""Texts of which the normal form is kept: the same phrases and prompts are compared again and again."""


def is_language_tag(value: Any) -> bool:
    """Whether a value can be the language of a call."""
    return isinstance(value, str) and LANGUAGE_TAG.fullmatch(value) is not None


def by_language(table: Mapping[str, T], language: str, default: T) -> T:
    """The entry for a BCP 47 tag, or for its primary language."""
    return table.get(language, table.get(language.split("-")[0], default))


@lru_cache(maxsize=MOST_KEPT)
def normal(text: str) -> str:
    """A phrase without case, punctuation and surplus space, for comparing what was said with what is offered.

    A dash or a slash parts words, so that “twenty-one” is what a recogniser hears: “twenty one”.
    """
    return " ".join("".join(map(_normal, unicodedata.normalize("NFC", text).casefold())).split())


def _normal(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Pd" or character in "/_":
        return " "
    return "" if category[0] in "PS" else character


def keys_aloud(keys: str, language: str) -> str:
    """Keys of the telephone as one says them: `12` is `1 2`, `*` has a name."""
    names = by_language(KEY_NAMES, language, {})
    return " ".join(names.get(key, key) for key in keys)


def digit_words(language: str) -> tuple[str, ...]:
    """Every word that `spoken_digits` understands in a language: those of the digits, and “double” and the like."""
    return (*_digit_words(language), *_repeats(language))


def spoken_digits(text: str, language: str) -> str | None:
    """The digits in what a caller said ("one oh double four" is `1044`); None if a word is no digit."""
    words, repeats = _digit_words(language), _repeats(language)
    digits: list[str] = []
    times = 1
    for word in normal(text).split():
        if word in repeats and times == 1:
            times = repeats[word]
            continue
        digit = words.get(word, word if word.isdecimal() and word.isascii() else None)
        if digit is None:
            return None
        digits.append(digit * times)
        times = 1
    return "".join(digits) if digits and times == 1 else None


def _digit_words(language: str) -> Mapping[str, str]:
    return by_language(DIGIT_WORDS, language, ENGLISH_DIGITS)


def _repeats(language: str) -> Mapping[str, int]:
    return by_language(REPEATS, language, ENGLISH_REPEATS)


def digits(value: Any) -> str:
    """Filter: the characters one by one, `042` as `0 4 2`; spaces and dashes between them are dropped."""
    return " ".join(re.sub(r"[\s\-]+", "", str(value)))


@pass_context
def ordinal(context: Context, value: Any) -> str:
    """Filter: a whole number as a rank, `3` as `3rd`, in the call's language."""
    number = int(value)
    language = _language(context).split("-")[0]
    if language == "en":
        teen = number % 100 in (11, 12, 13)
        return f"{number}" + ("th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th"))
    return f"{number}{ORDINAL_SUFFIX.get(language, '')}"


@pass_context
def currency(context: Context, value: Any, code: str) -> str:
    """Filter: an amount with the name of its currency (ISO 4217), `1250` as `1250 Indian rupees`."""
    from babel.numbers import format_decimal, get_currency_name, get_currency_precision, is_currency

    if not is_currency(code):
        raise ValueError(f"{code!r} is not an ISO 4217 currency code, such as EUR")
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("an amount of money is expected") from None
    if not amount.is_finite() or amount.adjusted() >= MOST_DIGITS:
        raise ValueError("an amount of money is expected, found one that is too large")
    places = 0 if amount == amount.to_integral_value() else get_currency_precision(code)
    # Synthesisers read grouping separators as pauses in some languages, so there are none.
    pattern = "0" if places == 0 else "0." + "0" * places
    locale = _locale(context)
    name = get_currency_name(code, count=amount, locale=locale)
    return f"{format_decimal(amount, format=pattern, locale=locale)} {name}"


@pass_context
def spoken_date(context: Context, value: Any) -> str:
    """Filter: a moment or an ISO 8601 date as a date, `2026-11-23` as `November 23, 2026`."""
    from babel.dates import format_date

    return format_date(_moment(value), format="long", locale=_locale(context))


@pass_context
def spoken_time(context: Context, value: Any) -> str:
    """Filter: a moment or ISO 8601 text as a time of day, `10:30 AM`."""
    from babel.dates import format_time

    moment = _moment(value)
    if not isinstance(moment, datetime):
        raise ValueError("a time of day is expected, found a date")
    return format_time(moment.timetz(), format="short", locale=_locale(context)).replace("\u202f", " ")


def luhn(value: Any) -> bool:
    """Filter: whether the digits satisfy the Luhn check (ISO/IEC 7812-1 annex B)."""
    text = str(value)
    if not (text.isascii() and text.isdecimal()):
        return False
    total = 0
    for place, character in enumerate(reversed(text)):
        digit = int(character) * (1 + place % 2)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


FILTERS: Mapping[str, Callable[..., Any]] = {
    "digits": digits,
    "ordinal": ordinal,
    "currency": currency,
    "date": spoken_date,
    "time": spoken_time,
    "luhn": luhn,
}


def _language(context: Context) -> str:
    language = context.get("language")
    return language if isinstance(language, str) else DEFAULT_LANGUAGE


def _locale(context: Context) -> Locale:
    return _locale_of(_language(context))


@lru_cache(maxsize=MOST_LANGUAGES)
def _locale_of(language: str) -> Locale:
    from babel import Locale, UnknownLocaleError

    for tag in (language, language.split("-")[0]):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def _moment(value: Any) -> date:
    if isinstance(value, datetime | date):
        return value
    text = str(value)
    try:
        return datetime.fromisoformat(text) if len(text) > len("2026-01-01") else date.fromisoformat(text)
    except ValueError:
        raise ValueError("an ISO 8601 date or time is expected, such as 2026-11-23T10:30") from None
