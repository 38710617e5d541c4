"""How many calls a core carries: `ivr serve` beside the least that could answer, and beside others, in one run."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks.capacity.measuring import Sample, measure
from benchmarks.capacity.processes import READY_S, running
from benchmarks.capacity.servers import ASGI, FAST, OURS, PICOWS, has_fast, serving

SERVERS = {server.name: server for server in (OURS, FAST, ASGI, PICOWS)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__)
    parser.add_argument("--only", default=",".join(SERVERS), help="servers, with commas (default: %(default)s)")
    parser.add_argument("--calls", default="100", help="calls at a time, with commas (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=1, help="how often all is measured (default: %(default)s)")
    asyncio.run(_main(parser.parse_args()))


async def _main(options: argparse.Namespace) -> None:
    names = [name for name in options.only.split(",") if name != FAST.name or has_fast()]
    loads = [int(each) for each in options.calls.split(",")]
    samples: list[Sample] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with running((sys.executable, "-m", "benchmarks.capacity.service"), folder / "service.log") as service:
            lookups = (await service.line(READY_S)).split()[1]
            for turn in range(options.rounds):
                for each in names:
                    place = folder / f"{each}-{turn}"
                    place.mkdir()
                    async with serving(SERVERS[each], place, lookups) as (process, address):
                        for calls in loads:
                            samples.append(
                                await measure(each, process, address, calls, options.seconds, folder / "carriers.log")
                            )
                            _tell(samples[-1])


def _tell(sample: Sample) -> None:
    answers = f"key to clearAudio p50 {sample.p50_ms:.1f}, p99 {sample.p99_ms:.1f} ms ({sample.keys} keys)"
    own = f"carriers {sample.own_cores:.2f} cores, late {sample.own_late_ms:.1f} ms, pace {sample.pace:.3f}"
    errors = f"  ERRORS {dict(sample.errors)}" if sample.errors else ""
    print(
        f"{sample.server:<10}{sample.calls:>5} calls {sample.cost_ms:7.3f} ms a call-second, {answers}; {own}{errors}",
        flush=True,
    )


if __name__ == "__main__":
    main()
