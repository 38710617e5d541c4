"""The voices that speak to a flow: which ones are usual for a language, and what their names mean.

A name is a synthesiser, `piper` or `espeak`, or one of its voices as in a flow; behind a `+` stands how it differs.
"""

from __future__ import annotations

from ivr.core.segments import RATE, Voice
from ivr.speech import piper_voices

PIPER, ESPEAK = "piper", "espeak"

SPEEDS = {"high": 1.12, "low": 0.93}
"""How Piper's few voices become several people: they speak so many times slower, and are played as much faster."""
VARIANTS = ("f5", "adam", "f2", "m3", "klatt4", "f1", "m5", "belinda", "m7", "f4", "m1", "f3")
"""Variants of eSpeak NG's voices, women and men in turn: the pitch and the formants differ, as between people."""

_NATURAL = (PIPER, *(f"{PIPER}+{how}" for how in SPEEDS))
_OTHERS = tuple(f"{ESPEAK}+{variant}" for variant in VARIANTS)
MOST_VOICES = len(_OTHERS)

_PIPER_ENDS = (".onnx", "piper-voice", "piper_voice")
_ANY_VOICE = "art/eo"
"""A variant is named with a voice, and the voice that speaks a language is chosen by `ivr.speech.voices`: of any voice
of another language it takes the variant. Hardly any flow speaks Esperanto."""


class VoiceNameError(ValueError):
    """A name that means no voice; the message says what was expected."""


def usual(language: str, count: int) -> tuple[str, ...]:
    """Name so many voices for a language, a BCP 47 tag: Piper's first, if it speaks that.

    Raises:
        UnknownVoiceError: a voice of Piper can't be read.
    """
    return ((*_NATURAL, *_OTHERS) if piper_voices.speaks(language) else _OTHERS)[:count]


def checked(name: str) -> str:
    """Give back a name that may mean a voice; VoiceNameError if it can't."""
    stem, plus, how = _parts(name)
    if _is_piper(stem):
        expected = f"{stem} or {', '.join(f'{stem}+{each}' for each in SPEEDS)}"
        known = not plus or how in SPEEDS
    else:
        expected = f"{PIPER}, {ESPEAK}, either with a variant ({PIPER}+high, {ESPEAK}+f2), or a voice as in a flow"
        known = stem == ESPEAK or "/" in stem
    if not known:
        raise VoiceNameError(f"expected {expected}; got {name!r}")
    return name


def voice(name: str, rate: int) -> Voice:
    """The voice of a name, that speaks at a rate in words a minute once it is played at its speed."""
    stem, plus, how = _parts(name)
    if _is_piper(stem):
        return Voice(None if stem == PIPER else stem, round(rate / speed(name)), engine="piper")
    if stem == ESPEAK:
        return Voice(f"{_ANY_VOICE}+{how}" if plus else None, rate)
    return Voice(name, rate)


def speed(name: str) -> float:
    """How many times faster a voice is played than it was spoken."""
    stem, _, how = _parts(name)
    return SPEEDS[how] if how and _is_piper(stem) else 1.0


def speaks(name: str, language: str) -> bool:
    """Whether a voice can speak a language: eSpeak NG's can all; UnknownVoiceError if there is no such voice."""
    found = voice(name, RATE)
    return found.engine == "espeak" or piper_voices.choose(language, found) is not None


def _parts(name: str) -> tuple[str, str, str]:
    """A name, its `+` if it has one, and what stands behind: of an eSpeak id all is the name."""
    stem, plus, how = name.rpartition("+")
    return (stem, plus, how) if plus and (stem == ESPEAK or _is_piper(stem)) else (name, "", "")


def _is_piper(stem: str) -> bool:
    return stem == PIPER or stem.endswith(_PIPER_ENDS)
