"""How a call ends: with its last words, with an apology, and with the work that is left to do."""

from __future__ import annotations

from ivr.core.effects import End
from ivr.core.prompts import apology
from ivr.core.session import place
from ivr.core.turn import Turn
from ivr.core.wording import worded


def end(turn: Turn, reason: str, by: str | None = None) -> None:
    """The call is over, ended by the current node or by another: close the line and do the work of `on_hangup`."""
    turn.reason = reason
    turn.ended_by = place(turn.stack) if by is None else by
    turn.over_at = turn.at
    turn.stop_recording(keep=True)
    turn.phase = "over"
    turn.ask(End(reason))
    turn.playing, turn.listening, turn.fetching, turn.deadline = (), None, None, None
    turn.keypad.clear()
    turn.recovering, turn.chain = False, 0
    turn.memory = {}
    turn.stack = turn.stack[:1]
    turn.leave(turn.root.on_hangup, "on_hangup")


def apologise(turn: Turn, reason: str) -> None:
    """Say the last words, whatever else is wrong; when they have been heard, `end_apology` ends the call."""
    turn.hush()
    turn.keypad.clear()
    turn.listening, turn.fetching, turn.target = None, None, None
    turn.stop_recording(keep=True)
    turn.wait(None)
    turn.reason, turn.ended_by = reason, place(turn.stack)
    turn.phase = "apologising"
    say_apology(turn)


def say_apology(turn: Turn) -> None:
    """Say the last words, from their beginning."""
    turn.play_segments(worded(turn, "apology", apology(turn.language, turn.root.voice)))


def end_apology(turn: Turn) -> None:
    """The last words have been heard, or nobody is there to hear them."""
    end(turn, turn.reason or "error", by=turn.ended_by)
