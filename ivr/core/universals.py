"""The keys and phrases that every menu and collect of a flow takes, and where they lead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from ivr.core.offered import phrases
from ivr.core.spoken import normal
from ivr.core.stimulus import Stimulus, pressed, said
from ivr.core.turn import Turn


def universal_phrases(turn: Turn) -> tuple[str, ...]:
    """All phrases of the flow's universals, in the call's language."""
    return tuple(phrase for universal in turn.flow.universals for phrase in phrases(universal.say, turn))


def pressed_universal(turn: Turn, key: str) -> int | None:
    """The place of the universal on a key."""
    return next((place for place, each in enumerate(turn.flow.universals) if each.press == key), None)


def said_universal(turn: Turn, words: str) -> int | None:
    """The place of the universal with a phrase; `words` are `normal`."""
    universals = enumerate(turn.flow.universals)
    return next((place for place, each in universals if words in map(normal, phrases(each.say, turn))), None)


def follow(turn: Turn, place: int, why: str) -> bool:
    """Go where a universal leads; True if that is here, so that the same is to be asked again."""
    universal, way = turn.flow.universals[place], f"universals.{place}"
    turn.accepted()
    match universal.do:
        case None:
            turn.explain(f"{why} leads to “{universal.next}”", "universal")
            turn.leave(universal.next, way)
            return False
        case "repeat":
            turn.explain(f"{why} repeats", "universal")
            return True
        case "back":
            turn.explain(f"{why} goes back", "universal")
            return _goes_nowhere(turn, way)
        case "start":
            turn.explain(f"{why} goes to the start", "universal")
            turn.stack = (*turn.stack[:-1], replace(turn.here, history=()))
            turn.leave(turn.flow.start, way)
            return False
        case _:
            assert_never(universal.do)


def _goes_nowhere(turn: Turn, way: str) -> bool:
    """Go back to the input node before this one; True if this is the first one."""
    history = turn.here.history
    if len(history) < 2:
        return True
    turn.stack = (*turn.stack[:-1], replace(turn.here, history=history[:-1]))
    turn.leave(history[-2], way)
    return False


def universal_stimuli(turn: Turn, left: list[str]) -> Iterator[Stimulus]:
    """How callers take each universal, where the node leaves them these keys: by its key, else by a phrase."""
    for universal in turn.flow.universals:
        heard = phrases(universal.say, turn)
        if universal.press in left:
            yield pressed("universal", universal.press)
        elif heard:
            yield said("universal", heard[0])
