"""The clock of live scenarios waits for all who live by it."""

from __future__ import annotations

import asyncio
import time

from tests.endtoend.following_clock import FollowingClock

RATE = 20


def test_alarms_go_off_in_order_and_what_they_lead_to_comes_before_the_next_one() -> None:
    clock = FollowingClock(RATE)
    went: list[tuple[int, str]] = []

    async def main() -> None:
        ended = asyncio.Event()

        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while word := await reader.readline():
                writer.write(word)
            writer.close()
            await writer.wait_closed()
            ended.set()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())

        def say(word: str) -> None:
            went.append((clock.now(), word))
            writer.write(f"{word} back\n".encode())

        clock.call_at(30, lambda: say("third")).cancel()
        clock.call_at(20, lambda: say("second"))
        clock.call_at(10, lambda: say("first"))
        with clock.running():
            for _ in range(2):
                word = (await reader.readline()).decode().strip()
                went.append((clock.now(), word))
        writer.close()
        await writer.wait_closed()
        await ended.wait()
        server.close()

    with asyncio.Runner(loop_factory=clock.loop) as runner:
        runner.run(main())
    assert went == [(10, "first"), (10, "first back"), (20, "second"), (20, "second back")]


def test_it_is_never_faster_than_its_rate_and_stands_still_for_whoever_it_waits_for() -> None:
    clock = FollowingClock(RATE)

    async def main() -> None:
        over = asyncio.Event()
        clock.call_at(200, over.set)
        await asyncio.sleep(0.01)
        assert clock.now() == 0
        with clock.running():
            clock.waits_for.add("a thread")
            await asyncio.to_thread(time.sleep, 0.01)
            assert clock.now() == 0
            clock.waits_for.clear()
            await over.wait()

    began = time.monotonic()
    with asyncio.Runner(loop_factory=clock.loop) as runner:
        runner.run(main())
    assert clock.now() >= 200
    assert time.monotonic() - began >= clock.now() / 1000 / RATE
