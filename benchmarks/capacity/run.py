"""All servers in turn, under the same carriers, again and again; and the document in which the figures are."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import markers
from benchmarks.capacity import packages
from benchmarks.capacity.figures import of_hundred, summed
from benchmarks.capacity.measuring import Sample, measure
from benchmarks.capacity.picture import as_svg
from benchmarks.capacity.processes import READY_S, running
from benchmarks.capacity.script import KEY_S
from benchmarks.capacity.servers import NAMES, Server, known, serving
from benchmarks.capacity.tables import document
from benchmarks.listening import VOSK, shares

DOCUMENT, PICTURE = Path("docs/performance.md"), Path("docs/performance.svg")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print all tables.

    Raises:
        ChildProcessError: a server or its carriers ended; the end of their log is told.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__)
    parser.add_argument("--only", help=f"some of {','.join(NAMES)}; by default all that there are")
    parser.add_argument("--calls", help="calls at a time, with commas, for all of them; by default for each its own")
    parser.add_argument("--seconds", type=float, default=KEY_S, help="of each measurement (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=1, help="how often all is measured (default: %(default)s)")
    parser.add_argument("--listening", action="store_true", help="measure the recogniser, too")
    parser.add_argument("--fetch", action="store_true", help="fetch Pipecat and Node's ws, if they are not there yet")
    parser.add_argument("--pipecat", type=Path, metavar="PYTHON", help="one that has Pipecat, uvicorn and uvloop")
    parser.add_argument("--node", type=Path, metavar="DIR", help="a node_modules that has ws")
    parser.add_argument("--samples", type=Path, metavar="FILE", help="where to write all measurements, as JSON")
    parser.add_argument("--write", action="store_true", help=f"write {DOCUMENT} and its picture")
    options = parser.parse_args(arguments)
    found = packages.find(options.pipecat, options.node, options.fetch)
    for each in found.missing:
        print(each)
    servers = known(found)
    if options.only:
        names = options.only.split(",")
        if unknown := set(names) - set(NAMES):
            parser.error(f"no such server: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
        servers = tuple(server for server in servers if server.name in names)
    samples = asyncio.run(_measure(servers, options))
    listened = asyncio.run(shares(VOSK)) if options.listening else {}
    tables = document(samples, servers, {speaking: share * 1000 for speaking, share in listened.items()})
    print(f"\n{tables}")
    if options.samples:
        options.samples.write_text(json.dumps([asdict(sample) for sample in samples]))
    if options.write:
        PICTURE.write_text(as_svg(summed(samples), {server.name: server.title for server in servers}))
        markers.write(DOCUMENT, "benchmarks.capacity", tables)


async def _measure(servers: Sequence[Server], options: argparse.Namespace) -> list[Sample]:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)  # No server stays behind.
    samples: list[Sample] = []

    def tell(sample: Sample) -> None:
        samples.append(sample)
        print(_line(sample), flush=True)

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
    return samples


def _line(sample: Sample) -> str:
    """All that was measured, for who watches."""
    times = sample.latencies or (float("nan"),)
    answers = f"key to clear {of_hundred(times, 50):.1f}/{of_hundred(times, 99):.1f} ms ({len(sample.latencies)})"
    heard = f"{sample.heard:.2f} audio a call-second of {sample.heard_bytes:.0f} B"
    own = f"carriers {sample.own_cores:.2f} cores, late {sample.own_late_ms:.1f} ms, pace {sample.pace:.3f}"
    errors = f"  ERRORS {dict(sample.errors)}" if sample.errors else ""
    return (
        f"{sample.server:<13}{sample.calls:>4} calls {sample.cost_ms:7.3f} ms a call-second, {answers}; {heard};"
        f" {own}; {sample.memory / 1e6:.1f} MB{errors}"
    )
