"""What answers the lookups of a scenario."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.core.effects import Fetch
from ivr.core.events import LookupAnswered, LookupFailed
from ivr.core.requests import BROKEN, full_url, too_late
from ivr.core.values import references
from ivr.document.scenarios import Exchange, Scenario


class World:
    """What answers the lookups of a scenario: its entries in order, the last of equal requests again and again."""

    def __init__(self, scenario: Scenario) -> None:
        """Answer with the exchanges of `scenario`."""
        self.unexpected: str | None = None
        """A request that no entry is for."""
        self._entries = scenario.http
        self._left = list(scenario.http)
        self._last: dict[str, Exchange] = {}
        self._secrets = scenario.secrets

    def answer(self, fetch: Fetch, now: int) -> LookupAnswered | LookupFailed:
        """The event that the request leads to, at its time."""
        request = f"{fetch.method} {url_of(fetch, self._secrets)}"
        entry = self.entry(request)
        if entry is None:
            return LookupFailed(now, fetch.lookup, "connect", "the scenario has no answer to this request")
        if entry.error == "connect":
            return LookupFailed(now + entry.delay, fetch.lookup, "connect", BROKEN)
        if entry.error == "timeout" or entry.delay >= fetch.timeout:
            return LookupFailed(now + fetch.timeout, fetch.lookup, "timeout", too_late(fetch.timeout))
        return LookupAnswered(now + entry.delay, fetch.lookup, entry.status, entry.headers, entry.body)

    def entry(self, request: str) -> Exchange | None:
        """What comes of a request such as `GET http://crm.test/x`; None if the scenario does not say."""
        for place, entry in enumerate(self._left):
            if _spelt(entry.request) == _spelt(request):
                self._last[request] = self._left.pop(place)
                break
        if request not in self._last and self.unexpected is None:
            self.unexpected = request
        return self._last.get(request)

    @property
    def used(self) -> tuple[Exchange, ...]:
        """The entries of which there was a request, in the order of the scenario."""
        left = set(map(id, self._left))
        return tuple(each for each in self._entries if id(each) not in left)

    def nearest(self) -> str:
        """The entry that comes closest to the unexpected request, for a message."""
        requests = [entry.request for entry in self._left] or list(self._last)
        wanted = self.unexpected or ""
        return max(requests, key=lambda each: _common(each, wanted), default="")


def _spelt(request: str) -> str:
    """A request in one spelling: a space in a query is sent as `%20`, and forms of HTML write it as `+`."""
    path, mark, query = request.partition("?")
    return path + mark + query.replace("+", "%20")


def _common(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginnings."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def url_of(fetch: Fetch, secrets: Mapping[str, str]) -> str:
    """The full URL, as it is sent; a secret that the scenario does not give is its own name."""
    named = {name: name for text in (fetch.url, *fetch.query.values()) for name in references(text)}
    return full_url(fetch, {**named, **secrets})
