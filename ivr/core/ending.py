"""How a call ends: with its last words, with an apology, and with the work that is left to do."""

from __future__ import annotations

from ivr.core.effects import End
from ivr.core.expressions import ExpressionError
from ivr.core.prompts import apology, segments
from ivr.core.segments import Segment
from ivr.core.session import place
from ivr.core.turn import Turn


def end(turn: Turn, reason: str, by: str | None = None) -> None:
    """The call is over, ended by the current node or by another: close the line and do the work of `on_hangup`."""
    turn.reason = reason
    turn.ended_by = place(turn.stack) if by is None else by
    turn.over_at = turn.at
    turn.stop_recording(keep=True)
    turn.phase = "over"
    turn.ask(End(reason))
    turn.playing, turn.listening, turn.fetching, turn.deadline = (), None, None, None
    turn.keys, turn.swallow, turn.recovering, turn.chain = "", None, False, 0
    turn.memory = {}
    turn.stack = turn.stack[:1]
    turn.leave(turn.root.on_hangup)


def apologise(turn: Turn, reason: str) -> None:
    """Say the last words, whatever else is wrong; when they have been heard, `end_apology` ends the call."""
    turn.hush()
    turn.keys, turn.listening, turn.fetching, turn.target = "", None, None, None
    turn.stop_recording(keep=True)
    turn.wait(None)
    turn.reason, turn.ended_by = reason, place(turn.stack)
    turn.phase = "apologising"
    turn.play_segments(_last_words(turn))


def end_apology(turn: Turn) -> None:
    """The last words have been heard, or nobody is there to hear them."""
    end(turn, turn.reason or "error", by=turn.ended_by)


def _last_words(turn: Turn) -> tuple[Segment, ...]:
    """The prompt `apology` of the innermost flow that has one to say, else the built-in one."""
    stack = turn.stack
    said: tuple[Segment, ...] = ()
    while turn.stack and not said:
        try:
            said = segments(turn.flow.prompts.get("apology", ()), turn.stage())
        except ExpressionError as error:
            turn.explain(f"the prompt apology can't be said: {error}")
        turn.stack = turn.stack[:-1]
    turn.stack = stack
    return said or (apology(turn.language, turn.root.voice),)
