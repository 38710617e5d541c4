"""How many calls a core carries: `ivr serve` beside the least that could answer, and beside others, in one run."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.capacity import packages
from benchmarks.capacity.measuring import Sample, measure
from benchmarks.capacity.processes import READY_S, running
from benchmarks.capacity.servers import Server, known, serving


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__)
    parser.add_argument("--only", help="servers, with commas: ivr, ivr-fast, asgi, picows, node, pipecat, pipecat-lean")
    parser.add_argument("--calls", help="calls at a time, with commas, for all of them; by default for each its own")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each measurement (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=1, help="how often all is measured (default: %(default)s)")
    parser.add_argument("--fetch", action="store_true", help="fetch Pipecat and Node's ws, if they are not there yet")
    parser.add_argument("--pipecat", type=Path, metavar="PYTHON", help="one that has Pipecat, uvicorn and uvloop")
    parser.add_argument("--node", type=Path, metavar="DIR", help="a node_modules that has ws")
    options = parser.parse_args()
    found = packages.find(options.pipecat, options.node, options.fetch)
    for each in found.missing:
        print(each)
    servers = known(found)
    if options.only:
        servers = tuple(server for server in servers if server.name in options.only.split(","))
    asyncio.run(_main(servers, options))


async def _main(servers: Sequence[Server], options: argparse.Namespace) -> None:
    samples: list[Sample] = []

    def tell(sample: Sample) -> None:
        samples.append(sample)
        _tell(sample)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with running((sys.executable, "-m", "benchmarks.capacity.service"), folder / "service.log") as service:
            lookups = (await service.line(READY_S)).split()[1]
            for turn in range(options.rounds):
                for server in servers:
                    place = folder / f"{server.name}-{turn}"
                    place.mkdir()
                    loads = [int(each) for each in options.calls.split(",")] if options.calls else server.loads
                    async with serving(server, place, lookups) as (process, address):
                        log = folder / "carriers.log"
                        await measure(server.name, process, address, loads, options.seconds, log, tell)


def _tell(sample: Sample) -> None:
    answers = f"key to clear {sample.of_hundred(50):.1f}/{sample.of_hundred(99):.1f} ms ({len(sample.latencies)})"
    heard = f"{sample.heard:.2f} audio a call-second of {sample.heard_bytes:.0f} B"
    own = f"carriers {sample.own_cores:.2f} cores, late {sample.own_late_ms:.1f} ms, pace {sample.pace:.3f}"
    errors = f"  ERRORS {dict(sample.errors)}" if sample.errors else ""
    print(
        f"{sample.server:<13}{sample.calls:>4} calls {sample.cost_ms:7.3f} ms a call-second, {answers}; {heard};"
        f" {own}; {sample.memory / 1e6:.1f} MB{errors}",
        flush=True,
    )


if __name__ == "__main__":
    main()
