"""Prompts that are ours where no flow of the call words them itself."""

from __future__ import annotations

from ivr.core.expressions import ExpressionError
from ivr.core.prompts import keys_only, segments
from ivr.core.segments import Segment, Speech
from ivr.core.turn import Turn


def worded(turn: Turn, name: str, built_in: Speech) -> tuple[Segment, ...]:
    """The prompt of that name of the innermost flow that has one to say, else the built-in one."""
    stack = turn.stack
    said: tuple[Segment, ...] = ()
    while turn.stack and not said:
        try:
            said = segments(turn.flow.prompts.get(name, ()), turn.stage())
        except ExpressionError as error:
            turn.explain(f"the prompt {name} can't be said: {error}")
        turn.stack = turn.stack[:-1]
    turn.stack = stack
    return said or (built_in,)


def hint_at_keys(turn: Turn) -> bool:
    """Tell the caller to use the keys; False if that was said before in the call."""
    if turn.keys_hint is not None:
        return False
    said = turn.play_segments(worded(turn, "keys_only", keys_only(turn.language, turn.root.voice)))
    turn.keys_hint = turn.serial
    return said
