"""How long commands take to start, and how much memory workers and recognisers of a server share.

`python -m benchmarks.starting`, with `--first` for more than one start that renders all prompts.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from ivr.core.effects import Listen
from ivr.speech.ears import Ears
from ivr.speech.machine import Machine
from ivr.speech.pool import Pool
from tests.chaos.machines import of_session

FLOWS = Path(__file__).parent.parent / "flows"
PROMPTS, FILES = 300, 10
"""Sentences of six to eighteen words, in so many flows."""
WORDS = """
account answer balance calling change closed connect customer delivery department enter found help hold hours line
menu message minutes moment monday morning next number office one open operator option order payment please press
question record reference repair sales service soon support team thank today tomorrow transfer two waiting welcome
"""
RUNS = 7
WORKERS = (1, 2, 4)
RECOGNISERS = (1, 4)
LISTENERS = 5
SETTLE_S = 3.0
"""After the start, until synthesisers are there too."""
IVR = (sys.executable, "-m", "ivr")


class Start(NamedTuple):
    """What one start took, in seconds."""

    wall: float
    processor: float
    """Of all processes that have ended: a server's synthesisers are killed, and counted as well."""


class Weight(NamedTuple):
    """Memory of processes, in megabytes, of which what several share is counted once (`Pss`, proc(5))."""

    name: str
    megabytes: float


def main(arguments: Sequence[str] = ()) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=1, help="starts that render all prompts")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        flows, data = Path(folder, "flows"), Path(folder, "data")
        write_flows(flows)
        _tell_starts(flows, data, options.first)
        _tell_workers(flows, data)
        asyncio.run(_tell_recognisers(Path(folder)))


def write_flows(folder: Path) -> None:
    """Write flows that say so many sentences, each another one, and hear no speech."""
    folder.mkdir()
    chance = random.Random(7)
    words, numbers = WORDS.split(), iter(range(PROMPTS))
    for file in range(FILES):
        lines = ["start: n0", "default: true" if not file else f'numbers: ["+9180000000{file:02}"]', "nodes:"]
        each = PROMPTS // FILES
        for place in range(each):
            said = " ".join(chance.choices(words, k=chance.randint(6, 18)))
            onward = f"n{place + 1}" if place + 1 < each else "bye"
            lines.append(f"  n{place}: {{type: play, prompt: Sentence {next(numbers)} {said}., next: {onward}}}")
        Path(folder, f"flow{file}.yaml").write_text("\n".join([*lines, "  bye: {type: hangup}", ""]))


# Times


def _tell_starts(flows: Path, data: Path, first: int) -> None:
    print(f"{'start of':<50}{'wall':>9}{'processor':>11}{'ratio':>8}   (medians; ratio of processor time)")
    bare = _told("python -c pass", _runs((sys.executable, "-c", "pass")), None)
    _told("ivr --help", _runs((*IVR, "--help")), bare)
    _told("ivr lint flows/main.yaml", _runs((*IVR, "lint", str(FLOWS / "main.yaml"))), bare)
    _told("ivr test flows", _runs((*IVR, "test", str(FLOWS))), bare)
    renders = []
    for _ in range(first):
        shutil.rmtree(data, ignore_errors=True)
        renders.append(_served(flows, data))
    _told(f"ivr serve, {PROMPTS} prompts to render, to ready", renders, bare)
    for workers in WORKERS:
        flags = ("--workers", str(workers)) if workers > 1 else ()
        name = " ".join(("ivr serve", *flags))
        starts = [_served(flows, data, *flags) for _ in range(RUNS)]
        _told(f"{name}, {PROMPTS} prompts there, to ready", starts, bare)


def _told(name: str, starts: Sequence[Start], bare: float | None) -> float:
    wall, processor = median(each.wall for each in starts), median(each.processor for each in starts)
    print(f"{name:<50}{wall:>7.3f} s{processor:>9.3f} s{processor / (bare or processor):>8.1f}")
    return processor


def _runs(command: Sequence[str]) -> list[Start]:
    """Let a command run so often; the first time, in which files are read from disk, does not count."""
    starts = []
    for _ in range(RUNS + 1):
        began, before = time.perf_counter(), _processor()
        subprocess.run(command, env=_environment(), check=False, stdout=subprocess.DEVNULL)
        starts.append(Start(time.perf_counter() - began, _processor() - before))
    return starts[1:]


def _served(flows: Path, data: Path, *flags: str) -> Start:
    before = _processor()
    with _serving(flows, data, *flags) as (_, wall):
        pass
    return Start(wall, _processor() - before)


@contextmanager
def _serving(flows: Path, data: Path, *flags: str) -> Iterator[tuple[int, float]]:
    """A server that is ready: its session (setsid), and how many seconds that took."""
    command = (*IVR, "serve", str(flows), "--port", "0", "--data-dir", str(data), *flags)
    began = time.perf_counter()
    with subprocess.Popen(
        command, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as server:
        assert server.stdout is not None
        if not server.stdout.readline():
            raise ChildProcessError(f"the server has ended: {' '.join(command)}")
        yield server.pid, time.perf_counter() - began
        server.send_signal(signal.SIGTERM)


def _processor() -> float:
    """Seconds of processor time that all children which have ended took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _environment() -> Mapping[str, str]:
    """That of a user: what Python compiles, it keeps."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


# Memory


def _tell_workers(flows: Path, data: Path) -> None:
    print(f"\n{'memory of a server, MB':<50}{'in all':>9}{'serve':>9}{'each more':>11}{'synthesisers':>14}")
    before = 0.0
    for workers in WORKERS:
        with _serving(flows, data, "--workers", str(workers)) as (session, _):
            time.sleep(SETTLE_S)
            weights = [_weight(pid) for pid in of_session(session)]
        speaking = sum(each.megabytes for each in weights if "speech.worker" in each.name)
        serving = sum(each.megabytes for each in weights) - speaking
        more = f"{(serving - before) / (workers // 2):>11.0f}" if before else f"{'':>11}"
        before = serving
        print(f"{f'--workers {workers}':<50}{serving + speaking:>9.0f}{serving:>9.0f}{more}{speaking:>14.0f}")


async def _tell_recognisers(folder: Path) -> None:
    print(f"\n{'recognisers of a model':<50}{'in all':>9}{'ready after':>13}")
    for model in Machine.this(None, folder, os.environ).models:
        directory = model.directory if model.engine == "vosk" else None
        for processes in RECOGNISERS:
            ears = Ears({model.language: Pool(model.engine, directory, processes, LISTENERS)})
            began = time.perf_counter()
            await ears.start()
            ready = time.perf_counter() - began
            listening = [ears.listen(Listen(model.language, ("1",)), lambda _: None) for _ in ears.pids]
            for each in listening:
                each.hear(b"\xd5" * 8_000)
            await asyncio.sleep(1.0)
            parents = {_parent(pid) for pid in ears.pids}
            weight = sum(_weight(pid).megabytes for pid in {*ears.pids, *parents})
            await ears.aclose()
            print(f"{f'{model.name}, --recognisers {processes}':<50}{weight:>6.0f} MB{ready:>11.1f} s")


def _parent(pid: int) -> int:
    """The process that forked a process (proc(5))."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _weight(pid: int) -> Weight:
    name = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return Weight(name, kilobytes / 1024)


if __name__ == "__main__":
    main(sys.argv[1:])
