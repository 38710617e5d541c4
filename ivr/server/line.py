"""What the server serves: its flows, its calls, and whether it takes new ones."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from weakref import WeakValueDictionary

from ivr.calls.clock import wall_clock
from ivr.calls.driver import Driver
from ivr.calls.registry import Registry
from ivr.calls.services import Services
from ivr.calls.store.errors import StoreAway
from ivr.calls.store.store import Stored
from ivr.calls.wire import Wire
from ivr.carriers.facts import AnswerRequest
from ivr.core.flow import Flow
from ivr.core.session import Call, begin
from ivr.document.finding import Finding
from ivr.document.load import Loaded, route
from ivr.logs import log
from ivr.server.places import Places, Seats
from ivr.server.tokens import StreamPass, TokenRefused, Tokens

FIRST_STREAM_MS = 120_000
"""How long after the answer the stream of a call may first open; later ones must belong to a call that goes on."""
FRESH_MS = 1_000
"""A stream that opens so soon after the answer is the first one of its call, if the store can't be asked: a carrier
that comes back waits longer."""
STORE_PATIENCE_S = 20.0
"""How long a carrier that comes back is kept waiting for a store that is away."""
ASK_AGAIN_S = 0.5

logger = logging.getLogger(__name__)


class Refused(Exception):
    """A request that can't be served, with the HTTP status that says so."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Line:
    """All that webhooks and streams share."""

    flows: Mapping[str, Flow]
    findings: tuple[Finding, ...]
    services: Services
    tokens: Tokens
    env: Mapping[str, str] = field(repr=False)
    """The environment values that flows may read."""
    longest_call: int
    """Seconds after which a stream's URL is worth nothing."""
    wall: Callable[[], int] = wall_clock
    """The date and time of calls that begin, in milliseconds since 1970-01-01 UTC."""
    folder: Path = Path()
    """That of the flows."""
    parts: tuple[Loaded, ...] = ()
    """The texts that the flows were made of: the newest ones, then those of flows that have errors by now."""
    max_unread: int = 1_000
    """Messages that a peer may leave unread: 1,000 are about 200 s of audio."""
    seats: Seats = field(default_factory=lambda: Places().mine())
    """The seats of the machine's calls."""
    calls: Registry = field(default_factory=Registry)
    wires: set[Wire] = field(default_factory=set)
    """The open connections of carriers, also those that have not begun a call."""
    draining: bool = False
    """Whether new calls are refused because the process is about to end."""
    _taking: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    """What keeps two streams of one call apart while the store is asked for it."""

    def answer(self, request: AnswerRequest, wanted: str | None) -> str:
        """The token for the stream of a call that has just been answered.

        Raises:
            Refused: the process takes no call now.
            RoutingError: no flow answers it.
        """
        if self.draining:
            raise Refused(503, "the server is about to end; take the fallback")
        flow = route(self.flows, request.called, wanted)
        if not self.seats.answered(request.call_id):
            raise Refused(503, f"the server takes no more than {self.seats.limit} calls at a time")
        log(logger, logging.INFO, "call answered", call=request.call_id, caller=request.caller, called=request.called)
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
        return stream_pass

    async def call(self, stream_pass: StreamPass) -> Driver:
        """The call that a stream belongs to: one that goes on here, or went on in another process, or a new one.

        Raises:
            Refused: it is over, or can't be known or begun now.
        """
        call_id = stream_pass.call_id
        async with self._taking.setdefault(call_id, asyncio.Lock()):
            going_on = self.calls.find(call_id)
            if going_on is not None and await self._is_ours(going_on):
                return going_on
            answered = self.seats.began(call_id)
            try:
                stored = None if answered and going_on is None else await self._taken(stream_pass)
                driver = self._new(stream_pass) if stored is None else await self._taken_over(stored)
                if driver.over:
                    driver.resume()
                    raise Refused(410, "the call is over")
                return driver
            except Refused:
                self.seats.ended(call_id)
                raise

    async def _is_ours(self, driver: Driver) -> bool:
        """Whether a call has not gone on elsewhere: only while the store was there can anybody have taken it."""
        store = self.services.store
        since = None if store is None else store.health.since
        if since is not None and wall_clock() - since >= driver.attendance.broken_for * 1000:
            return True
        if await driver.claim.holds(STORE_PATIENCE_S):
            return True
        driver.abandon(taken=True)
        return False

    async def _taken(self, stream_pass: StreamPass) -> Stored | None:
        """What another process has stored of a call, which is ours from now on; None if it is a new call.

        Raises:
            Refused: the call is over, or the store is away for too long.
        """
        store = self.services.store
        if store is None:
            return None
        until = time.monotonic() + STORE_PATIENCE_S
        while True:
            try:
                stored = await store.take(stream_pass.call_id)
                if stored is None and await store.has_ended(stream_pass.call_id):
                    raise Refused(410, "the call is over")
            except StoreAway:
                if self._since_answer(stream_pass) < FRESH_MS:
                    return None
                if time.monotonic() >= until:
                    raise Refused(503, "the store that has the call is away") from None
            else:
                return stored
            await asyncio.sleep(ASK_AGAIN_S)

    def _since_answer(self, stream_pass: StreamPass) -> int:
        """Milliseconds since the call was answered."""
        return self.longest_call * 1000 - (stream_pass.expires_at - self.wall())

    async def _taken_over(self, stored: Stored) -> Driver:
        """A call that goes on here now, on the flow that it began with.

        Raises:
            Refused: its flow is not there any more.
        """
        call = stored.session.call
        flow = await self._flow(stored)
        if flow is None:
            log(logger, logging.ERROR, "a call's flow is gone", call=call.id, flow=stored.flow)
            stored.kept.end(replace(stored.session, phase="done", reason=stored.session.reason or "error"))
            raise Refused(410, f"the flow “{stored.flow}” of the call is gone")
        log(logger, logging.WARNING, "call taken over", call=call.id, at=stored.at, flow=flow.id)
        return self._added(Driver(flow, stored.session, self.services, self._done, stored))

    async def _flow(self, stored: Stored) -> Flow | None:
        for flow in self.flows.values():
            if flow.fingerprint == stored.fingerprint:
                return flow
        store = self.services.store
        try:
            return None if store is None else await store.flow(stored.fingerprint, self.folder)
        except StoreAway:
            raise Refused(503, "the store that has the call's flow is away") from None

    async def follow_orders(self) -> None:
        """Hang up calls whose end an operator asked for, perhaps of another process."""
        if (store := self.services.store) is None or not len(self.calls):
            return
        try:
            ordered = await store.hang_ups()
        except StoreAway:
            return  # They are asked for again.
        for call_id in ordered:
            if (call := self.calls.find(call_id)) is not None:
                call.hang_up("operator")

    async def sweep(self) -> None:
        """End calls of processes that are gone, to which no carrier has come back, and do what is left to do."""
        store = self.services.store
        if store is None:
            return
        try:
            for call_id in await store.orphans(self.services.reconnect):
                if self.calls.find(call_id) is None and (stored := await store.take(call_id)) is not None:
                    (await self._taken_over(stored)).resume()
        except (StoreAway, Refused):
            pass  # They are found again.

    def _new(self, stream_pass: StreamPass) -> Driver:
        flow = self.flows.get(stream_pass.flow)
        if flow is None:
            raise Refused(503, f"the flow “{stream_pass.flow}” is not served any more")
        if self._since_answer(stream_pass) > FIRST_STREAM_MS:
            raise Refused(410, "the stream comes too long after the answer")
        call = Call(
            stream_pass.call_id,
            stream_pass.caller,
            stream_pass.called,
            "outbound" if stream_pass.direction == "outbound" else "inbound",
            self.wall(),
            can_transfer=self.services.transfers is not None,
        )
        return self._added(Driver(flow, begin(flow, call, self.env), self.services, self._done))

    def _added(self, driver: Driver) -> Driver:
        self.calls.add(driver)
        self.seats.began(driver.session.call.id)
        return driver

    def _done(self, driver: Driver) -> None:
        self.calls.remove(driver)
        self.seats.ended(driver.session.call.id)


def _moment(text: str, otherwise: int) -> int:
    """The time that a carrier wrote, in UTC unless it says otherwise, in milliseconds since 1970."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return otherwise
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
