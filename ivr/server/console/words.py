"""How pages say what became of calls."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.calls.records.record import Outcome

OUTCOMES: Mapping[Outcome, str] = {
    "contained": "served by the flow",
    "transferred": "handed on to somebody",
    "abandoned": "left by the caller before any goal",
    "failed": "broken off",
}
LOOKS: Mapping[Outcome, str] = {"contained": "good", "transferred": "", "abandoned": "warn", "failed": "bad"}
"""The class of an outcome's badge."""
_REASONS = {
    "transfer": "the call was handed on",
    "failure": "the caller's attempts were used up",
    "error": "an error that the flow does not handle",
    "hangup": "the flow hung up",
}


def ended(reason: str | None, by: str | None) -> str:
    """Why a call ended, where the reason is one of the engine's; other reasons are the words of its flow."""
    match by, reason:
        case "caller", _:
            return "the caller hung up"
        case "operator", _:
            return "an operator hung up"
        case _, None:
            return "it is not known why"
        case _:
            return _REASONS.get(reason, f"“{reason}”")
