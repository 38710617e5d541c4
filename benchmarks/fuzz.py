"""Inputs that nobody should send, for as long as is asked: how many of each door were tried, and what failed."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisWarning

from ivr import config
from ivr.desk.carrier import DeskCarrier
from ivr.document.load import flow_files, load
from ivr.server.assignment import Assignment
from ivr.server.edition import first_edition
from ivr.server.opening import line
from ivr.server.orders import Orders
from ivr.server.serving import serve
from ivr.server.sockets import address, listening_socket
from tests.doors import api
from tests.doors.fuzzing import DOORS, messages

ROUND = 500
"""Inputs that are drawn from one seed."""
MOST_TOLD = 3
"""Failures of a door that are shown whole."""
FLOW = """
start: ask
default: true
nodes:
  ask: {type: menu, prompt: {silence: 1s}, timeout: 60m, attempts: 20, choices: [{press: "77", next: bye}]}
  bye: {type: hangup}
"""


@dataclass(slots=True)
class Tally:
    """What became of the inputs of one door."""

    inputs: int = 0
    slowest: float = 0.0
    """Seconds."""
    failures: list[str] = field(default_factory=list)

    def row(self, name: str) -> str:
        return f"{name:<16} {self.inputs:>10,} {self.slowest * 1000:>12,.0f} ms {len(self.failures):>10}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for each door")
    parser.add_argument("--seed", type=int, default=1, help="of the first round")
    parser.add_argument("--only", nargs="+", choices=(*DOORS, "webhooks", "calls"), help="these doors")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore", HypothesisWarning)  # schemathesis makes strategies that are long to write
    wanted = options.only or [*DOORS, "webhooks", "calls"]
    tallies: dict[str, Tally] = {}
    for name in [each for each in DOORS if each in wanted]:
        tallies[name] = pure(name, options.seconds, options.seed)
    tallies.update(asyncio.run(served([each for each in ("webhooks", "calls") if each in wanted], options)))
    print(f"{'door':<16} {'inputs':>10} {'slowest':>15} {'failures':>10}")
    for name, tally in tallies.items():
        print(tally.row(name))
        for failure in tally.failures[:MOST_TOLD]:
            print(failure)
    sys.exit(any(tally.failures for tally in tallies.values()))


def rounds(seconds: float, first: int, one: Callable[[int], None], tally: Tally) -> None:
    """Go through rounds until the time is over; one that fails is noted, and the next has another seed."""
    end = time.monotonic() + seconds
    number = first
    while time.monotonic() < end:
        gc.collect()
        gc.freeze()  # What is kept of the inputs slows down none of them.
        try:
            one(number)
        except Exception:
            tally.failures.append(f"seed {number}: {traceback.format_exc(limit=-4)}")
        number += 1


def pure(name: str, seconds: float, first: int) -> Tally:
    """A door that is a function."""
    door, tally = DOORS[name], Tally()

    def one(number: int) -> None:
        @seed(number)
        @settings(max_examples=ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(door.inputs)
        def entering(tried: object) -> None:
            before = time.process_time()
            door.enter(tried)
            tally.inputs += 1
            tally.slowest = max(tally.slowest, time.process_time() - before)

        entering()

    rounds(seconds, first, one, tally)
    return tally


async def served(names: list[str], options: argparse.Namespace) -> Mapping[str, Tally]:
    """Doors of a server that runs."""
    tallies: dict[str, Tally] = {}
    if not names:
        return tallies
    with tempfile.TemporaryDirectory(prefix="ivr-fuzz-") as name:
        folder = Path(name)
        (folder / "main.yaml").write_text(FLOW)
        flags = argparse.Namespace(
            data_dir=str(folder / "data"),
            webhook_secret=api.SECRET,
            max_calls="100000",
            max_unread="100000",
            recognisers="0",
            sphinx_recognisers="0",
            jobs="1",
            drain="0s",
        )
        settled, orders = config.load(flags, {}, folder), Orders()
        async with AsyncExitStack() as stack:
            listener = stack.enter_context(listening_socket("127.0.0.1", 0))
            url = f"http://{address(listener)}"
            assignment = Assignment(first_edition(load(flow_files(folder))), settled, {}, folder)
            serving = asyncio.create_task(
                serve(await stack.enter_async_context(line(assignment)), settled, listener, orders)
            )
            if "webhooks" in names:
                tallies["webhooks"] = await asyncio.to_thread(webhooks, url, options.seconds, options.seed)
            if "calls" in names:
                tallies["calls"] = await calls(f"{url}/{api.SECRET}", options.seconds, options.seed)
            orders.stop.set()
            await serving
    return tallies


def webhooks(url: str, seconds: float, first: int) -> Tally:
    """Requests made of the OpenAPI document."""
    tally, end = Tally(), time.monotonic() + seconds

    def one(number: int) -> None:
        tally.inputs += api.tried(url, ROUND // 5, number, lambda: time.monotonic() < end)

    rounds(seconds, first, one, tally)
    return tally


async def calls(url: str, seconds: float, first: int) -> Tally:
    """Calls whose carriers send whatever comes to their minds, and which must end by the keys that follow."""
    tally, end, number = Tally(), time.monotonic() + seconds, first
    while time.monotonic() < end:
        some = [each for each in drawn(number) if not ends(each)]
        try:
            async with DeskCarrier.call(url, "main") as call:
                await call.receives("playAudio", within=20_000)
                for each in some:
                    await call.send_raw(each)
                await call.press("##77")
                ending = await call.ended(within=20_000)
                if ending.code != 1000:
                    raise AssertionError(f"the call ended by {ending}")
        except Exception:
            tally.failures.append(f"seed {number}: {traceback.format_exc(limit=-4)}")
        tally.inputs += len(some)
        number += 1
    return tally


def drawn(number: int) -> list[str | bytes]:
    """Messages of one seed."""
    found: list[str | bytes] = []

    @seed(number)
    @settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(messages, min_size=1, max_size=3))
    def collect(some: list[str | bytes]) -> None:
        found.extend(
            each for each in some if len(each) < config.load(argparse.Namespace(), {}, Path()).max_message * 1000
        )

    collect()
    return found


def ends(message: str | bytes) -> bool:
    """Whether a message may end its call in order, or press keys."""
    text = message.decode(errors="replace") if isinstance(message, bytes) else message
    return any(word in text for word in ('"stop"', '"dtmf"', "\\u"))


if __name__ == "__main__":
    main()
