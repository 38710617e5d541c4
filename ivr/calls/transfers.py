"""Transfers by the operator's own webhook, for carriers that can't hand a call on themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from ivr.calls.clock import Clock
from ivr.calls.lookups import Answer, Fault, Lookups
from ivr.core.effects import Fetch
from ivr.core.events import TransferFault

TIMEOUT = 10_000
"""Milliseconds that the operator's system may take, all of which the caller spends in silence."""

TRANSFERRED = "transferred"
_SHOWN = 40
"""Characters of an unknown result that a message repeats."""


@dataclass(frozen=True, slots=True)
class Handover:
    """A call on its way to another number."""

    call_id: str
    """The carrier's id of the call."""
    caller: str = field(repr=False)
    to: str = field(repr=False)
    """The target of the transfer: a number or an address, as the flow says; it may refer to secrets."""
    flow: str
    node: str
    stream_id: str | None = None
    """The carrier's id of the media stream, where it has one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a transfer: `fault` is None where the call was handed on."""

    fault: TransferFault | None = None
    message: str = ""


class Transfers:
    """Asks the operator's `transfer_url` to hand calls on.

    The request is a POST of JSON: `call_id`, `stream_id` (if there is one), `from`, `to`, `flow`, `node`. An
    answer of 2xx means the call was handed on, unless its JSON says otherwise: `{"result": R}` with R one of
    `transferred`, `busy`, `no_answer`, `unsupported`. The three faults count with any status; all else is
    `unsupported`. The request is sent once: a second one might ring twice.
    """

    def __init__(self, url: str, clock: Clock | None = None) -> None:
        """Prepare to post to `url`, which may be private: it is the operator's own; `clock` is as of `Lookups`."""
        self._url = url
        self._lookups = Lookups(allow_private=True, clock=clock)

    async def transfer(self, handover: Handover, secrets: Mapping[str, str]) -> Outcome:
        """Ask for one transfer, and return what became of it; only cancelling raises."""
        asked = {
            "call_id": handover.call_id,
            "from": handover.caller,
            "to": handover.to,
            "flow": handover.flow,
            "node": handover.node,
        }
        if handover.stream_id is not None:
            asked["stream_id"] = handover.stream_id
        key = f"{handover.call_id}/transfer/{handover.flow}/{handover.node}"
        fetch = Fetch(lookup=0, key=key, method="POST", url=self._url, timeout=TIMEOUT, json=asked)
        match await self._lookups.send(fetch, secrets):
            case Fault(message=message):
                return Outcome("unsupported", f"transfer_url: {message}")
            case Answer() as answer:
                return _outcome(answer)

    async def aclose(self) -> None:
        """Close all connections; nothing may be transferred any more."""
        await self._lookups.aclose()


def _outcome(answer: Answer) -> Outcome:
    result = answer.body.get("result") if isinstance(answer.body, dict) else None
    for fault in get_args(TransferFault):
        if result == fault:
            return Outcome(fault, f"transfer_url answered {fault}")
    if not 200 <= answer.status < 300:
        return Outcome("unsupported", f"transfer_url answered with status {answer.status}")
    if result in (None, TRANSFERRED):
        return Outcome()
    known = ", ".join((TRANSFERRED, *get_args(TransferFault)))
    return Outcome("unsupported", f"transfer_url answered {str(result)[:_SHOWN]!r}; expected one of {known}")
