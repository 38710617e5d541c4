"""The figures of a run as Markdown: what a call costs, what the goals were, what two workers cost."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.capacity.figures import Figures, memory_kb, summed
from benchmarks.capacity.measuring import Sample
from benchmarks.capacity.servers import Server

PEER = "pipecat"
"""What we are compared with."""
PEER_CALLS = 40
"""So many of it are a plan for one core."""
LATEST_MS = 20.0
"""The goal of 99 of 100 keys."""
MEMORY_KB = 60.0
Key = tuple[str, int]


def document(samples: Sequence[Sample], servers: Sequence[Server], listened: Mapping[str, float]) -> str:
    """Write all tables of a run."""
    figures = summed(samples)
    known = {server.name: server for server in servers}
    memory = {name: memory_kb(samples, name) for name in known}
    rounds = max(sum(sample.server == name and sample.calls == calls for sample in samples) for name, calls in figures)
    parts = (
        _where(rounds),
        "\n".join(_costs(figures, known, memory)),
        "\n".join(_goals(figures, known, memory)),
        "\n".join(_workers(figures, known)),
        _beginning(figures, known),
        _listening(listened, figures),
        _errors(figures, known),
    )
    return "\n\n".join(part for part in parts if part)


def _where(rounds: int) -> str:
    names = ("hypercorn", "websockets", "picows", "uvloop")
    packages = ", ".join(f"{name} {_version(name)}" for name in names)
    today = datetime.now(UTC)
    return (
        f"Measured in {today:%B %Y} on {os.cpu_count()} cores ({_processor()}), Linux, Python"
        f" {platform.python_version()}, {packages}; {rounds} rounds."
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return " ".join(line.partition(":")[2].split())
    return platform.machine()


def _costs(
    figures: Mapping[Key, Figures], known: Mapping[str, Server], memory: Mapping[str, float | None]
) -> Iterator[str]:
    yield (
        "| server | calls | CPU for a second of a call (all rounds) | of its floor | Pipecat needs |"
        " key to `clearAudio`, median | 99 of 100 | memory for a call |"
    )
    yield "|:---|---:|---:|---:|---:|---:|---:|---:|"
    shown: set[str] = set()
    for (name, calls), each in figures.items():
        server = known[name]
        floor = figures.get((server.floor, calls))
        peer = figures.get((PEER, calls))
        kilobytes = memory[name]
        row = (
            server.title if name not in shown else "",
            str(calls),
            f"**{each.cost_ms:.2f} ms** ({min(each.costs_ms):.2f}-{max(each.costs_ms):.2f})",
            f"{each.times(floor):.2f} ×" if floor else "",
            f"{peer.times(each):.1f} ×" if peer and not name.startswith(PEER) else "",
            f"{each.p50_ms:.1f} ms",
            f"{each.p99_ms:.1f} ms",
            f"{kilobytes:.0f} kB" if kilobytes is not None and name not in shown else "",
        )
        shown.add(name)
        yield f"| {' | '.join(row)} |"


def _goals(
    figures: Mapping[Key, Figures], known: Mapping[str, Server], memory: Mapping[str, float | None]
) -> Iterator[str]:
    yield "| goal | | reached |"
    yield "|:---|:---|:---|"
    for name, most, times, busiest in (("ivr", 1.25, 4.0, 120), ("ivr-fast", 1.6, 12.0, 450)):
        if name not in known:
            continue
        title, below = known[name].title, known[name].floor
        for calls in (100, 40):
            at, floor, peer = (figures.get((which, calls)) for which in (name, below, PEER))
            if at and floor and calls == 100:
                ratio = at.times(floor)
                what = f"{title}, {calls} calls: at most {most:g} × {known[below].title}"
                yield _goal(what, f"{ratio:.2f} ×", ratio <= most)
            if at and peer:
                ratio = peer.times(at)
                beside = f"; {known[below].title} {peer.times(floor):.1f} ×" if floor else ""
                what = f"{title}, {calls} calls: at least {times:g} × less than Pipecat with as many"
                yield _goal(what, f"{ratio:.1f} ×{beside}", ratio >= times)
        at, peer = figures.get((name, busiest)), figures.get((PEER, PEER_CALLS))
        if at and peer:
            ratio = peer.times(at)
            what = f"{title}, {busiest} calls: at least {times:g} × less than Pipecat with {PEER_CALLS}"
            yield _goal(what, f"{ratio:.1f} ×", ratio >= times)
        if most_calls := figures.get((name, busiest)):
            what = f"{title}, {busiest} calls: 99 of 100 keys answered within {LATEST_MS:g} ms"
            yield _goal(what, f"{most_calls.p99_ms:.1f} ms", most_calls.p99_ms < LATEST_MS)
        kilobytes = memory[name]
        if kilobytes is not None:
            what = f"{title}: less than {MEMORY_KB:g} kB for a call"
            yield _goal(what, f"{kilobytes:.0f} kB", kilobytes < MEMORY_KB)


def _goal(what: str, figure: str, reached: bool) -> str:
    return f"| {what} | {figure} | {'yes' if reached else '**no**'} |"


def _workers(figures: Mapping[Key, Figures], known: Mapping[str, Server]) -> Iterator[str]:
    found = [
        (each, one) for each in figures.values() if (one := figures.get((known[each.server].alone, each.calls // 2)))
    ]
    if not found:
        return
    yield "| two workers | calls | CPU for a second of a call | one worker, half the calls | ratio | 99 of 100 keys |"
    yield "|:---|---:|---:|---:|---:|---:|"
    for two, one in found:
        yield (
            f"| {known[two.server].title} | {two.calls} | {two.cost_ms:.2f} ms | {one.cost_ms:.2f} ms"
            f" | {two.times(one):.2f} | {two.p99_ms:.1f} ms, one worker {one.p99_ms:.1f} ms |"
        )


def _beginning(figures: Mapping[Key, Figures], known: Mapping[str, Server]) -> str:
    told = [
        f"{each.beginning_ms:.0f} ms by {known[name].title}"
        for (name, calls), each in figures.items()
        if known[name].webhooks and calls == 100
    ]
    if not told:
        return ""
    return f"The beginning of a call costs {', '.join(told)}: its webhook, its stream, its first snapshot and prompt."


def _listening(listened: Mapping[str, float], figures: Mapping[Key, Figures]) -> str:
    if not listened:
        return ""
    told = " and ".join(f"{cost:.0f} ms where the caller speaks {speaking}" for speaking, cost in listened.items())
    ours = figures.get(("ivr", 100))
    beside = f", beside the {ours.cost_ms:.2f} ms of the call itself" if ours else ""
    return (
        f"A second in which a caller is listened to costs the recogniser (Vosk, a small Korean model) {told}{beside}."
        " It has processes of its own; in menus by keys it has nothing to do."
    )


def _errors(figures: Mapping[Key, Figures], known: Mapping[str, Server]) -> str:
    told = [
        f"{known[each.server].title} with {each.calls} calls: "
        + ", ".join(f"{count} x {what}" for what, count in each.errors.items())
        for each in figures.values()
        if each.errors
    ]
    return f"Errors: {'; '.join(told)}." if told else "No call was lost, and no key was left without its answer."
