"""Which calls go on is known of all processes, and an order to hang up reaches the one that has the call."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from ivr.calls.store.going import Going
from ivr.calls.store.store import Store
from ivr.core.events import Answered, HungUp, KeyPressed, Reconnected
from ivr.core.flow import Flow
from ivr.core.session import Call, begin
from tests.calls.store.conftest import Open, call_on, resumed

BEGAN = 1_767_607_200_000


async def test_calls_of_all_processes_are_seen_where_they_are(url: str, opened: Open, flow: Flow) -> None:
    first, second = await opened(url), await opened(url)
    strange = await opened(url, key="another key")
    one = call_on(first, flow, "one", began=BEGAN).tell(Answered(0))
    two = call_on(second, flow, "two", began=BEGAN + 1).tell(Answered(0), Reconnected(5))
    over = call_on(second, flow, "over").tell(Answered(0), HungUp(9))
    hidden = call_on(strange, flow, "hidden", began=BEGAN + 2).tell(Answered(0))
    two.tell(*(KeyPressed(10 * at, key) for at, key in enumerate("1234", 1)))
    for each in (one, two, over, hidden):
        await each.durable()
    seen = await first.going()
    record = seen[-1].record
    usual = Going(record, "one", "main", "+919999999999", "+918000000001", BEGAN, "pin", 0, 0)
    assert seen == [
        replace(usual, record=seen[0].record, call="two", began=BEGAN + 1, place="menu", at=40, interruptions=1),
        usual,
    ]
    assert [each.call for each in await strange.going()] == ["hidden"]


async def ordered(*stores: Store) -> list[tuple[str, ...]]:
    """Which calls each is to hang up."""
    return list(await asyncio.gather(*(store.hang_ups() for store in stores)))


async def test_an_order_to_hang_up_reaches_whoever_has_the_call(url: str, opened: Open, flow: Flow) -> None:
    first, second = await opened(url), await opened(url)
    call = call_on(first, flow).tell(Answered(0))
    await call.durable()
    [going] = await second.going()
    assert await ordered(first, second) == [(), ()]
    assert await second.order_hang_up(going.record)
    assert await second.order_hang_up(going.record)
    assert not await second.order_hang_up("none")
    assert await ordered(first, second) == [("call-1",), ()]
    second.begin(flow, begin(flow, Call("x", "", "", "inbound", 0), {}))  # So it has the flow.
    there = resumed(flow, await second.take("call-1"))
    assert await ordered(first, second) == [(), ("call-1",)]
    there.tell(HungUp(10))
    await there.durable()
    assert await ordered(first, second) == [(), ()]
    again = call_on(first, flow).tell(Answered(0))
    await again.durable()
    assert await ordered(first, second) == [(), ()]
