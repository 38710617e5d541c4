"""Digits typed or said into a field: when the entry goes on, is whole, or is wrong (W3C VoiceXML 2.0 Appendix D)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ivr.core.fields import Fields, key_set
from ivr.core.stimulus import Stimulus, pressed

SWALLOW_MS = 2_000
"""How long a finish key after a full field means nothing."""
MAX_DIGITS = 1_000
"""The most that a field without `max` takes."""


@dataclass(frozen=True, slots=True)
class Digits:
    """What keys may be collected."""

    min: int = 1
    max: int = MAX_DIGITS
    finish: str = "#"
    """Keys of which each one ends the entry."""
    between: int = 3_000
    """Milliseconds for each key after the first."""
    keys: str = "0123456789"
    erase: str = ""


Verdict = Literal["more", "full", "finished", "too_short", "erased", "foreign"]
"""What a key does to an entry: `foreign` is none of the field's keys."""


def verdict(digits: Digits, entry: str, key: str) -> Verdict:
    """What the next key means after those of `entry`: it is looked up as finish, erase, then as one of the keys."""
    if key in digits.finish:
        return completed(digits, entry)
    if key in digits.erase:
        return "erased"
    if key not in digits.keys:
        return "foreign"
    return "full" if len(entry) + 1 >= digits.max else "more"


def completed(digits: Digits, entry: str) -> Verdict:
    """What an entry is that ends here, by a finish key or by time."""
    return "finished" if len(entry) >= digits.min else "too_short"


def fits(digits: Digits, value: str) -> bool:
    """Whether spoken digits could have been typed, as all of the value."""
    return digits.min <= len(value) <= digits.max and _typeable(digits, value)


def verdict_of_speech(digits: Digits, entry: str, said: str) -> Literal["more", "finished", "foreign"]:
    """What spoken digits mean after those of `entry`: what is enough is all, too many or others are foreign."""
    if len(entry + said) > digits.max or not _typeable(digits, said):
        return "foreign"
    return "finished" if fits(digits, entry + said) else "more"


def _typeable(digits: Digits, value: str) -> bool:
    return set(value) <= set(digits.keys) - set(digits.finish) - set(digits.erase)


def stimulus(digits: Digits) -> Stimulus:
    """How a caller fills the field with as few keys as it takes."""
    typeable = [key for key in digits.keys if _typeable(digits, key)]
    entry = (typeable or [""])[-1] * max(digits.min, 1)
    if len(entry) == digits.max:
        return pressed("answer", entry)
    return pressed("answer", entry + digits.finish[:1], waits=not digits.finish)


SCHEMA: Mapping[str, Any] = {
    "title": "a number of digits, or a mapping such as {min: 4, max: 12}",
    "description": "How many digits: a number, or from min to max.",
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": MAX_DIGITS},
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "min": {"type": "integer", "minimum": 0, "maximum": MAX_DIGITS, "default": 1},
                "max": {"type": "integer", "minimum": 1, "maximum": MAX_DIGITS},
                "finish": {"$ref": "#/$defs/finish", "default": "#"},
                "between": {"$ref": "#/$defs/duration", "default": "3s"},
                "keys": {"$ref": "#/$defs/keys", "default": "0123456789"},
                "erase": {
                    "title": "one key of the telephone, or none",
                    "description": "A key that empties the entry.",
                    "anyOf": [{"const": "none"}, {"$ref": "#/$defs/key"}],
                },
            },
        },
    ],
    "examples": [6, {"min": 4, "max": 12, "finish": "#", "erase": "*"}],
}
"""JSON Schema of `digits`."""


def read_digits(fields: Fields, key: str) -> Digits | None:
    """What the author wrote of a field; None if it takes no digits."""
    raw = fields.raw.get(key)
    if raw is None:
        return None
    if isinstance(raw, int):
        return Digits(min=raw, max=raw)
    usual = Digits()
    digits = Digits(
        min=raw.get("min", usual.min),
        max=raw.get("max", usual.max),
        finish=key_set(raw.get("finish", usual.finish)),
        between=fields.reading.duration(raw.get("between", "3s"), fields.at(key, "between")),
        keys=key_set(raw.get("keys", usual.keys)),
        erase=key_set(raw.get("erase", "none")),
    )
    if digits.min > digits.max:
        fields.reading.fault(
            fields.at(key, "min"), f"min is {digits.min}, but max is {digits.max}: no entry can have so many digits"
        )
    return digits
