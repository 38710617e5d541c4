"""What a caller does, a line each, where the keys don't come from a terminal."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.core.reading import duration
from ivr.desk.errors import WrongUse

TYPED_KEYS = frozenset("0123456789*#")
"""The keys that a telephone of today has."""

LINES = """\
  12#        presses these keys, 100 ms apart (also press 12#)
  say TEXT   speaks, and goes on when it is said
  wait 2s    lets time pass (also 500ms, 1m)
  hear TEXT  waits, at most 30 s, until a prompt with this text begins
  hang up    ends the call"""
"""The lines that there are, for people."""


@dataclass(frozen=True, slots=True)
class Press:
    """Press keys."""

    keys: str


@dataclass(frozen=True, slots=True)
class Say:
    """Speak."""

    text: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass."""

    milliseconds: int


@dataclass(frozen=True, slots=True)
class Hear:
    """Wait for a prompt."""

    text: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


Action = Press | Say | Wait | Hear | HangUp


def action(line: str, *, or_said: bool = False) -> Action | None:
    """Read a line; None if it is empty. `or_said` takes what else it may be for something that is said.

    Raises:
        WrongUse: it means nothing.
    """
    word, _, rest = line.strip().partition(" ")
    match word, rest.strip():
        case "", _:
            return None
        case "press", keys if keys:
            if not set(keys := "".join(keys.split())) <= TYPED_KEYS:
                raise WrongUse(f"“{line.strip()}”: the keys of a telephone are 0-9 * #")
            return Press(keys)
        case "hear", text if text:
            return Hear(text)
        case "say", text if text:
            return Say(text)
        case "wait", length if length:
            try:
                return Wait(duration(length))
            except ValueError as error:
                raise WrongUse(f"“{line.strip()}”: {error}") from None
        case "hang", "up":
            return HangUp()
        case _ if set(keys := "".join(line.split())) <= TYPED_KEYS:
            return Press(keys)
        case _ if or_said:
            return Say(line.strip())
        case _:
            raise WrongUse(f"“{line.strip()}” is no line of a script; there are:\n{LINES}")
