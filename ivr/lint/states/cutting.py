"""How long a caller listens who knows what to press as soon as it was said."""

from __future__ import annotations

from dataclasses import replace

from ivr.core.durations import duration
from ivr.core.expressions import ExpressionError
from ivr.core.prompts import Announcement, ByLanguage, Named, Piece, Prompt, Stage, segments
from ivr.core.turn import Turn
from ivr.nodes.menu import Choice, Menu


def until_choice(menu: Menu, choice: Choice, turn: Turn) -> int | None:
    """Milliseconds from the beginning of a menu's prompt to the end of what announces a choice.

    None where the prompt does not announce it by `{choices: …}`, or can't be said. The call of `turn` is at the menu.
    """
    if not choice.label.entries:
        return None
    stage = turn.stage(menu.announced())
    shortened, found = _until(menu.prompt, stage)
    if not found:
        return None
    labelled = [each for each in menu.choices if each.label.entries]
    heard = replace(stage, choices=stage.choices[: labelled.index(choice) + 1])
    try:
        return sum(map(duration, segments(shortened, heard)))
    except ExpressionError:
        return None


def _until(prompt: Prompt, stage: Stage) -> tuple[Prompt, bool]:
    """A prompt up to its first announcement of choices, and whether there is one."""
    kept: list[Piece] = []
    for piece in prompt:
        shortened, found = _shortened(piece, stage)
        kept.extend(shortened)
        if found:
            return tuple(kept), True
    return tuple(kept), False


def _shortened(piece: Piece, stage: Stage) -> tuple[Prompt, bool]:
    match piece:
        case Announcement():
            return (piece,), True
        case Named(name):
            return _until(stage.prompts.get(name, ()), stage)
        case ByLanguage():
            chosen, language = piece.pick(stage.language, stage.fallback)
            inner, found = _until(chosen or (), stage)
            return (ByLanguage({language: inner}),), found
        case _:
            return (piece,), False
