"""Callers who press what their script says, whatever becomes of their streams, and remember each key."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from ivr.desk.carrier import BETWEEN_KEYS_MS, DeskCarrier
from ivr.desk.errors import DeskError, Refused, Unreachable
from ivr.desk.facts import Break, Ending, Manners
from tests.chaos.machines import milliseconds

DOUBT_MS = 100
"""A key that was pressed within so long of the death of its stream may be lost, or not."""
NOTICED_MS = 1_000
"""How long after the death of a process a carrier may learn of it."""
STUCK_MS = 8_000
"""After so long without a word, with a stream, a caller presses a key again that may have been lost."""
SILENT_MS = 30_000
"""After so long one gives up: a server may wait for its store, and be silent meanwhile."""
PATIENCE_MS = 90_000
"""A call that takes longer is a fault."""
AGAIN_S = 0.5
"""From one try to call to the next, where nobody answers."""
FINISH = "#"
STAGES = (
    "greet",
    "ask_account",
    "look_up",
    "look_up_failed",
    "menu",
    "ask_pin",
    "check",
    "check_failed",
    "menu_again",
    "ask_amount",
    "tell",
    "tell_failed",
    "bye",
)
"""The nodes of the flow, in the order in which a call comes to them."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a node is answered."""

    node: str
    keys: str
    ahead: bool = False
    """The keys of the next node follow at once, before it asks."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key that has left the telephone."""

    node: str
    """For which it was meant."""
    key: str
    at: int
    """In milliseconds of the monotonic clock."""
    stream: int
    """Over which connection of the call, counted from 0."""


