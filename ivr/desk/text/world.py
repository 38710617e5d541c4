"""The servers of a call in the terminal: scenario files answer for them, else whoever plays the caller does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ivr.core.effects import Fetch
from ivr.core.events import LookupAnswered, LookupFailed
from ivr.core.expressions import ExpressionError
from ivr.core.filling import filled
from ivr.core.session import node_of
from ivr.core.turn import Turn
from ivr.core.values import MASK, Sensitive, mask_references
from ivr.document.scenarios import Exchange, Scenario
from ivr.nodes.http import Http
from ivr.simulate.telephone import Telephone
from ivr.simulate.world import World


@dataclass(frozen=True, slots=True)
class Known:
    """What a scenario file answers to one request: its entries in order, the last one again and again."""

    file: str
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that has left."""

    at: int
    lookup: int
    request: str
    """As scenario files name it, whatever it holds: not to be shown."""
    exchange: Exchange | None = None
    """What came of it; None where nobody has said: then nothing comes in time."""


class PlayedWorld(World):
    """Answers the lookups of one call, and tells of each in the transcript."""

    def __init__(self, scenario: Scenario, known: Mapping[str, Known], answers: Mapping[int, Exchange]) -> None:
        """Answer as files do for the requests that they know, and as was said for the n-th request of the call."""
        super().__init__(scenario)
        self.phone: Telephone | None = None
        """The telephone of the call, once there is one."""
        self.sent: list[Sent] = []
        self._known = known
        self._answers = answers
        self._asked: Counter[str] = Counter()

    @property
    def pending(self) -> Sent | None:
        """The request that waits for somebody to say what comes of it."""
        if self.phone is None or not self.sent or self.sent[-1].exchange is not None:
            return None
        return self.sent[-1] if self.sent[-1].lookup == self.phone.session.fetching else None

    def answer(self, fetch: Fetch, now: int) -> LookupAnswered | LookupFailed:
        """The event that the request leads to; for a request without an answer, that none comes in time."""
        self.sent.append(Sent(now, fetch.lookup, ""))
        if self.phone is not None:
            self.phone.note("world", f"to {_shown(self.phone, fetch, now)}")
        event = super().answer(fetch, now)
        if self.phone is not None and (file := self._file()) is not None:
            self.phone.note("world", f"{file} says: {told(self.sent[-1].exchange)}")
        return event

    def entry(self, request: str) -> Exchange | None:
        """What comes of a request: as was said, else as files say, else that no answer comes in time."""
        exchange = self._answers.get(len(self.sent) - 1)
        if exchange is None and (known := self._known.get(request)) is not None:
            place = min(self._asked[request], len(known.exchanges) - 1)
            self._asked[request] += 1
            exchange = known.exchanges[place]
        self.sent[-1] = replace(self.sent[-1], request=request, exchange=exchange)
        return exchange or Exchange(request, error="timeout")

    def _file(self) -> str | None:
        """The file that has answered the last request."""
        known = self._known.get(self.sent[-1].request)
        return known.file if known is not None and len(self.sent) - 1 not in self._answers else None

    def exchanges(self) -> tuple[Exchange, ...]:
        """All requests with what came of them, as a scenario has them: the last of equal ones stands for all."""
        made = [each.exchange or Exchange(each.request, error="timeout") for each in self.sent]
        place: Counter[str] = Counter()
        needed: dict[str, int] = {}
        last: dict[str, Exchange] = {}
        kept: list[tuple[int, Exchange]] = []
        for exchange in made:
            place[exchange.request] += 1
            kept.append((place[exchange.request], exchange))
            if last.get(exchange.request) != exchange:
                needed[exchange.request] = place[exchange.request]
            last[exchange.request] = exchange
        return tuple(exchange for number, exchange in kept if number <= needed[exchange.request])


def told(exchange: Exchange | None) -> str:
    """What came of a request, for people."""
    if exchange is None:
        return "nothing yet"
    if exchange.error is not None:
        return exchange.error
    after = f", after {exchange.delay} ms" if exchange.delay else ""
    body = "" if exchange.body is None else f" {as_json(exchange.body)}"
    return f"{exchange.status}{body}{after}"


def _shown(phone: Telephone, fetch: Fetch, at: int) -> str:
    """A request as people may read it: where it goes and what it brings, with secrets and sensitive values masked."""
    session = phone.session
    node = node_of(phone.flow, session)
    if not isinstance(node, Http):
        return mask_references(fetch.url)
    scope = Turn(phone.flow, session, at).scope()
    try:
        shown = node.url.text(scope).shown.strip()
        query = masked(filled(node.query, scope))
        body = masked(filled(node.json if node.form is None else dict(node.form), scope))
    except ExpressionError:
        return "an address that can't be shown"
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return "".join((shown, f"?{asked}" if asked else "", "" if body is None else f" with {as_json(body)}"))


def masked(value: Any) -> Any:
    """Plain data with what no one may see replaced by what is shown in its place."""
    match value:
        case Sensitive():
            return MASK
        case str():
            return mask_references(value)
        case dict():
            return {key: masked(inner) for key, inner in value.items()}
        case list():
            return [masked(inner) for inner in value]
        case _:
            return value


def as_json(value: Any) -> str:
    """Plain data as people write it in JSON."""
    return json.dumps(value, ensure_ascii=False)
