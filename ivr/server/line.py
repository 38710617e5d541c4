"""What the server serves: its flows, its calls, and whether it takes new ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ivr.calls.driver import Driver
from ivr.calls.registry import Registry
from ivr.calls.services import Services
from ivr.calls.wire import Wire
from ivr.carriers.facts import AnswerRequest
from ivr.core.flow import Flow
from ivr.core.session import Call, begin
from ivr.document.finding import Finding
from ivr.document.load import route
from ivr.server.tokens import StreamPass, TokenRefused, Tokens

FIRST_STREAM_MS = 120_000
"""How long after the answer the stream of a call may first open; later ones must belong to a call that goes on."""


class Refused(Exception):
    """A request that can't be served, with the HTTP status that says so."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def milliseconds() -> int:
    """Now, since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Line:
    """All that webhooks and streams share."""

    flows: Mapping[str, Flow]
    findings: tuple[Finding, ...]
    services: Services
    tokens: Tokens
    env: Mapping[str, str] = field(repr=False)
    """The environment values that flows may read."""
    max_calls: int
    longest_call: int
    """Seconds after which a stream's URL is worth nothing."""
    wall: Callable[[], int] = milliseconds
    """The date and time of calls that begin, in milliseconds since 1970-01-01 UTC."""
    calls: Registry = field(default_factory=Registry)
    wires: set[Wire] = field(default_factory=set)
    """The open connections of carriers, also those that have not begun a call."""
    draining: bool = False
    """Whether new calls are refused because the process is about to end."""

    def answer(self, request: AnswerRequest, wanted: str | None) -> str:
        """The token for the stream of a call that has just been answered.

        Raises:
            Refused: the process takes no call now.
            RoutingError: no flow answers it.
        """
        if self.draining:
            raise Refused(503, "the server is about to end; take the fallback")
        if len(self.calls) >= self.max_calls:
            raise Refused(503, f"the server takes no more than {self.max_calls} at a time")
        flow = route(self.flows, request.called, wanted)
        now = self.wall()
        return self.tokens.sign(
            StreamPass(
                call_id=request.call_id,
                caller=request.caller,
                called=request.called,
                direction=request.direction,
                flow=flow.id,
                started_at=_moment(request.answered_at, now),
                expires_at=now + self.longest_call * 1000,
            )
        )

    def admit(self, token: str) -> StreamPass:
        """The pass of a stream that wants to open.

        Raises:
            Refused: its token gives no leave; or the call is over, was not begun in time, or can't begin now.
        """
        now = self.wall()
        try:
            stream_pass = self.tokens.read(token, now)
        except TokenRefused as refusal:
            raise Refused(403, str(refusal)) from None
        going_on = self.calls.find(stream_pass.call_id)
        if self.calls.has_ended(stream_pass.call_id) or (going_on is not None and going_on.over):
            raise Refused(410, "the call is over")
        if going_on is not None:
            return stream_pass
        if stream_pass.expires_at - now < self.longest_call * 1000 - FIRST_STREAM_MS:
            raise Refused(410, "the stream comes too long after the answer")
        if self.draining:
            raise Refused(503, "the server is about to end")
        if stream_pass.flow not in self.flows:
            raise Refused(503, f"the flow “{stream_pass.flow}” is not served any more")
        return stream_pass

    def call(self, stream_pass: StreamPass) -> Driver:
        """The call that a stream belongs to: the one that goes on, or a new one."""
        going_on = self.calls.find(stream_pass.call_id)
        if going_on is not None:
            return going_on
        flow = self.flows[stream_pass.flow]
        call = Call(
            stream_pass.call_id,
            stream_pass.caller,
            stream_pass.called,
            "outbound" if stream_pass.direction == "outbound" else "inbound",
            self.wall(),
            can_transfer=self.services.transfers is not None,
        )
        driver = Driver(flow, begin(flow, call, self.env), self.services, self.calls.remove)
        self.calls.add(driver)
        return driver


def _moment(text: str, otherwise: int) -> int:
    """The time that a carrier wrote, in UTC unless it says otherwise, in milliseconds since 1970."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return otherwise
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