@dataclass(slots=True)
class Caller:
    """One call by script, and what there was of it."""

    id: str
    asks: tuple[Ask, ...]
    manners: Manners
    chance: random.Random
    deaths: Callable[[], list[int]]
    """When processes were killed."""
    call: DeskCarrier | None = None
    pressed: list[Pressed] = field(default_factory=list)
    hurt: list[int] = field(default_factory=list)
    """When somebody broke its own stream."""
    ending: Ending | None = None
    breaks: tuple[Break, ...] = ()
    refusals: int = 0
    """How often nobody took the call."""
    faults: list[str] = field(default_factory=list)
    _began: int = 0

    async def lives(self, server: Callable[[], str], returns_to: Callable[[str], str]) -> None:
        """Make the call, to whichever server there is, until it is over."""
        while self.ending is None:
            try:
                async with DeskCarrier.call(
                    server(), manners=self.manners, call_id=self.id, returns_to=returns_to
                ) as self.call:
                    self._began = milliseconds() - self.call.at()
                    await self._converse(self.call)
                self.ending = self.call.ending
            except (Unreachable, Refused):
                if self.pressed:
                    raise
                self.refusals += 1
                await asyncio.sleep(AGAIN_S)
            except DeskError as error:
                self.faults.append(str(error))
                self.ending = self.call.ending if self.call is not None else None
                return
            finally:
                self.breaks = () if self.call is None else tuple(self._breaks(self.call))

    async def _converse(self, call: DeskCarrier) -> None:
        together: list[Ask] = []
        for ask in self.asks:
            together.append(ask)
            if not ask.ahead:
                await self._answer(call, together)
                together = []
        if not await call.until(lambda: call.ending is not None, PATIENCE_MS):
            self.faults.append(f"the call did not end after {self._stage(call)}")

    async def _answer(self, call: DeskCarrier, asks: list[Ask]) -> None:
        first, last = asks[0], asks[-1]
        if not await call.until(lambda: self._stage(call) >= STAGES.index(first.node), PATIENCE_MS):
            if call.ending is None:
                self.faults.append(f"{first.node} did not come; the call is at {STAGES[self._stage(call)]}")
            return
        await call.passes(self.chance.randrange(300))
        for ask in asks:
            for key in ask.keys:
                await self._press(call, ask.node, key)
                await call.passes(BETWEEN_KEYS_MS)
            if ask is last or any(self._is_doubtful(each) for each in self.pressed if each.node == ask.node):
                await self._sees_through(call, ask)

    async def _sees_through(self, call: DeskCarrier, ask: Ask) -> None:
        """Wait until the call has moved on; if it does not, a last key that may have been lost is pressed again."""
        give_up_at = milliseconds() + SILENT_MS
        while not await self._moves_on(call, ask):
            if any(self._is_doubtful(each) for each in self.pressed if each.node == ask.node):
                await self._press(call, ask.node, ask.keys[-1])
            elif milliseconds() > give_up_at:
                self.faults.append(f"{ask.keys} was pressed at {ask.node}, and nothing happened")
                await call.hang_up()
                return

    async def _moves_on(self, call: DeskCarrier, last: Ask) -> bool:
        """Wait until the call is behind a node or over; False if nothing is heard of it for long."""
        while not self._is_behind(call, last):
            before = (len(call.transcript), len(call.breaks))
            await self._hears_something(call, last)
            if not self._is_behind(call, last) and (len(call.transcript), len(call.breaks)) == before and not call.away:
                return False
        return True

    async def _hears_something(self, call: DeskCarrier, last: Ask) -> None:
        seen = len(call.transcript)
        await call.until(lambda: self._is_behind(call, last) or len(call.transcript) > seen, STUCK_MS)

    def _is_behind(self, call: DeskCarrier, ask: Ask) -> bool:
        return call.ending is not None or self._stage(call) > STAGES.index(ask.node)

    async def _press(self, call: DeskCarrier, node: str, key: str) -> None:
        await call.until(lambda: not call.away, None)
        if call.ending is None:
            self.pressed.append(Pressed(node, key, milliseconds(), len(call.breaks)))
            await call.press(key)

    def _stage(self, call: DeskCarrier) -> int:
        """How far the call has come, as far as a caller can tell."""
        return max((STAGES.index(line.node) for line in call.transcript if line.node in STAGES), default=0)

    # What may be said of it

    def _breaks(self, call: DeskCarrier) -> Iterator[Break]:
        """The breaks of the call, by the monotonic clock."""
        for each in call.breaks:
            back = None if each.back is None else self._began + each.back
            yield replace(each, at=self._began + each.at, back=back)

    def _is_doubtful(self, pressed: Pressed) -> bool:
        """Whether a key was pressed as its stream died."""
        breaks = self.breaks if self.call is None else tuple(self._breaks(self.call))
        if pressed.stream >= len(breaks):
            return False
        noticed = breaks[pressed.stream].at
        since = breaks[pressed.stream - 1].back if pressed.stream else self._began
        deaths = [at for at in self.deaths() if at >= noticed - NOTICED_MS]
        died = [at for at in (*self.hurt, *deaths) if (since or 0) <= at <= noticed]
        return pressed.at >= min(died, default=noticed) - DOUBT_MS

    @property
    def doubtful(self) -> int:
        """How many keys were pressed as a stream died."""
        return sum(map(self._is_doubtful, self.pressed))

    def expected(self, node: str) -> re.Pattern[str]:
        """What may have been understood at a node: each certain key once, in order, and doubtful ones at most once."""
        keys = [each for each in self.pressed if each.node == node and each.key != FINISH]
        return re.compile("".join(each.key + "?" * self._is_doubtful(each) for each in keys))

    def broken_by_death(self) -> bool:
        """Whether a process of this call died."""
        return any(any(0 <= each.at - at < STUCK_MS for at in self.deaths()) for each in self.breaks)

    def saw_death(self) -> bool:
        """Whether any process died during the call: a lookup may have been its, although the call had moved on."""
        over = self._began + self.ending.at if self.ending else milliseconds()
        return any(self._began <= at <= over for at in self.deaths())


def script(chance: random.Random) -> tuple[Ask, ...]:
    """What a caller answers; sometimes all in one go."""

    def number(length: int) -> str:
        return "".join(chance.choices("0123456789", k=length))

    return (
        Ask("ask_account", number(6) + FINISH),
        Ask("menu", chance.choice("123")),
        Ask("ask_pin", number(4) + FINISH, ahead=chance.random() < 0.5),
        Ask("menu_again", chance.choice("45")),
        Ask("ask_amount", number(3) + FINISH),
    )
