"""How long the pages of the console and /metrics take on a store with 100,000 recorded calls.

`python -m benchmarks.console` fills a new SQLite store, which takes two minutes, and serves it; `--database` names a
store to serve as it is, `--calls` says how many calls a new one has. The exit code is 1 if a page takes longer than 300
ms by the median of its times.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from statistics import median

import httpx

from benchmarks.recorded import CALLS
from ivr.calls.records import tables
from ivr.calls.store.archive import Archive
from ivr.calls.store.records import Wanted, found, number_of
from tests.console.served import KEYS_ONLY, serving

MOST_MS = 300
ROUNDS = 9
BETWEEN_S = 0.02
"""Pages are asked for one after the other, and a server has calls as well."""
FLOW, NODE, GOAL = "clinic", "main_menu", "agent"
"""Of the flow with most calls."""
DEEP = 5_000
"""So many calls before the last page of a search."""
STREAMED = ("/console/calls.csv",)
"""What comes bit by bit, and counts until the first bit is there."""


def main(arguments: Sequence[str] = ()) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--database", help="a store that is there, instead of a new one")
    parser.add_argument("--data-dir", type=Path, help="kept afterwards, with what was filled in before")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() if options.data_dir is None else nullcontext(options.data_dir) as folder:
        data = Path(folder)
        calls = 0 if options.database or (data / "ivr.db").exists() else options.calls
        flags = ("--database", options.database) if options.database else ()
        with serving(data, *flags, calls=calls, **KEYS_ONLY) as served:
            database = options.database or served.database
            return _tell(served.url, list(pages(database)), options.rounds, database)


def pages(database: str) -> Iterator[str]:
    """All paths of the console, and of its searches those that look at most."""
    with Archive(database) as archive:
        newest = archive.read(lambda connection: found(connection, Wanted(), 1)) or []
        last = archive.read(lambda connection: found(connection, Wanted(), DEEP)) or []
    one, deep = newest[0], last[-1]
    yield from ("/console/", "/console/live.json", "/console/softphone", f"/console/softphone/{FLOW}")
    yield from ("/console/graph", "/console/graph.css", f"/console/graph/{FLOW}", f"/console/graph/{FLOW}.svg")
    for overlay in ("traffic", "findings", "coverage", "times"):
        yield f"/console/graph/{FLOW}?overlay={overlay}"
        yield f"/console/graph/{FLOW}/notes?overlay={overlay}"
    yield f"/console/graph/{FLOW}/node?node={NODE}&overlay=traffic"
    yield from ("/console/calls", f"/console/calls?before={deep.began}-{deep.record}")
    for search in (
        f"flow={FLOW}",
        "outcome=failed",
        "outcome=going",
        f"goal={GOAL}",
        f"number={one.caller[4:9]}",
        "number=00000000000",
        "goal=nowhere",
        f"flow={FLOW}&goal={GOAL}&outcome=transferred&number={one.caller[-2:]}",
    ):
        yield f"/console/calls?{search}"
    yield from (f"/console/calls/{one.record}", f"/console/calls/{deep.record}", "/console/calls/forget")
    yield from STREAMED
    for days in (7, 30, 90):
        yield f"/console/figures?days={days}"
    yield f"/console/figures?days=90&flow={FLOW}"
    yield from (f"/console/figures/{name}.csv?days=90" for name in tables.NAMES)
    yield "/metrics"


def _tell(url: str, paths: Sequence[str], rounds: int, database: str) -> int:
    with Archive(database) as archive:
        number = archive.read(lambda connection: number_of(connection, Wanted())) or 0
    print(f"{f'{number:,} recorded calls':<76}{'median':>9}{'worst':>9}{'size':>10}")
    slow = wrong = 0
    with httpx.Client(base_url=url, timeout=60) as client:
        asked = {path: [_ask(client, path)] for path in paths}
        for _ in range(rounds - 1):
            for path in paths:
                asked[path].append(_ask(client, path))
    for path, answers in asked.items():
        times = [milliseconds for milliseconds, _, _ in answers]
        _, size, status = answers[-1]
        told = "" if status == httpx.codes.OK else f"  status {status}"
        told += "  too slow" if median(times) > MOST_MS else ""
        slow += median(times) > MOST_MS
        wrong += status != httpx.codes.OK
        print(f"{path:<76}{median(times):>6.0f} ms{max(times):>6.0f} ms{size / 1024:>7.0f} kB{told}")
    return int(bool(slow or wrong))


def _ask(client: httpx.Client, path: str) -> tuple[float, int, int]:
    """Milliseconds, bytes and the status of an answer."""
    time.sleep(BETWEEN_S)
    began = time.perf_counter()
    with client.stream("GET", path) as response:
        size = 0
        took = None
        for part in response.iter_bytes():
            size += len(part)
            if path in STREAMED:
                took = took or time.perf_counter() - began
        took = took or time.perf_counter() - began
    return 1000 * took, size, response.status_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
