"""What a caller may say at the current node, in the call's language."""

from __future__ import annotations

from ivr.core.prompts import ByLanguage
from ivr.core.spoken import normal
from ivr.core.turn import Turn


def phrases(say: ByLanguage[tuple[str, ...]] | None, turn: Turn) -> tuple[str, ...]:
    """The phrases offered in the call's language."""
    if say is None:
        return ()
    return say.pick(turn.language, turn.flow.language)[0] or ()


def may_go_on(turn: Turn, said: str) -> bool:
    """Whether these words may be the beginning of something longer that is listened for."""
    heard = turn.listening
    if heard is None:
        return False
    return heard.free or any(normal(phrase).startswith(said + " ") for phrase in heard.phrases)
