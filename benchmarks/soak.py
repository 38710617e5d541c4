"""A server at a share of its capacity for a long time: whether its memory stays flat, and whether all goes well."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.light_carrier import Silences
from benchmarks.soak_callers import FLOW, Tally, keep_calling
from benchmarks.soak_picture import Sample, as_svg, growth
from tests.chaos.machines import Machine, usage

PROBE_CALLS, PROBE_S = 40, 20.0
"""On how many calls, and for how long, the cost of one is measured."""
RAMP_S = 30.0
"""Over how long the callers come."""
OWN_CORES = 0.4
"""What the callers themselves take of the machine."""
FLAT_KB_PER_MINUTE = 50.0
"""More than this is no flat memory: 70 MB a day."""
TELLING_S = 600.0
"""In less time caches are not full yet."""
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--share", type=float, default=0.6, help="of the capacity, which is measured first")
    parser.add_argument("--calls", type=int, help="calls at a time, instead of a share")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--every", type=float, default=10.0, help="seconds from sample to sample")
    parser.add_argument("--picture", type=Path, default=Path("docs/operating-soak.svg"))
    parser.add_argument("--samples", type=Path, help="where to write all samples as JSON")
    asyncio.run(_main(parser.parse_args()))


async def _main(options: argparse.Namespace) -> None:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)  # No server stays behind.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with _service() as service, _server(folder, service, options.workers) as machine:
            calls = options.calls or round(options.share * await _capacity(machine, options.workers))
            print(f"{calls} calls at a time on {options.workers} workers for {options.minutes:g} minutes", flush=True)
            samples, tally = await _soak(machine, calls, options)
            code = await machine.stop()
        _tell(samples, tally, code, machine.log)
    title = f"{calls} calls at a time on {options.workers} workers"
    options.picture.write_text(as_svg(title, samples))
    if options.samples is not None:
        options.samples.write_text(json.dumps([sample.fields() for sample in samples]))


@asynccontextmanager
async def _service() -> AsyncIterator[str]:
    """Answers lookups at once."""
    content = b'{"name": "Asha"}'
    head = f"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                asked = (await reader.readuntil(b"\r\n\r\n")).lower()
                await reader.readexactly(int(asked.partition(b"content-length: ")[2].partition(b"\r")[0]))
                writer.write(head + content)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@asynccontextmanager
async def _server(folder: Path, service: str, workers: int) -> AsyncIterator[Machine]:
    flows, data = folder / "flows", folder / "data"
    flows.mkdir()
    data.mkdir()
    (flows / "soak.yaml").write_text(FLOW)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flags = ("--workers", str(workers), "--max-calls", "10000", "--allow-private", "--allow-env", "SOAK_URL")
    more = ("--recognisers", "0", "--sphinx-recognisers", "0", "--log-format", "json", "--drain", "0s", "--jobs", "1")
    machine = Machine("127.0.0.1", port, flows, data, (*flags, *more), {"SOAK_URL": service}, folder / "log")
    try:
        await machine.start()
        yield machine
    finally:
        await machine.kill()


async def _capacity(machine: Machine, workers: int) -> float:
    """How many calls the workers could bear, by what some cost: many cost less each, so that it is rather more."""
    async with _callers(machine, PROBE_CALLS, PROBE_S / 4, PROBE_S * 1.5):
        await asyncio.sleep(PROBE_S / 2)
        before = _cpu(machine)
        await asyncio.sleep(PROBE_S)
        cost = (_cpu(machine) - before) / PROBE_S / PROBE_CALLS
    cores = min(workers, (os.cpu_count() or 1) - OWN_CORES)
    print(f"a call costs {cost * 1000:.2f} ms of CPU a second: {cores / cost:.0f} calls are the capacity", flush=True)
    return cores / cost


@asynccontextmanager
async def _callers(
    machine: Machine, calls: int, ramp: float, lasting: float
) -> AsyncIterator[tuple[Tally, list[asyncio.Task[None]]]]:
    """So many callers, who come one after the other, and break off at the end of the block."""
    tally, silences = Tally(), Silences()
    until = asyncio.get_running_loop().time() + lasting

    async def caller(number: int) -> None:
        await asyncio.sleep(ramp * number / calls)
        await keep_calling(machine.url, number, silences, tally, until)

    tasks = [asyncio.create_task(caller(number)) for number in range(calls)]
    media = asyncio.create_task(silences.run())
    try:
        yield tally, tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        media.cancel()


async def _soak(machine: Machine, calls: int, options: argparse.Namespace) -> tuple[list[Sample], Tally]:
    """Sample a server at work; the tally is that of the whole time, without latencies."""
    samples: list[Sample] = []
    began = time.monotonic()
    total = Tally()
    async with _callers(machine, calls, RAMP_S, options.minutes * 60) as (tally, callers):
        busy = _cpu(machine)
        while time.monotonic() - began < options.minutes * 60:
            await asyncio.sleep(options.every)
            now, busy_before = time.monotonic() - began, busy
            busy = _cpu(machine)
            samples.append(_sample(machine, now, (busy - busy_before) / options.every, tally))
            total.ended += tally.ended
            total.errors += tally.errors
            tally.ended, tally.errors, tally.latencies = 0, Counter(), []
            if len(samples) % 6 == 0:
                print(samples[-1].line(), flush=True)
        await asyncio.wait(callers)
    total.ended += tally.ended
    total.errors += tally.errors
    return samples, total


def _sample(machine: Machine, seconds: float, cores: float, tally: Tally) -> Sample:
    held = usage(machine.processes(), ())
    names = {pid: f"worker {number}" for number, pid in enumerate(machine.workers(), 1)}
    names.setdefault(machine.session, "supervisor")
    ordered = sorted(tally.latencies)
    return Sample(
        seconds,
        {names.get(pid, f"synthesiser {pid}"): each.resident_kb for pid, each in held.items()},
        sum(each.descriptors for each in held.values()),
        sum(each.threads for each in held.values()),
        cores,
        statistics.median(ordered) if ordered else 0.0,
        ordered[int(0.99 * len(ordered))] if ordered else 0.0,
        tally.ended,
        sum(tally.errors.values()),
    )


def _cpu(machine: Machine) -> float:
    """Seconds of CPU that all processes of a server have had."""
    total = 0
    for pid in machine.processes():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def _tell(samples: Sequence[Sample], tally: Tally, code: int, log: Path) -> None:
    first, last = samples[len(samples) // 5], samples[-1]
    print("\n| | after a fifth of the time | at the end | kB a minute |\n|:---|---:|---:|---:|")
    for name, resident in last.resident_kb.items():
        before = first.resident_kb.get(name, 0)
        print(f"| {name}, MB | {before / 1024:.1f} | {resident / 1024:.1f} | {growth(samples, name):+.1f} |")
    print(f"| descriptors | {first.descriptors} | {last.descriptors} | |")
    print(f"| threads | {first.threads} | {last.threads} | |")
    slowest = max(sample.slow_ms for sample in samples)
    middle = statistics.median(sample.median_ms for sample in samples)
    print(f"\n{tally.ended} calls ended as they should; errors: {dict(tally.errors) or 'none'}")
    print(f"from a key to clearAudio: {middle:.1f} ms, and of each interval 99 of 100 within {slowest:.0f} ms at most")
    print(f"the server took {statistics.mean(sample.cores for sample in samples):.2f} cores, and ended with {code}")
    flat = all(growth(samples, name) < FLAT_KB_PER_MINUTE for name in last.resident_kb)
    if last.seconds < TELLING_S:
        print("this was too short to tell whether memory is flat")
    else:
        print("memory is flat" if flat else "MEMORY IS NOT FLAT")
    told: Counter[str] = Counter()
    for line in log.read_text().splitlines():
        entry = json.loads(line) if line.startswith("{") else {"level": "error", "event": line}
        if entry["level"] not in ("info", "debug"):
            told[f"{entry['level']}: {entry['event']}"] += 1
    print(f"warnings and errors in the log: {dict(told) or 'none'}")


if __name__ == "__main__":
    main()
