"""The calls of a process: those that go on, and those that are over but may still be asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from ivr.calls.driver import Driver

REMEMBERED = 10_000
"""Ended calls that are remembered: hours of them, in a megabyte. The store remembers for longer."""


class Registry:
    """Calls by the carrier's call id."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        """Begin without calls; so many ended ones are remembered."""
        self._remembered = remembered
        self._calls: dict[str, Driver] = {}
        self._ended: dict[str, None] = {}
        self._empty = asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Driver]:
        return iter(tuple(self._calls.values()))

    def find(self, call_id: str) -> Driver | None:
        """The call that goes on under this id."""
        return self._calls.get(call_id)

    def has_ended(self, call_id: str) -> bool:
        """Whether a call of this id is over, so that no stream may open for it again."""
        return call_id in self._ended

    def add(self, driver: Driver) -> None:
        """Keep a call until `remove`."""
        self._calls[driver.session.call.id] = driver
        self._empty.clear()

    def remove(self, driver: Driver) -> None:
        """Forget a call, but not that it ended; one that goes on elsewhere may come back."""
        call_id = driver.session.call.id
        if self._calls.get(call_id) is driver:
            del self._calls[call_id]
        if not (driver.claim.lost or driver.claim.given_up):
            self._ended[call_id] = None
        if len(self._ended) > self._remembered:
            del self._ended[next(iter(self._ended))]
        if not self._calls:
            self._empty.set()

    async def wait_until_empty(self) -> None:
        """Wait for the last call to end."""
        await self._empty.wait()
